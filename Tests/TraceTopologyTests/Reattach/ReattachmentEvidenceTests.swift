import Foundation
import Testing

@testable import TraceTopology

/// Each test draws a run in which one kind of evidence decides.
@Suite("Kinds of evidence")
struct ReattachmentEvidenceTests {
  private func parentID(_ id: Int, in topology: Topology) -> UInt64? {
    guard
      let node = topology.spanOrder.first(where: {
        !topology.isPlaceholder($0) && topology.spanID($0).value == UInt64(id)
      })
    else { return nil }
    let parent = topology.parent[node.index]
    return parent.isNone ? nil : topology.spanID(parent).value
  }

  private func answer(_ id: Int, in topology: Topology) -> Reattachment? {
    topology.spanOrder.first { topology.spanID($0).value == UInt64(id) }
      .flatMap { topology.reattachments[$0] }
  }

  private func unblock(_ task: Int, by waker: Int, _ how: String, at time: Int) -> [String] {
    [
      #"{"event":"block","process":"shop","task":\#(task),"time":@\#(time - 5),"reason":"chan receive"}"#,
      #"{"event":"unblock","process":"shop","task":\#(task),"by":\#(waker),"how":"\#(how)","time":@\#(time)}"#,
      #"{"event":"start","process":"shop","task":\#(task),"time":@\#(time + 1)}"#,
    ]
  }

