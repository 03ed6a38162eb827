import Foundation
import Testing

@testable import TraceTopology

@Suite("Critical paths on the terminal")
struct PathsCommandTests {
  private static let leaks = ["leak.spans.jsonl.zst", "leak.trace.zst"].map {
    Fixtures.folder.appending(path: "review/\($0)").path
  }
  private static let pools = ["pools.spans.jsonl", "pools.trace.zst"].map {
    Fixtures.folder.appending(path: "review/\($0)").path
  }

  @Test("The path of a recorded program is told as before: spans, tasks, and where the time went")
  func golden() throws {
    let run = try Tool.run(["paths"] + Self.pools + ["--top", "2", "--steps", "6"])
    #expect(run.status == 0, "\(run.error)")
    let file = Fixtures.folder.appending(path: "golden/paths.txt")
    if ProcessInfo.processInfo.environment["TRACETOPO_RECORD_GOLDEN"] != nil {
      try Data(run.text.utf8).write(to: file)
    }
    #expect(run.text == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test("The README shows the path that the sample has today")
  func readme() throws {
    let logs = Fixtures.samples.appending(path: "checkout/logs").path
    let text = try String(contentsOf: Fixtures.root.appending(path: "README.md"), encoding: .utf8)
    let shown = Set(text.split(separator: "\n"))
    let run = try Tool.run(["paths", logs, "--top", "1", "--steps", "6"])
    #expect(run.status == 0)
    for line in run.text.split(separator: "\n") {
      #expect(shown.contains("    \(line)"), "\(line)")
    }
  }

  @Test("A trace that is asked for is shown, the slowest trees first else")
  func trees() async throws {
    let topology = await Pipeline.analyze(Self.leaks)
    let paths = topology.slowestPaths(.max)
    #expect(paths.count == topology.pathCount && paths.count > 2)
    #expect(paths.map(\.length) == paths.map(\.length).sorted(by: >))
    for path in paths {
      #expect(path.shares.reduce(0) { $0 + $1.time } == path.length)
      #expect(path.left > 0 || path.steps.reduce(0) { $0 + $1.length } == path.length)
    }
    let last = try #require(paths.last)
    let run = try Tool.run(["paths"] + Self.leaks + ["--trace", last.trace])
    #expect(run.status == 0 && run.text.contains("trace \(last.trace.prefix(8))"))
    #expect(run.text.split(separator: "\n").count { $0.contains(" · trace ") } == 1)
  }

  @Test("Spans alone have a path through their children; a run without trees has none")
  func withoutScheduler() async throws {
    let spans = try Tool.run(["paths", Self.pools[0], "--top", "1"])
    #expect(spans.status == 0 && spans.text.contains("in the span"))
    let trace = try Tool.run(["paths", Self.pools[1]])
    #expect(trace.status == 0 && trace.text == "no paths\n")
  }

  @Test("Wrong options are refused")
  func wrongUse() throws {
    for options in [["--trace", "xyz"], ["--top", "0"], ["--steps", "0"]] {
      #expect(try Tool.run(["paths", "x"] + options).status == 64)
    }
    #expect(try Tool.run(["paths", "/nowhere"]).status == 66)
  }
}
