import Testing

@testable import TraceTopology

@Suite("Histograms of durations")
struct DurationHistogramsTests {
  private func quantile(_ share: Double, _ sorted: [Int64]) -> Int64 {
    let rank = Int((share * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }

  @Test("Ranks are within 0.4 %, at any size", arguments: [1, 2, 3, 100, 5_000])
  func ranks(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    var histograms = DurationHistograms()
    histograms.add()
    histograms.add()
    var values: [Int64] = []
    for _ in 0..<count {
      let bits = Int.random(in: 0..<62, using: &generator)
      values.append(Int64.random(in: 0...(Int64(1) << Int64(bits)), using: &generator))
    }
    for value in values { histograms.note(value, in: 1) }
    values.sort()
    for share in [0.0, 0.01, 0.5, 0.9, 0.99, 1.0] {
      let truth = quantile(share, values)
      let found = histograms.quantile(share, of: 1)
      let error = Double(abs(found - truth))
      #expect(error <= 0.004 * Double(truth), "\(share): \(found), not \(truth)")
    }
    #expect(histograms.sums[1].count == count && histograms.sums[1].greatest == values.last)
    #expect(histograms.sums[0] == DurationHistograms.Sum() && histograms.quantile(0.5, of: 0) == 0)
  }

  @Test("What is noted in parts and merged is what is noted at once")
  func merging() {
    var all = DurationHistograms()
    var parts = [DurationHistograms(), DurationHistograms()]
    all.add()
    parts[0].add()
    parts[1].add()
    for step in 0..<1_000 {
      let value = Int64(step) * Int64(step) * 7_919
      all.note(value, in: 0)
      parts[step % 2].note(value, in: 0)
    }
    var merged = DurationHistograms()
    merged.add()
    for part in parts { merged.merge(part, 0, into: 0) }
    #expect(merged.sums == all.sums)
    for share in [0.1, 0.5, 0.99] {
      #expect(merged.quantile(share, of: 0) == all.quantile(share, of: 0))
    }
  }

  @Test("The ends of the range hold: nothing overflows, and nothing is less than none")
  func extremes() {
    var histograms = DurationHistograms()
    histograms.add()
    for value in [Int64.max, .max, .min, -1, 0] { histograms.note(value, in: 0) }
    #expect(histograms.sums[0].total == .max && histograms.sums[0].least == 0)
    #expect(histograms.quantile(1, of: 0) == .max && histograms.quantile(0.5, of: 0) == 0)
  }
}
