import Testing

@testable import TraceTopology

/// Batches whose spans link to their messages, and which spawn a task for each of these.
@Suite("Tasks of linked batches")
struct SpawnedLinkTests {
  private static let batches = 12

  /// Batches of three messages, which stand in the links in another order than they were published;
  /// beside the three tasks each spawns one of another site. Of the last batch the handler of the second link has
  /// lost its context. A batch `skipping` a message has no task for its first link.
  private func scenario(skipping: (Int) -> Bool = { _ in false }) -> Scenario {
    var scenario = Scenario()
    scenario.spawnTasks(2)
    for batch in 0..<Self.batches {
      let begin = 1000 + batch * 1000
      let order = [[2, 0, 1], [1, 2, 0], [0, 2, 1], [2, 1, 0]][batch % 4]
      for message in 0..<3 {
        scenario.spans.append(
          Scenario.Span(
            name: "publish", id: id(batch, message), parent: nil, task: 2,
            time: begin + message * 10...begin + message * 10 + 5, trace: id(batch, message)))
      }
      var own = Scenario.Span(
        name: "batch", id: 5000 + batch, parent: nil, task: 1, time: begin + 100...begin + 600,
        trace: 5000 + batch)
      own.links = order.map { (id: id(batch, $0), trace: id(batch, $0)) }
      scenario.spans.append(own)
      scenario.taskLog.append(spawn(900 + batch, at: begin + 105, site: "lease.go:1"))
      for (turn, message) in order.enumerated() where turn > 0 || !skipping(batch) {
        let isLost = batch == Self.batches - 1 && turn == 1
        let task = 100 + batch * 3 + turn
        scenario.taskLog.append(spawn(task, at: begin + 110 + turn * 2, site: "batch.go:7"))
        let late = begin + 300 - turn * 50
        scenario.spans.append(
          Scenario.Span(
            name: "handle", id: 7000 + batch * 3 + turn, parent: isLost ? nil : id(batch, message),
            task: task, time: late...late + 40, trace: isLost ? 9999 : id(batch, message)))
      }
    }
    return scenario
  }

  private func id(_ batch: Int, _ message: Int) -> Int { 2000 + batch * 3 + message }

  private func spawn(_ task: Int, at time: Int, site: String) -> String {
    #"{"event":"spawn","process":"shop","task":\#(task),"parent":1,"time":@\#(time),"site":"\#(site)"}"#
  }

  /// The handler that lost its context, and its parent.
  private func lost(_ topology: Topology) throws -> (span: SpanIndex, parent: UInt64?) {
    let number = UInt64(7000 + (Self.batches - 1) * 3 + 1)
    let span = try #require(topology.spanOrder.first { topology.spanID($0).value == number })
    let parent = topology.parent[span.index]
    return (span, parent.isNone ? nil : topology.spanID(parent).value)
  }

  @Test("A task works for the message that its batch links to in its turn")
  func inTurn() async throws {
    let topology = try await scenario().analyze()
    let (span, parent) = try lost(topology)
    #expect(parent == UInt64(id(Self.batches - 1, 1)))
    let answer = try #require(topology.reattachments[span])
    #expect(answer.rule == .link)
    #expect(answer.confidence > 0.9)
    let said = try #require(answer.evidence.first)
    #expect(topology.recording.tasks.number(said.task) == UInt64(100 + (Self.batches - 1) * 3 + 1))
    #expect(topology.recording.tasks.number(said.by) == 1)
  }

  @Test("A batch that spawns fewer tasks than it has links tells nothing by their turns")
  func uneven() async throws {
    let topology = try await scenario { $0 % 3 == 2 }.analyze()
    #expect(try lost(topology).parent == nil)
  }
}
