import Testing

@testable import TraceTopology

/// Answers by chains that seem less sure than they are.
@Suite("Trials of chains")
struct ChainTrialTests {
  /// Producers hand one item, or two, to a batcher, which works on them later, in turn. Who handed over last
  /// is mostly right, since mostly there is one item, and speaks against whose turn it is of two:
  ///
  ///     task 2      [event]                [event]
  ///     task 3           [event]
  ///     task 1      ●    ●    [flush [row][row]]  ●    [flush [row]]
  ///
  /// Where rows are `swapped`, the second one comes first.
  private func batches(swapped: (Int) -> Bool = { _ in false }) -> (scenario: Scenario, lost: [Int])
  {
    var random = SeededGenerator(seed: 7)
    var scenario = Scenario()
    scenario.spawnTasks(3)
    var lost: [Int] = []
    for batch in 0..<120 {
      let begin = 1_000 + batch * 1_000
      let count = batch % 5 < 3 ? 1 : 2
      for item in 0..<count {
        let at = begin + item * 100 + Int.random(in: 0..<60, using: &random)
        scenario.taskLog += [
          #"{"event":"block","process":"shop","task":1,"time":@\#(at + 5),"reason":"chan receive"}"#,
          #"{"event":"unblock","process":"shop","task":1,"by":\#(2 + item),"how":"send","time":@\#(at + 20)}"#,
          #"{"event":"start","process":"shop","task":1,"time":@\#(at + 21)}"#,
        ]
        let id = 1_000 + batch * 2 + item
        scenario.spans.append(
          Scenario.Span(
            name: "event", id: id, parent: nil, task: 2 + item, time: at...at + 30, trace: id))
        let place = swapped(batch) && count == 2 ? 1 - item : item
        let start = begin + 320 + place * 50
        let isLost = count == 2 && Int.random(in: 0..<100, using: &random) < 20
        if isLost { lost.append(id + 1_000) }
        scenario.spans.append(
          Scenario.Span(
            name: "row", id: id + 1_000, parent: isLost ? nil : id, task: 1,
            time: start...start + 40, trace: isLost ? id + 9_000 : id))
      }
      scenario.spans.append(
        Scenario.Span(
          name: "flush", id: 5_000 + batch, parent: nil, task: 1, time: begin + 300...begin + 500,
          trace: 5_000 + batch))
    }
    return (scenario, lost)
  }

  private func score(
    _ topology: Topology, _ lost: [Int]
  ) throws -> (right: Int, wrong: Int, rules: Set<EvidenceKind?>) {
    var score = (right: 0, wrong: 0, rules: Set<EvidenceKind?>())
    for id in lost {
      let span = try #require(topology.spanOrder.first { topology.spanID($0).value == UInt64(id) })
      let parent = topology.parent[span.index]
      guard !parent.isNone else { continue }
      score.rules.insert(topology.reattachments[span]?.rule)
      if topology.spanID(parent).value == UInt64(id - 1_000) {
        score.right += 1
      } else {
        score.wrong += 1
      }
    }
    return score
  }

  @Test("A doubtful answer is taken where such answers were right throughout the run")
  func right() async throws {
    let (scenario, lost) = batches()
    let topology = try await scenario.analyze()
    let score = try score(topology, lost)
    #expect(lost.count > 12)
    #expect(score.right == lost.count)
    #expect(score.wrong == 0)
    #expect(score.rules.contains(.queue))
  }

  @Test("It is not taken where such answers were as often wrong")
  func wrong() async throws {
    let (scenario, lost) = batches { $0 % 2 == 0 }
    let topology = try await scenario.analyze()
    let score = try score(topology, lost)
    #expect(score.wrong * 4 <= lost.count)
    #expect(!score.rules.contains(.queue))
  }
}
