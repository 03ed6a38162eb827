import Testing

@testable import TraceTopology

struct LagDensityTests {
  @Test func `Places are cut where the density changes, likeliest first`() throws {
    var random = SeededGenerator(seed: 3)
    let sample = (0..<400).map { _ in Double(Int.random(in: 0..<900_000, using: &random)) }
    let density = try #require(LagDensity(sample))
    let values = (0..<250).map { _ in Double(Int.random(in: -200_000..<1_200_000, using: &random)) }
      .sorted(by: >)
    let stretches = density.stretches(20..<230) { values[$0] }
    #expect(stretches.flatMap { Array($0.places) }.sorted() == Array(20..<230))
    // Each stretch is of one density: no edge of the quantiles lies within it.
    let edges = sample.sorted()
    for stretch in stretches where stretch.places.count > 1 {
      let inner = stretch.places.map { values[$0] }
      let within = edges.filter { $0 > (inner.last ?? 0) && $0 < (inner.first ?? 0) }
      #expect(within.count <= sample.count / 24 + 1)
    }
    for (first, second) in zip(stretches, stretches.dropFirst()) {
      #expect(
        first.level > second.level
          || (first.level == second.level
            && first.places.lowerBound < second.places.lowerBound)
      )
    }
  }

  @Test func `No places give no stretches`() throws {
    let density = try #require(LagDensity([1, 2, 3, 4, 5]))
    #expect(density.stretches(7..<7) { _ in 0 }.isEmpty)
  }
}