  private func spawn(_ task: Int, by parent: Int?, at time: Int, site: String = "main.go:7")
    -> String
  {
    let spawner = parent.map { #","parent":\#($0)"# } ?? ""
    return
      #"{"event":"spawn","process":"shop","task":\#(task)\#(spawner),"time":@\#(time),"site":"\#(site)"}"#
  }

  @Test("A lost span whose like heads traces stays a root, wherever its task was spawned")
  func deletedRoot() async throws {
    var scenario = Scenario()
    scenario.taskLog = [spawn(1, by: nil, at: 0)]
    for number in 0..<12 {
      let begin = 100 + number * 100
      scenario.taskLog.append(spawn(10 + number, by: 1, at: begin + 10, site: "audit.go:3"))
      scenario.spans.append(
        Scenario.Span(
          name: "request", id: 100 + number, parent: nil, task: 1, time: begin...begin + 60,
          trace: 1 + number))
      if number < 11 {
        scenario.spans.append(
          Scenario.Span(
            name: "audit", id: 200 + number, parent: nil, task: 10 + number,
            time: begin + 20...begin + 50, trace: 100 + number))
      }
      scenario.spans.append(
        Scenario.Span(
          name: "append", id: 300 + number, parent: 200 + number, task: 10 + number,
          time: begin + 30...begin + 40, trace: 100 + number))
    }
    let topology = try await scenario.analyze()
    let append = try #require(topology.spanOrder.first { topology.spanID($0).value == 311 })
    let lost = topology.parent[append.index]
    #expect(topology.isPlaceholder(lost))
    #expect(topology.parent[lost.index].isNone)
    #expect(topology.kind[append.index] == .orphan)
  }

  @Test("Where the context travels with the work, the next stage goes beside the stage before")
  func nextStage() async throws {
    var scenario = Scenario()
    scenario.taskLog = [1, 2, 3].map { spawn($0, by: $0 == 1 ? nil : 1, at: $0) }
    for number in 0..<14 {
      let begin = 100 + number * 100
      scenario.taskLog += unblock(2, by: 1, "send", at: begin + 10)
      scenario.taskLog += unblock(3, by: 2, "send", at: begin + 31)
      scenario.spans += [
        Scenario.Span(
          name: "request", id: 100 + number, parent: nil, task: 1, time: begin...begin + 80,
          trace: 1 + number),
        Scenario.Span(
          name: "parse", id: 200 + number, parent: 100 + number, task: 2,
          time: begin + 15...begin + 30, trace: 1 + number),
        Scenario.Span(
          name: "store", id: 300 + number, parent: number == 13 ? nil : 100 + number, task: 3,
          time: begin + 40...begin + 60, trace: number == 13 ? 99 : 1 + number),
      ]
    }
    let topology = try await scenario.analyze()
    #expect(parentID(313, in: topology) == 113)
    let found = try #require(answer(313, in: topology))
    #expect(found.rule == .handoff)
    #expect(found.evidence.last?.rule == .ancestor)
  }

  @Test(
    "A lost parent stands where the work of its children was handed over, and others find it there")
  func lostGiver() async throws {
    var scenario = Scenario()
    scenario.taskLog = (1...4).map { spawn($0, by: nil, at: $0) }
    for number in 0..<14 {
      let begin = 100 + number * 100
      let isLast = number == 13
      scenario.taskLog += unblock(2, by: 1, "send", at: begin + 10)
      scenario.taskLog += unblock(3, by: 2, "send", at: begin + 31)
      scenario.taskLog += unblock(4, by: 2, "send", at: begin + 36)
      scenario.spans += [
        Scenario.Span(
          name: "request", id: 100 + number, parent: nil, task: 1, time: begin...begin + 80,
          trace: 1 + number),
        Scenario.Span(
          name: "store", id: 300 + number, parent: 200 + number, task: 3,
          time: begin + 35...begin + 45, trace: isLast ? 99 : 1 + number),
        Scenario.Span(
          name: "index", id: 400 + number, parent: isLast ? nil : 200 + number, task: 4,
          time: begin + 40...begin + 48, trace: isLast ? 98 : 1 + number),
      ]
      guard !isLast else { continue }
      scenario.spans.append(
        Scenario.Span(
          name: "stage", id: 200 + number, parent: 100 + number, task: 2,
          time: begin + 15...begin + 50, trace: 1 + number))
    }
    let topology = try await scenario.analyze()
    #expect(parentID(313, in: topology) == 213)
    #expect(parentID(413, in: topology) == 213)
    let store = try #require(topology.spanOrder.first { topology.spanID($0).value == 313 })
    let lost = topology.parent[store.index]
    #expect(topology.isPlaceholder(lost))
    #expect(topology.spanID(topology.parent[lost.index]).value == 113)
    #expect(topology.reattachments[lost]?.rule == .handoff)
  }

  @Test("A span that waited for the task's work is the parent of that work")
  func completion() async throws {
    var scenario = Scenario()
    scenario.taskLog = (1...5).map { spawn($0, by: nil, at: $0) }
    // Four callers; one reader, woken by the network, answers whoever asked.
    for number in 0..<16 {
      let begin = 100 + number * 100
      let caller = 1 + number % 4
      scenario.taskLog += unblock(caller, by: 5, "send", at: begin + 41)
      scenario.spans += [
        Scenario.Span(
          name: "query", id: 100 + number, parent: nil, task: caller, time: begin...begin + 80,
          trace: 1 + number),
        Scenario.Span(
          name: "decode", id: 200 + number, parent: number == 15 ? nil : 100 + number, task: 5,
          time: begin + 20...begin + 40, trace: number == 15 ? 99 : 1 + number),
      ]
    }
    let topology = try await scenario.analyze()
    #expect(parentID(215, in: topology) == 115)
    #expect(answer(215, in: topology)?.rule == .completion)
  }

  @Test("Items of a batch belong to their senders, in the order of arrival")
  func batch() async throws {
    var scenario = Scenario()
    scenario.taskLog = (1...5).map { spawn($0, by: nil, at: $0) }
    for batch in 0..<24 {
      let begin = 100 + batch * 1000
      for item in 0..<4 {
        let sent = begin + item * 100
        let number = batch * 4 + item
        let isLost = number == 61
        scenario.taskLog += unblock(5, by: 1 + item, "send", at: sent + 50)
        scenario.spans += [
          Scenario.Span(
            name: "request", id: 100 + number, parent: nil, task: 1 + item,
            time: sent...sent + 900, trace: 1 + number),
          Scenario.Span(
            name: "write", id: 1200 + number, parent: isLost ? nil : 100 + number, task: 5,
            time: begin + 500 + item * 20...begin + 510 + item * 20,
            trace: isLost ? 99 : 1 + number),
        ]
      }
    }
    let topology = try await scenario.analyze()
    #expect(parentID(1261, in: topology) == 161)
    #expect(answer(1261, in: topology)?.rule == .queue)
  }

  /// Requests at irregular times, each with a timer's span 2 ms later on a task that nobody spawned.
  private func timers(lost: Set<Int>, jitter: Int, names: Int = 1) -> Scenario {
    var scenario = Scenario()
    var random = SeededGenerator(seed: 7)
    var begin = 100
    for number in 0..<80 {
      begin += Int.random(in: 80...900, using: &random)
      let fires = begin + 2000 + Int.random(in: 0...jitter, using: &random)
      scenario.taskLog += [
        spawn(1000 + number, by: nil, at: begin), spawn(2000 + number, by: nil, at: fires),
      ]
      let isLost = lost.contains(number)
      scenario.spans += [
        Scenario.Span(
          name: names > 1 ? "request \(number % names)" : "request", id: 100 + number, parent: nil,
          task: 1000 + number, time: begin...begin + 60, trace: 1 + number),
        Scenario.Span(
          name: "expire", id: 300 + number, parent: isLost ? nil : 100 + number,
          task: 2000 + number, time: fires + 2...fires + 20,
          trace: isLost ? 500 + number : 1 + number
        ),
      ]
    }
    return scenario
  }

  @Test("A timer's span goes under the request that came its usual time before")
  func timer() async throws {
    let lost: Set = [11, 30, 31, 64]
    let topology = try await timers(lost: lost, jitter: 10).analyze()
    for number in lost {
      #expect(parentID(300 + number, in: topology) == UInt64(100 + number))
      #expect(answer(300 + number, in: topology)?.rule == .order)
    }
  }

  @Test("Where most parents have other names than are looked at, order and lag are not asked")
  func manyNames() async throws {
    let lost: Set = [11, 30, 31, 64]
    let few = try await timers(lost: lost, jitter: 10, names: 4).analyze()
    let many = try await timers(lost: lost, jitter: 10, names: 10).analyze()
    for number in lost {
      #expect(answer(300 + number, in: few)?.rule == .order)
      #expect(answer(300 + number, in: many)?.rule != .order)
      #expect(parentID(300 + number, in: many) == nil)
    }
  }

  @Test("A timer's span whose delay is random stays an orphan, with candidates")
  func randomTimer() async throws {
    let lost: Set = [11, 30, 31, 64]
    let topology = try await timers(lost: lost, jitter: 20_000).analyze()
    for number in lost { #expect(parentID(300 + number, in: topology) == nil) }
  }

  @Test("Spans of a class without recorded parents are joined if that is asked for, at most at 0.9")
  func unattested() async throws {
    var scenario = Scenario()
    scenario.taskLog = [spawn(1, by: nil, at: 0)]
    for number in 0..<12 {
      let begin = 100 + number * 100
      scenario.taskLog.append(spawn(10 + number, by: 1, at: begin + 10))
      scenario.spans += [
        Scenario.Span(
          name: "request", id: 100 + number, parent: nil, task: 1, time: begin...begin + 60,
          trace: 1 + number),
        Scenario.Span(
          name: "work", id: 200 + number, parent: nil, task: 10 + number,
          time: begin + 20...begin + 50, trace: 100 + number),
      ]
    }
    let kept = try await scenario.analyze()
    #expect(kept.summary.orphansReattached == 0)
    scenario.policy.joinUnattested = true
    let joined = try await scenario.analyze()
    #expect(joined.summary.orphansReattached == 12)
    #expect(parentID(205, in: joined) == 105)
    let confidence = try #require(answer(205, in: joined)?.confidence)
    #expect(confidence > 0.75 && confidence <= 0.9)
  }

  @Test("Confidence grows with the score and never reaches certainty")
  func confidenceTable() {
    for family in EvidenceKind.allCases {
      var last = 0.0
      for step in 0...1000 {
        let stated = ConfidenceTable.calibrated(Double(step) / 1000, family)
        #expect(stated >= last && stated <= 1)
        last = stated
      }
      let points = ConfidenceTable.points(family)
      #expect(zip(points, points.dropFirst()).allSatisfy { $0.raw < $1.raw && $0.right < $1.right })
      #expect(points.allSatisfy { $0.right < 1 })
    }
  }

  @Test(arguments: ["topology", "explanation"])
  func `The schemas of what is written list every rule`(schema: String) throws {
    let file = Fixtures.root.appending(path: "Sources/Schemas/\(schema).schema.json")
    let root = try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Any]
    let definitions = try #require(root?["$defs"] as? [String: Any])
    let rule = try #require(definitions["rule"] as? [String: Any])
    let listed = try #require(rule["enum"] as? [String])
    #expect(Set(listed) == Set(EvidenceKind.allCases.map(\.name)))
    #expect(listed.count == EvidenceKind.allCases.count)
  }
}
