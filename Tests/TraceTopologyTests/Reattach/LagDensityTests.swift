import Testing

@testable import TraceTopology

struct LagDensityTests {
  @Test func `Places are cut where the density changes, likeliest first`() throws {
    var random = SeededGenerator(seed: 3)
    let sample = (0..<400).map { _ in Double(Int.random(in: 0..<900_000, using: &random)) }
    let density = try #require(LagDensity(sample))
    let values = (0..<250).map { _ in Double(Int.random(in: -200_000..<1_200_000, using: &random)) }
      .sorted(by: >)
    var begins: [Int64] = []
    density.begins(before: 5_000_000, around: 70.5, into: &begins)
    #expect(begins.count == density.stretches - 1)
    let cuts =
      [0]
      + begins.map { begin in
        values.firstIndex { 5_000_000 - Int64($0) - 70 >= begin } ?? values.count
      } + [values.count]
    #expect(cuts == cuts.sorted())
    // Each stretch is of one density: no edge of the quantiles lies within it.
    let edges = sample.sorted()
    for (from, to) in zip(cuts, cuts.dropFirst()) where to - from > 1 {
      let within = edges.filter { $0 > values[to - 1] && $0 < values[from] }
      #expect(within.count <= sample.count / 24 + 1)
    }
    #expect(density.likeliest.sorted() == Array(0..<density.stretches))
    for (first, second) in zip(density.likeliest, density.likeliest.dropFirst()) {
      let levels = (density.level(first), density.level(second))
      #expect(levels.0 > levels.1 || (levels.0 == levels.1 && first < second))
    }
  }
}
