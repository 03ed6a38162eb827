import Foundation
import Testing

@testable import TraceTopology

/// The built command, end to end.
@Suite("The command")
struct CommandTests {
  private let logs = Fixtures.samples.appending(path: "checkout/logs").path
  private let plain = Fixtures.folder.appending(path: "otlp/plain.jsonl").path

  /// The topology file without the list of inputs: what must not depend on how logs were stored.
  private func contents(_ data: Data) throws -> String {
    let text = String(decoding: data, as: UTF8.self)
    let start = try #require(text.range(of: #","inputs":["#))
    let end = try #require(text.range(of: "]},\n\"processes\""))
    return String(text[..<start.lowerBound]) + String(text[end.upperBound...])
  }

  private func topology(_ paths: [String], _ options: [String] = []) throws -> Tool.Run {
    try Tool.run(paths + ["--json", "-", "-q"] + options)
  }

  @Test("A folder of logs becomes topology.json and topology.dot, and a summary")
  func writesBothOutputs() async throws {
    try await Fixtures.withFolder { folder in
      let out = folder.appending(path: "a/b").path
      let run = try Tool.run(["analyze", logs, "-o", out])
      #expect(run.status == 0)
      #expect(run.error.contains("folded"))
      #expect(run.text.contains("4 files (2 go-trace, 2 otlp-json)"))
      #expect(run.text.contains("382 found, 381 reattached (99 %), 1 left"))
      #expect(run.text.contains("\(out)/topology.json"))
      #expect(!run.text.contains("\u{1B}"))
      let written = try FileManager.default.contentsOfDirectory(atPath: out).sorted()
      #expect(written == ["topology.dot", "topology.json"])
    }
  }

