import Testing

@testable import TraceTopology

@Suite("Calls by what both sides say of them")
struct PeerCallsTests {
  @Test("The latest calls of a key that were open are found as if one looked through all of them")
  func openCalls() {
    for seed in 1...40 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let count = Int.random(in: 0...300, using: &random)
      let keys = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        UInt32.random(in: 1 ... .max, using: &random)
      }
      var times: [PeerCalls.Call] = []
      var known: [PeerCalls.Known] = []
      for row in 0..<count {
        let start = Int64.random(in: 0...200, using: &random)
        let length = Int64.random(in: 0...60, using: &random)
        let end = row % 9 == 0 ? .max : start + length
        times.append(PeerCalls.Call(start: start, end: end, span: SpanIndex(row)))
        let key = keys.randomElement(using: &random) ?? 1
        known.append(PeerCalls.Known(key: key, span: SpanIndex(row)))
      }
      let calls = PeerCalls(known, times: { times[$0.index] }, isOrderedBefore: { $0 < $1 })
      for key in keys + [0] {
        let from = Int64.random(in: 0...220, using: &random)
        let last = Int64.random(in: 0...220, using: &random)
        let started = known.indices
          .filter { known[$0].key == key && times[$0].start <= last }
          .sorted { (times[$0].start, $0) < (times[$1].start, $1) }
        let expected = started.suffix(20).reversed().filter { times[$0].end >= from }
        let found = calls.open(of: key, from: from, to: last, limit: 20).map(\.span.index)
        #expect(found == Array(expected), "seed \(seed)")
      }
    }
  }
}
