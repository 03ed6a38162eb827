import Testing

@testable import TraceTopology

/// How far chains are trusted of which a run has no examples.
struct RuleStatisticsTests {
  @Test func `A long chain to a lost span is not believed without examples, to a logged one it is`()
  {
    let statistics = RuleStatistics()
    let share = { (spawns: UInt8, isLost: Bool) in
      var signature = Signature(firstHop: .send)
      signature.spawns = spawns
      signature.isLost = isLost
      return statistics.reliability(signature, of: StringID(7)).share
    }
    #expect(share(0, true) == share(0, false))
    #expect(share(3, false) > 0.8)
    #expect(share(3, true) < 0.4)
  }

  @Test func `Where the trace is known, chains into other traces do not count against a chain`() {
    var statistics = RuleStatistics()
    let signature = Signature(firstHop: .answer)
    let name = StringID(7)
    for example in 0..<20 {
      let parent = SpanIndex(10 * example)
      let hits = (0..<4).map {
        EvidenceSearch.Hit(
          span: SpanIndex(10 * example + $0), signature: signature, step: -1, kind: .connection)
      }
      statistics.learnHits(hits, of: name, parent: parent) {
        $0 == parent || ($0.index == parent.index + 1 && example < 5)
      }
    }
    #expect(abs(statistics.reliability(signature, of: name).share - 0.25) < 0.05)
    #expect(abs(statistics.reliability(signature, of: name, inTrace: true).share - 0.8) < 0.05)
    let record = statistics.record(signature, of: name, inTrace: true)
    #expect(record.asked == 25 && record.hits == 20)
  }
}
