import Foundation
import Testing

@testable import TraceTopology

/// What other runs teach about a run.
@Suite("Learning from other runs")
struct LearnFromTests {
  /// A service whose requests spawn one task each, with a span `name` there.
  private func run(
    _ name: String, requests: Int, first id: Int, hasParents: Bool
  ) -> Scenario {
    var scenario = Scenario()
    scenario.taskLog = [#"{"event":"spawn","process":"shop","task":1,"time":@0}"#]
    for number in 0..<requests {
      let begin = number * 100
      scenario.taskLog.append(
        #"{"event":"spawn","process":"shop","task":\#(2 + number),"parent":1,"time":@\#(begin + 10),"site":"main.go:7"}"#
      )
      let request = id + 2 * number
      scenario.spans.append(
        Scenario.Span(
          name: "request", id: request, parent: nil, task: 1, time: begin...begin + 90,
          trace: request))
      scenario.spans.append(
        Scenario.Span(
          name: name, id: request + 1, parent: hasParents ? request : nil, task: 2 + number,
          time: begin + 20...begin + 80, trace: hasParents ? request : request + 1))
    }
    return scenario
  }

  private func write(_ scenario: Scenario, _ name: String, _ folder: URL) throws -> String {
    let place = folder.appending(path: name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Data(scenario.otlp.utf8).write(to: place.appending(path: "spans.jsonl"))
    try Data(scenario.log.utf8).write(to: place.appending(path: "tasks.ndjson"))
    return place.path
  }

  private func analyze(
    _ path: String, _ lessons: [String], _ change: (inout Policy) -> Void = { _ in }
  ) async -> Topology {
    var policy = Policy.standard
    policy.learnFrom = lessons
    change(&policy)
    return await Pipeline.analyze([path], policy: policy)
  }

  private func joined(_ topology: Topology) -> Int {
    topology.kind.count { $0 == .reattached }
  }

  @Test(
    "Orphans whose like never kept a parent here are joined if an intact run shows their parents")
  func intactRun() async throws {
    try await Fixtures.withFolder { folder in
      let lossy = try write(
        run("work", requests: 6, first: 1000, hasParents: false), "lossy", folder)
      let intact = try write(
        run("work", requests: 40, first: 5000, hasParents: true), "intact", folder)
      #expect(joined(await analyze(lossy, [])) == 0)
      let topology = await analyze(lossy, [intact])
      #expect(joined(topology) == 6)
      for node in topology.spanOrder where topology.kind[node.index] == .reattached {
        let parent = topology.spanID(topology.parent[node.index]).value
        #expect(topology.spanID(node).value == parent + 1)
        #expect(topology.cause[node.index] == .contextLost)
      }
      #expect(topology.summary.spans == 12)
      #expect(topology.inputs.count == 2)
      #expect(
        topology.learnedFrom == [Knowledge.Source(path: intact, spans: 80, parents: 40)])
    }
  }

  @Test("A class that heads its trees in another run is a root here, whatever may be joined")
  func taughtRoots() async throws {
    try await Fixtures.withFolder { folder in
      let own = try write(
        run("audit", requests: 12, first: 1000, hasParents: false), "own", folder)
      let other = try write(
        run("audit", requests: 20, first: 5000, hasParents: false), "other", folder)
      #expect(joined(await analyze(own, []) { $0.joinUnattested = true }) == 12)
      let topology = await analyze(own, [other]) { $0.joinUnattested = true }
      #expect(joined(topology) == 0)
      #expect(topology.summary.orphansFound == 0)
    }
  }

  @Test(
    "Nothing of the other runs but their counts is in the file, and their order does not matter")
  func provenance() async throws {
    try await Fixtures.withFolder { folder in
      let lossy = try write(
        run("work", requests: 6, first: 1000, hasParents: false), "lossy", folder)
      let a = try write(run("work", requests: 20, first: 5000, hasParents: true), "a", folder)
      let b = try write(run("audit", requests: 9, first: 9000, hasParents: false), "b", folder)
      let first = try Tool.run(
        [lossy, "--learn-from", a, "--learn-from", b, "--json", "-", "-q"])
      let second = try Tool.run(
        [lossy, "--learn-from", b, "--learn-from", a, "--json", "-", "-q", "--learn-from", b])
      #expect(first.status == 0)
      #expect(first.output == second.output)
      #expect(
        first.text.contains(
          #""learnedFrom":[{"path":"\#(a)","spans":40,"recordedParents":20},"#
            + #"{"path":"\#(b)","spans":18,"recordedParents":0}]"#))
      #expect(!first.text.contains("audit"))
      let file = folder.appending(path: "topology.json")
      try first.output.write(to: file)
      let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
      let check = try Tool.run(
        program: "/usr/bin/python3",
        ["-W", "ignore", "-m", "jsonschema", "-i", file.path, schema])
      #expect(check.status == 0, "\(check.error.prefix(300))")
    }
  }

  @Test("Problems of the other runs are told with their file, and the run is analyzed all the same")
  func problems() async throws {
    try await Fixtures.withFolder { folder in
      let lossy = try write(
        run("work", requests: 6, first: 1000, hasParents: false), "lossy", folder)
      let bad = folder.appending(path: "bad.jsonl")
      let good = run("work", requests: 20, first: 5000, hasParents: true).otlp
      try Data((good + "{\"resourceSpans\":[{]}\n").utf8).write(to: bad)
      let run = try Tool.run([lossy, "--learn-from", bad.path])
      #expect(run.status == 2)
      #expect(run.error.contains("\(bad.path):"))
      #expect(run.text.contains("12 spans"))
      let nowhere = try Tool.run([lossy, "--learn-from", folder.path + "/nowhere"])
      #expect(nowhere.status == 2)
      #expect(nowhere.error.contains("/nowhere"))
    }
  }

  @Test("explain shows what was learned elsewhere, and evaluate takes it, too")
  func otherCommands() async throws {
    try await Fixtures.withFolder { folder in
      let lossy = try write(
        run("work", requests: 6, first: 1000, hasParents: false), "lossy", folder)
      let intact = try write(
        run("work", requests: 40, first: 5000, hasParents: true), "intact", folder)
      let shown = try Tool.run(
        ["explain", Scenario.hex(1003, 16), lossy, "--learn-from", intact])
      #expect(shown.status == 0)
      #expect(shown.text.contains("of the class in other runs: 40 with, 0 without"))
      #expect(shown.text.contains("were right for 40 of 40 examples"))
      let score = try Tool.run(
        ["evaluate", intact, "--learn-from", intact, "--lose", "contexts", "--rate", "1"])
      #expect(score.status == 0)
      #expect(score.text.contains("1.000      1.000      1.000"))
      let alone = try Tool.run(["evaluate", intact, "--lose", "contexts", "--rate", "1"])
      #expect(!alone.text.contains("1.000      1.000      1.000"))
    }
  }
}
