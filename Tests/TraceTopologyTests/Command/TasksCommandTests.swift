import Foundation
import Testing

@testable import TraceTopology

@Suite("Tasks at a moment, and who spawned whom")
struct TasksCommandTests {
  private let leak = ["leak.spans.jsonl.zst", "leak.trace.zst"].map {
    Fixtures.folder.appending(path: "review/\($0)").path
  }

  private func lines(_ arguments: [String]) throws -> [String] {
    let run = try Tool.run(["tasks"] + leak + arguments)
    #expect(run.status == 0, "\(run.error)")
    return run.text.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces).replacing("  ", with: " ")
    }
  }

  @Test("At the end of a trace the leaked goroutines stand where they hang")
  func atEnd() throws {
    #expect(
      try lines([]) == [
        "15 waiting · chan receive · main.leakChan (main.go:64)",
        "3 waiting · sync · main.leakLock (main.go:70)", "1 running",
      ])
    #expect(try lines(["--group-by", "state"]) == ["18 waiting", "1 running"])
    #expect(try lines(["--group-by", "state", "--system"]) == ["25 waiting", "1 running"])
  }

  @Test("--leak-grace and --hung-after move the limits of the findings; no duration is a wrong use")
  func limits() throws {
    let found = { (options: [String]) in
      let run = try Tool.run(leak + options)
      #expect(run.status == 0, "\(run.error)")
      return (run.text.contains("will never run again"), run.text.contains("hung-span"))
    }
    #expect(try found([]) == (true, true))
    #expect(try found(["--leak-grace", "1h"]) == (false, true))
    #expect(try found(["--hung-after", "1h"]) == (true, false))
    for option in ["--leak-grace", "--hung-after"] {
      #expect(try Tool.run(leak + [option, "soon"]).status == 64)
    }
  }

  @Test("In the middle of a trace only what was alive then is counted")
  func inTheMiddle() async throws {
    let reasons = try lines(["--at", "+100ms", "--group-by", "reason"])
    #expect(reasons.contains("6 waiting · select"))
    let topology = await Pipeline.analyze(leak)
    let all = topology.taskCounts(at: .afterStart(100_000_000), by: .site, showsSystem: true)
    let tasks = topology.recording.tasks
    let alive = topology.taskOrder.filter { task in
      let record = tasks[task]
      let start = topology.clock.task(record.start, of: record.process) ?? .min
      let end = topology.clock.task(record.end, of: record.process) ?? .max
      return record.kind != .userTask && start <= 100_000_000 && end > 100_000_000
    }
    #expect(all.reduce(0) { $0 + $1.count } == alive.count)
    #expect(topology.taskCounts(at: .afterStart(-1), by: .site).allSatisfy { $0.count == 1 })
  }

  @Test("A dump is a moment of its own")
  func dump() async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "dump.txt")
      try Data(
        "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:10 +0x10\n\ngoroutine 5 [chan receive]:\nmain.w()\n\t/src/main.go:14 +0x10\ncreated by main.main in goroutine 1\n\t/src/main.go:22 +0x76\n"
          .utf8
      ).write(to: file)
      let run = try Tool.run(["tasks", file.path])
      #expect(run.text.contains("1  waiting · chan receive · main.w (main.go:14)"))
      #expect(run.text.contains("1  running"))
    }
  }

  @Test("A moment that is no time is refused")
  func wrongUse() throws {
    #expect(try Tool.run(["tasks", "x", "--at", "noon"]).status == 64)
    #expect(try Tool.run(leak + ["--relations", "x.txt"]).status == 64)
  }

  @Test("The relation map names each task's spawner, spawn site and spans, in both layouts")
  func relations() async throws {
    try await Fixtures.withFolder { folder in
      for name in ["map.csv", "map.jsonl"] {
        #expect(
          try Tool.run(leak + ["-q", "--relations", folder.appending(path: name).path]).status == 0)
      }
      let csv = try String(contentsOf: folder.appending(path: "map.csv"), encoding: .utf8)
      let rows = csv.replacing("\r\n", with: "\n").split(separator: "\n")
      #expect(rows.count == 132 && rows[0].hasPrefix("task,kind,number,parent,parentNumber,entry"))
      let leaks = rows.filter { $0.contains("main.leakLock") }
      #expect(leaks.count == 3)
      let fields = try #require(leaks.first).split(separator: ",", omittingEmptySubsequences: false)
      #expect(fields[1] == "goroutine" && fields[4] == "1" && fields[8] == "34")
      #expect(fields[10].hasPrefix("s") && fields[11].count == 16 && fields[13].count == 16)
      let text = try String(contentsOf: folder.appending(path: "map.jsonl"), encoding: .utf8)
      let lines = text.split(separator: "\n")
      #expect(lines.count == 131)
      for line in lines {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?.count == 14)
      }
    }
  }

  @Test("Names with commas, quotes and line breaks stay one field")
  func quoting() throws {
    var run = TopologyBuilder()
    run.process("api")
    run.task("t1", "a,\"b\"\nc", number: 1, 0...5)
    var sink = ByteSink()
    try RelationWriter(run.build(), layout: .csv).write(to: &sink)
    #expect(String(decoding: sink.bytes, as: UTF8.self).contains(",\"a,\"\"b\"\"\nc\","))
  }
}