  @Test("The topology file keeps its schema, whatever was read")
  func schemaHolds() async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "topology.json").path
      let inputs = [
        [logs], [Fixtures.samples.appending(path: "tasklog").path],
        [Fixtures.folder.appending(path: "otlp").path],
        [Fixtures.folder.appending(path: "reattachment/checkout-drop20").path],
        [Fixtures.folder.appending(path: "gotrace/prog.122.trace").path],
      ]
      for paths in inputs {
        let run = try Tool.run(paths + ["--json", file, "-q"])
        #expect(run.status == 0 || run.status == 2, "\(paths) \(run.error)")
        let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
        let check = try Tool.run(
          program: "/usr/bin/python3", ["-W", "ignore", "-m", "jsonschema", "-i", file, schema])
        #expect(check.status == 0, "\(paths): \(check.error.prefix(500))")
      }
    }
  }

  @Test("The schema is no rubber stamp")
  func schemaRejects() async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "bad.json")
      let good = try topology([logs]).text
      try Data(good.replacing("\"kind\":\"recorded\"", with: "\"kind\":\"guessed\"").utf8)
        .write(to: file)
      let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
      let check = try Tool.run(
        program: "/usr/bin/python3", ["-W", "ignore", "-m", "jsonschema", "-i", file.path, schema])
      #expect(check.status != 0)
    }
  }

  @Test("Every line of the task log example keeps its schema")
  func taskLogSchemaHolds() async throws {
    let text = try String(
      contentsOf: Fixtures.samples.appending(path: "tasklog/tasks.ndjson"), encoding: .utf8)
    let schema = Fixtures.root.appending(path: "Sources/Schemas/tasklog.schema.json").path
    try await Fixtures.withFolder { folder in
      for line in text.split(separator: "\n") {
        let file = folder.appending(path: "line.json")
        try Data(line.utf8).write(to: file)
        let check = try Tool.run(
          program: "/usr/bin/python3",
          ["-W", "ignore", "-m", "jsonschema", "-i", file.path, schema])
        #expect(check.status == 0, "\(line)")
      }
    }
  }

  @Test("Paths in any order and any number of jobs give the same bytes")
  func orderOfPathsIsNoMatter() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: logs).sorted()
      .map { logs + "/" + $0 }
    let first = try topology(files, ["--jobs", "1"])
    let second = try topology(files.reversed(), ["--jobs", "4"])
    #expect(first.status == 0)
    #expect(first.output == second.output)
    let picture = try Tool.run(files + ["--dot", "-", "-q"])
    let other = try Tool.run(files.reversed() + ["--dot", "-", "-q", "--jobs", "3"])
    #expect(picture.output == other.output)
    #expect(!picture.output.isEmpty)
  }

  @Test("Plain, gzip and zstd copies, and a file cut at line borders, give the same contents")
  func storageIsNoMatter() async throws {
    try await Fixtures.withFolder { folder in
      let zstd = folder.appending(path: "zstd")
      let plain = folder.appending(path: "plain")
      let gzip = folder.appending(path: "gzip")
      let cut = folder.appending(path: "cut")
      for place in [zstd, plain, gzip, cut] {
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: logs) {
        let from = logs + "/" + name
        try FileManager.default.copyItem(
          atPath: from, toPath: zstd.appending(path: name).path)
        let bytes = try Tool.run(program: "/usr/bin/env", ["zstd", "-dcq", from]).output
        try bytes.write(to: plain.appending(path: name))
        let packed = try Tool.run(program: "/usr/bin/env", ["gzip", "-c"], input: bytes).output
        try packed.write(to: gzip.appending(path: name))
        guard name.contains("spans") else {
          try bytes.write(to: cut.appending(path: name))
          continue
        }
        for (number, line) in bytes.split(separator: 0x0A).enumerated() {
          try (line + Data([0x0A])).write(
            to: cut.appending(path: "\(number % 3)-\(number)-\(name)"))
        }
      }
      let expected = try contents(try topology([zstd.path]).output)
      for place in [plain, gzip, cut] {
        #expect(try contents(try topology([place.path]).output) == expected, "\(place.path)")
      }
    }
  }

  @Test("Damage is told with file, offset and reason, and the exit status says so")
  func damageIsTold() async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "bad.jsonl")
      let good = try Data(contentsOf: URL(filePath: plain))
      let first = try #require(good.firstIndex(of: 0x0A))
      try (good[...first] + Data("{\"resourceSpans\": oops}\n".utf8) + good[(first + 1)...])
        .write(to: file)
      let run = try Tool.run([file.path, "--json", folder.appending(path: "t.json").path])
      #expect(run.status == 2)
      #expect(
        run.error.contains("\(file.path):\(first + 1 + 18): error: not OTLP JSON"), "\(run.error)")
      #expect(run.text.contains("4 spans"))
      #expect(run.text.contains("damage"))
    }
  }

  @Test(
    "A wrong id and a time that overflows are told with their place; their spans are kept",
    arguments: [
      (#""spanId":"0202020202020202""#, #""spanId":"02""#, "bad-id"),
      ("1700000000000000300", "99999999999999999999", "number-overflow"),
    ])
  func damagedFieldsAreTold(good: String, bad: String, code: String) async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "bad.jsonl")
      let text = try String(contentsOfFile: plain, encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first)
      try Data((line.replacing(good, with: bad, maxReplacements: 1) + "\n").utf8).write(to: file)
      let run = try topology([file.path])
      #expect(run.status == 2)
      #expect(run.error.contains("[\(code)]"))
      #expect(run.error.contains(#/bad\.jsonl:\d+: error:/#))
      #expect(run.text.contains(#""spans":4,"#))
    }
  }

  @Test("A cut trace never leaves a task open")
  func cutTraceHasNoOpenTasks() async throws {
    try await Fixtures.withFolder { folder in
      let whole = try Data(contentsOf: Fixtures.folder.appending(path: "gotrace/prog.126.trace"))
      let file = folder.appending(path: "cut.trace")
      try whole[..<(whole.count * 2 / 3)].write(to: file)
      let run = try topology([file.path])
      #expect(run.status == 2)
      #expect(run.text.contains(#""outcome":"unknown""#))
      #expect(!run.text.contains(#""outcome":"open""#))
      #expect(run.error.contains(":"))
    }
  }

  @Test(
    "A trace that lacks a batch in the middle keeps the rest, says where, and leaves no task open")
  func traceWithoutABatch() async throws {
    try await Fixtures.withFolder { folder in
      var bytes = [UInt8](
        try Data(contentsOf: Fixtures.folder.appending(path: "gotrace/prog.126.trace")))
      guard
        case .batch(let first, let size) = GoTraceBatchHeader.read(
          bytes.span, in: 16..<bytes.count, version: GoTraceVersion(minor: 26)),
        case let second = 16 + size + first.size,
        case .batch(let batch, let head) = GoTraceBatchHeader.read(
          bytes.span, in: second..<bytes.count, version: GoTraceVersion(minor: 26))
      else { throw CocoaError(.fileReadCorruptFile) }
      bytes.removeSubrange(second..<second + head + batch.size)
      let file = folder.appending(path: "hole.trace")
      try Data(bytes).write(to: file)
      let run = try topology([file.path])
      #expect(run.status == 2)
      #expect(run.text.contains(#""outcome":"ended""#))
      #expect(!run.text.contains(#""outcome":"open""#))
      #expect(run.error.contains("\(file.path):16: error: "))
    }
  }

  @Test(
    "Wrong use and unreadable inputs have their own exit statuses",
    arguments: [
      "64 --no-such-option", "64", "64 x --min-confidence 2", "64 x --json - --dot -",
      "66 /nonexistent/logs", "66 /dev/null",
    ])
  func exitStatuses(line: String) throws {
    var arguments = line.split(separator: " ").map(String.init)
    let status = Int32(arguments.removeFirst())
    let run = try Tool.run(arguments)
    #expect(run.status == status)
    #expect(!run.error.isEmpty)
  }

  @Test("A folder without logs, an empty file and a file of another kind are named")
  func nothingToRead() async throws {
    try await Fixtures.withFolder { folder in
      let empty = try Tool.run([folder.path])
      #expect(empty.status == 66)
      #expect(empty.error.contains("nothing to read"))
      let note = folder.appending(path: "notes.txt")
      try Data("these are no logs\n".utf8).write(to: note)
      let named = try Tool.run([note.path, plain])
      #expect(named.status == 2)
      #expect(named.error.contains("\(note.path):0: error: no known log format"))
      let walked = try Tool.run([folder.path, plain])
      #expect(walked.status == 0)
      let xz = folder.appending(path: "logs.xz")
      try Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]).write(to: xz)
      #expect(try Tool.run([xz.path]).error.contains("xz -dc FILE | tracetopo -"))
    }
  }

  @Test("Outputs that cannot be written have their own statuses, and leave nothing behind")
  func outputsFail() async throws {
    try await Fixtures.withFolder { folder in
      let missing = try Tool.run([plain, "--json", folder.appending(path: "no/t.json").path])
      #expect(missing.status == 73)
      #expect(missing.error.contains("cannot write"))
      let full = try Tool.run(
        program: "/bin/sh", ["-c", "tracetopo '\(plain)' --json - -q > /dev/full"])
      #expect(full.status == 74)
      let file = folder.appending(path: "file")
      try Data().write(to: file)
      #expect(try Tool.run([plain, "-o", file.path]).status == 73)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
  }

  @Test(
    "The standard input is read like a file, and a reader that goes away ends the command quietly")
  func pipes() throws {
    let input = try Data(contentsOf: URL(filePath: plain))
    let run = try Tool.run(["-", "--json", "-"], input: input)
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("{"))
    #expect(run.error.contains("1 file (1 otlp-json)"))
    let gone = try Tool.run(
      program: "/bin/sh", ["-c", "tracetopo '\(logs)' --json - -q | head -c 10"])
    #expect(gone.text.count == 10)
    #expect(gone.error.isEmpty)
  }

  @Test("inspect tells what a file is")
  func inspects() throws {
    let run = try Tool.run(["inspect", logs + "/orders.trace.zst", plain])
    #expect(run.status == 0)
    #expect(run.text.contains("go-trace 1.26"))
    #expect(run.text.contains("zstd, 54510 bytes stored"))
    #expect(run.text.contains("1559 goroutines"))
    #expect(run.text.contains("otlp-json"))
    #expect(run.text.contains("8 spans, 1 traces"))
    #expect(run.text.contains("process      shop"))
    #expect(run.text.contains("damage       none"))
  }

  @Test("--svg without graphviz says so and how to get it")
  func graphvizIsMissing() async throws {
    try await Fixtures.withFolder { folder in
      let run = try Tool.run(
        program: Tool.folder.appending(path: "tracetopo").path,
        [plain, "--svg", folder.appending(path: "a.svg").path, "-q"],
        environment: ["PATH": "/nonexistent"])
      #expect(run.status == 73)
      #expect(run.error.contains("graphviz is not installed: apt-get install graphviz"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
  }

  @Test("The picture of a trace shows its whole repaired tree, lost contexts included")
  func traceShowsRepairedTree() throws {
    let trace = try String(
      contentsOf: Fixtures.samples.appending(path: "checkout/trace"), encoding: .utf8)
    let run = try Tool.run([
      logs, "--dot", "-", "-q", "--trace", trace.trimmingCharacters(in: .whitespacesAndNewlines),
    ])
    #expect(run.status == 0)
    #expect(run.text.contains("14 spans"))
    #expect(run.text.contains("7 reattached"))
  }
}
