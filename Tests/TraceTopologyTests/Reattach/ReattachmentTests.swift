import Testing

@testable import TraceTopology

/// Each test draws a run; the rules put its orphans back, or leave them.
@Suite("Reattachment")
struct ReattachmentTests {
  /// Spans named `work` with recorded parents, so that the class is known to have parents.
  private func attested(_ count: Int, task: Int, from start: Int) -> [Scenario.Span] {
    (0..<count).flatMap { index -> [Scenario.Span] in
      let begin = start + index * 100
      return [
        Scenario.Span(
          name: "request", id: 1000 + index * 2, parent: nil, task: task, time: begin...begin + 90,
          trace: 100 + index),
        Scenario.Span(
          name: "work", id: 1001 + index * 2, parent: 1000 + index * 2, task: task + 1 + index,
          time: begin + 20...begin + 80, trace: 100 + index),
      ]
    }
  }

  private func spawns(_ count: Int, task: Int, from start: Int) -> [String] {
    (0..<count).map { index in
      #"{"event":"spawn","task":\#(task + 1 + index),"parent":\#(task),"time":@\#(start + index * 100 + 10),"site":"main.go:7","process":"shop"}"#
    }
  }

  @Test("A span whose task was spawned under an open span goes under that span")
  func spawnEdge() async throws {
    var scenario = Scenario()
    scenario.taskLog = [#"{"event":"spawn","process":"shop","task":1,"time":@0}"#]
    scenario.taskLog += spawns(12, task: 1, from: 0)
    scenario.spans = attested(11, task: 1, from: 0)
    scenario.spans += [
      Scenario.Span(
        name: "request", id: 1, parent: nil, task: 1, time: 1100...1190, trace: 1),
      Scenario.Span(name: "work", id: 2, parent: nil, task: 13, time: 1120...1180, trace: 2),
    ]
    // The twelfth spawn happens at 1110, under the request with id 1.
    let topology = try await scenario.analyze()
    let orphan = try #require(topology.spanOrder.first { topology.spanID($0).value == 2 })
    let parent = topology.parent[orphan.index]
    #expect(topology.spanID(parent).value == 1)
    let found = try #require(topology.reattachments[orphan])
    #expect(found.rule == .spawn)
    #expect(found.confidence > 0.8)
    #expect(found.evidence.map { $0.rule } == [.spawn])
    #expect(found.evidence[0].at.nanoseconds == Scenario.origin + 1_110_000)
    #expect(topology.summary.orphansReattached == 1)
  }

  @Test("A span of a class that never has a recorded parent stays a root, with its candidate shown")
  func presumedRoot() async throws {
    var scenario = Scenario()
    scenario.taskLog = [
      #"{"event":"spawn","process":"shop","task":1,"time":@0}"#,
      #"{"event":"spawn","process":"shop","task":2,"parent":1,"time":@50,"site":"audit.go:3"}"#,
    ]
    scenario.spans = [
      Scenario.Span(name: "request", id: 1, parent: nil, task: 1, time: 0...200, trace: 1),
      Scenario.Span(name: "audit", id: 2, parent: nil, task: 2, time: 60...90, trace: 2),
    ]
    let topology = try await scenario.analyze()
    #expect(topology.sketch == "request root\naudit root")
    let audit = try #require(topology.node("audit"))
    let weighed = try #require(topology.reattachments[audit])
    #expect(weighed.candidates.map { topology.spanID($0.span).value } == [1])
    #expect(weighed.confidence < 0.5)
    #expect(topology.summary.orphansFound == 0)
  }

  @Test("A worker's span goes to whoever handed over the work, not to who spawned the worker")
  func handOff() async throws {
    var scenario = Scenario()
    scenario.taskLog = [
      #"{"event":"spawn","process":"shop","task":1,"time":@0}"#,
      #"{"event":"spawn","process":"shop","task":2,"parent":1,"time":@1}"#,
    ]
    // Twelve jobs: the worker (2) sleeps, the requester (1) sends within its request.
    for job in 0..<12 {
      let begin = 100 + job * 100
      scenario.taskLog.append(
        #"{"event":"block","process":"shop","task":2,"time":@\#(begin - 50),"reason":"chan receive"}"#
      )
      scenario.taskLog.append(
        #"{"event":"unblock","process":"shop","task":2,"by":1,"how":"send","time":@\#(begin + 10)}"#
      )
      scenario.taskLog.append(
        #"{"event":"start","process":"shop","task":2,"time":@\#(begin + 11)}"#)
      scenario.spans.append(
        Scenario.Span(
          name: "request", id: 100 + job, parent: nil, task: 1, time: begin...begin + 60,
          trace: 1 + job))
      scenario.spans.append(
        Scenario.Span(
          name: "job", id: 200 + job, parent: job == 11 ? nil : 100 + job, task: 2,
          time: begin + 20...begin + 40, trace: job == 11 ? 99 : 1 + job))
    }
    let topology = try await scenario.analyze()
    let orphan = try #require(topology.spanOrder.first { topology.spanID($0).value == 211 })
    #expect(topology.spanID(topology.parent[orphan.index]).value == 111)
    #expect(topology.reattachments[orphan]?.rule == .handoff)
  }

  @Test("Children of a lost parent stay together under a placeholder, which finds its own place")
  func placeholder() async throws {
    var scenario = Scenario()
    scenario.taskLog = [#"{"event":"spawn","process":"shop","task":1,"time":@0}"#]
    scenario.spans = [
      Scenario.Span(name: "request", id: 1, parent: nil, task: 1, time: 0...100),
      Scenario.Span(name: "query a", id: 2, parent: 77, task: 1, time: 10...20),
      Scenario.Span(name: "query b", id: 3, parent: 77, task: 1, time: 30...40),
    ]
    let topology = try await scenario.analyze()
    #expect(
      topology.sketch == """
        request root
          (missing) ⇠ same-task
            query a ⇠ placeholder
            query b ⇠ placeholder
        """)
    let child = try #require(topology.node("query a"))
    #expect(topology.recording.spans.parentID[child.index].value == 77)
    #expect(topology.cause[child.index] == .missingParent)
  }

  @Test("A lost parent does not draw what its task once spawned, if the like of it hangs elsewhere")
  func lostParentBeforeEverything() async throws {
    var scenario = Scenario()
    scenario.taskLog = [
      #"{"event":"spawn","process":"shop","task":1,"time":@0}"#,
      #"{"event":"spawn","process":"shop","task":2,"parent":1,"time":@5}"#,
      #"{"event":"spawn","process":"shop","task":3,"parent":1,"time":@6}"#,
    ]
    scenario.spans = [Scenario.Span(name: "query", id: 1, parent: 77, task: 1, time: 50...60)]
    for number in 0..<30 {
      let start = 1_000 + 100 * number
      let request = 100 + 3 * number
      scenario.spans += [
        Scenario.Span(
          name: "request", id: request, parent: nil, task: 3, time: start...(start + 30),
          trace: request),
        Scenario.Span(
          name: "query", id: request + 1, parent: request, task: 3,
          time: (start + 5)...(start + 10), trace: request),
        Scenario.Span(
          name: "job", id: request + 2, parent: number == 20 ? nil : request, task: 2,
          time: (start + 40)...(start + 50), trace: number == 20 ? 999 : request),
      ]
    }
    let topology = try await scenario.analyze()
    let lost = try #require(topology.spanOrder.first { topology.spanID($0).value == 162 })
    let parent = topology.parent[lost.index]
    #expect(parent.isNone || !topology.isPlaceholder(parent))
  }

  @Test("Without any scheduler log a lost parent stays unknown, and its children say why")
  func noEvidence() async throws {
    var scenario = Scenario()
    scenario.spans = [
      Scenario.Span(name: "lonely", id: 2, parent: 77, task: nil, time: 10...20)
    ]
    let topology = try await scenario.analyze()
    #expect(
      topology.sketch == """
        (missing) orphan: missing-parent
          lonely orphan: missing-parent
        """)
    #expect(topology.summary.leftByCause == [NamedCount(name: "missing-parent", count: 1)])
  }

  @Test("A recorded parent is never changed, whatever the scheduler says")
  func recordedParentsHold() async throws {
    var scenario = Scenario()
    scenario.taskLog = [#"{"event":"spawn","process":"shop","task":1,"time":@0}"#]
    scenario.spans = [
      Scenario.Span(name: "early", id: 1, parent: nil, task: nil, time: 0...5),
      Scenario.Span(name: "open", id: 2, parent: nil, task: 1, time: 0...100),
      Scenario.Span(name: "child", id: 3, parent: 1, task: 1, time: 50...60),
    ]
    let topology = try await scenario.analyze()
    #expect(topology.sketch == "early root\n  child\nopen root")
  }

  @Test("The threshold decides what is joined; below it stays a candidate")
  func threshold() async throws {
    var scenario = Scenario()
    scenario.policy.minimumConfidence = 1
    scenario.taskLog = [#"{"event":"spawn","process":"shop","task":1,"time":@0}"#]
    scenario.spans = [
      Scenario.Span(name: "request", id: 1, parent: nil, task: 1, time: 0...100),
      Scenario.Span(name: "query", id: 2, parent: 77, task: 1, time: 10...20),
    ]
    let topology = try await scenario.analyze()
    #expect(
      topology.sketch == """
        request root
        (missing) orphan: missing-parent
          query orphan: missing-parent
        """)
  }
}
