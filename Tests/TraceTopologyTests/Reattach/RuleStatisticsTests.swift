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
}
