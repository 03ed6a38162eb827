import Foundation
import Testing

/// Each option that the help names, used once for what it promises.
@Suite("The options")
struct OptionTests {
  private let logs = Fixtures.samples.appending(path: "checkout/logs").path

  @Test("--format jsonl writes one record a line, in the same order")
  func lines() throws {
    let run = try Tool.run([logs, "--json", "-", "-q", "--format", "jsonl"])
    let lines = run.text.split(separator: "\n")
    #expect(lines.first?.hasPrefix(#"{"record":"run","schema":"tracetopo.topology/1""#) == true)
    #expect(lines.last?.hasPrefix(#"{"record":"summary","#) == true)
    #expect(lines.count { $0.hasPrefix(#"{"record":"span","#) } == 2100)
    for line in lines.prefix(20) {
      _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }
  }

  @Test("--service, --root, --system and --dot-max-nodes decide what is drawn")
  func picture() throws {
    let draw = { (options: [String]) in try Tool.run([logs, "--dot", "-", "-q"] + options).text }
    #expect(try draw([]).contains("<b>orders</b>"))
    let gateway = try draw(["--service", "gateway"])
    #expect(gateway.contains("<b>gateway</b>") && !gateway.contains("<b>orders</b>"))
    let checkout = try draw(["--root", "GET /checkout"])
    #expect(checkout.contains("GET /checkout") && !checkout.contains("class=\"k-bad\""))
    #expect(try draw(["--root", "no such root"]).contains("nothing matches"))
    let trace = Fixtures.folder.appending(path: "gotrace/tiny.127.trace").path
    let user = try Tool.run([trace, "--dot", "-", "-q"]).text
    let system = try Tool.run([trace, "--dot", "-", "-q", "--system"]).text
    #expect(!user.contains("traceStartReadCPU") && system.contains("traceStartReadCPU"))
    #expect(try draw(["--dot-max-nodes", "5"]).contains("(limit 5, --dot-max-nodes)"))
  }

  @Test("--min-confidence 1 joins nothing on evidence, and 0 more than the default")
  func confidence() throws {
    let joined = { (value: String) in
      try Tool.run([logs, "--json", "-", "-q", "--min-confidence", value]).text
        .components(separatedBy: #""kind":"reattached""#).count - 1
    }
    #expect(try joined("1") == 0)
    #expect(try joined("0.75") == 381)
    #expect(try joined("0") >= 381)
  }

  @Test("--join-unattested joins no less than the default")
  func unattested() throws {
    let joined = { (options: [String]) in
      try Tool.run([logs, "--json", "-", "-q"] + options).text
        .components(separatedBy: #""kind":"reattached""#).count - 1
    }
    #expect(try joined(["--join-unattested"]) >= joined([]))
  }

  @Test("--verbose shows notes, and --assume-version reads an unknown version with a warning")
  func notesAndVersions() async throws {
    let twice = Fixtures.folder.appending(path: "otlp/plain.jsonl").path
    #expect(try !Tool.run([twice]).error.contains("duplicate-span"))
    #expect(try Tool.run([twice, "-v"]).error.contains("[duplicate-span]"))
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "new.trace")
      var bytes = try Data(contentsOf: Fixtures.folder.appending(path: "gotrace/tiny.127.trace"))
      bytes.replaceSubrange(0..<7, with: Data("go 1.99".utf8))
      try bytes.write(to: file)
      #expect(try Tool.run([file.path]).status == 66)
      let assumed = try Tool.run([file.path, "--assume-version", "newest"])
      #expect(assumed.status == 0)
      #expect(assumed.error.contains("[assumed-version]"))
    }
  }

  @Test("scripts/generate-go-trace says what it does, and refuses what it cannot do")
  func generatorOfGoTraces() throws {
    let script = Fixtures.root.appending(path: "scripts/generate-go-trace").path
    let help = try Tool.run(program: script, ["--help"])
    #expect(help.status == 0 && help.text.contains("--goroutines N"))
    for arguments in [
      [], ["out.trace", "--goroutines"], ["out.trace", "--goroutines", "-3"], ["-x"],
    ] {
      let run = try Tool.run(program: script, arguments)
      #expect(run.status == 64 && run.error.contains("usage:"), "\(arguments)")
    }
  }

  @Test(
    "scripts/generate-run --wide writes a shop's traces, nine attributes a span, some exceptions")
  func wideRun() async throws {
    try await Fixtures.withFolder { folder in
      let script = Fixtures.root.appending(path: "scripts/generate-run").path
      let made = try Tool.run(program: script, [folder.path, "--spans", "3000", "--wide"])
      #expect(made.status == 0, "\(made.error)")
      let lines = try Data(contentsOf: folder.appending(path: "spans.jsonl")).split(separator: 10)
      var (spans, attributes, exceptions) = (0, 0, 0)
      for line in lines {
        let text = String(decoding: line, as: UTF8.self)
        spans += text.components(separatedBy: #""spanId":"#).count - 1
        attributes += text.components(separatedBy: #"{"key":"#).count - 1
        exceptions += text.components(separatedBy: #""name":"exception""#).count - 1
      }
      // A resource and an exception have two attributes each.
      #expect(spans == 3000 && attributes == 9 * spans + 2 * (lines.count + exceptions))
      #expect((50...300).contains(exceptions))
      let run = try Tool.run([folder.path])
      #expect(run.status == 0 && run.text.contains("40 processes"))
    }
  }

  @Test(
    "scripts/generate-run writes the same run each time; --attributes carries what its spans say")
  func generatedRun() async throws {
    try await Fixtures.withFolder { folder in
      let script = Fixtures.root.appending(path: "scripts/generate-run").path
      for name in ["a", "b"] {
        let run = try Tool.run(
          program: script, [folder.appending(path: name).path, "--spans", "600", "--seed", "3"])
        #expect(run.status == 0, "\(run.error)")
      }
      for file in ["spans.jsonl", "tasks.ndjson"] {
        let first = try Data(contentsOf: folder.appending(path: "a/\(file)"))
        #expect(try first == Data(contentsOf: folder.appending(path: "b/\(file)")))
      }
      let run = try Tool.run([folder.appending(path: "a").path])
      #expect(run.status == 0)
      #expect(run.text.replacing("\u{2009}", with: " ").contains("600 spans"))
      let wanted = #""http.route":"/cart/{id}""#
      let spans = folder.appending(path: "a/spans.jsonl").path
      #expect(try !Tool.run([spans, "--json", "-", "-q"]).text.contains(wanted))
      let asked = try Tool.run([spans, "--json", "-", "-q", "--attributes", "http.route,net.x"])
      #expect(asked.text.contains(wanted))
    }
  }

  @Test("An output that is a pipe or a device is written to, a link keeps leading to its file")
  func outputsThatAreNoFiles() async throws {
    try await Fixtures.withFolder { folder in
      let pipe = folder.appending(path: "pipe").path
      #expect(try Tool.run(program: "/usr/bin/mkfifo", [pipe]).status == 0)
      let reader = try #require(FileHandle(forUpdatingAtPath: pipe))
      let run = try Tool.run([
        Fixtures.folder.appending(path: "otlp/plain.jsonl").path, "-q", "--json", pipe, "--dot",
        "/dev/null",
      ])
      #expect(run.status == 0, "\(run.error)")
      #expect(reader.availableData.starts(with: Data("{\n\"schema\"".utf8)))
      let null = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type]
      #expect(null as? FileAttributeType == .typeCharacterSpecial)

      let file = folder.appending(path: "file").path
      let link = folder.appending(path: "link").path
      try Data("old".utf8).write(to: URL(filePath: file))
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
      _ = try Tool.run([
        Fixtures.folder.appending(path: "otlp/plain.jsonl").path, "-q", "--json", link,
      ])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
      #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("{\n\"schema\""))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["file", "link", "pipe"])
    }
  }

  @Test("The fuzzer finds nothing in a second, and does the same again from the same seed")
  func fuzzer() async throws {
    try await Fixtures.withFolder { folder in
      let program = Tool.folder.appending(path: "tracetopo-fuzz").path
      let log = Fixtures.folder.appending(path: "otlp/plain.jsonl").path
      var written: [Data] = []
      for _ in 0..<2 {
        let run = try Tool.run(program: program, ["7", "0.001", folder.path, log])
        #expect(run.status == 0, "\(run.text) \(run.error)")
        #expect(run.text == "1 rounds, seeds 7…7: nothing found\n")
        written.append(try Data(contentsOf: folder.appending(path: "logs/plain.jsonl")))
      }
      let whole = try Data(contentsOf: URL(filePath: log))
      #expect(written[0] == written[1] && written[0] != whole)
      let more = try Tool.run(program: program, ["8", "1", folder.path, log])
      #expect(more.status == 0 && more.text.contains("nothing found"))
      #expect(try Tool.run(program: program, []).status == 64)
    }
  }

  @Test("Labels and minutes of a dump, and the records of a profile, are in the topology file")
  func dumpsAndProfiles() async throws {
    let dumps = Fixtures.folder.appending(path: "godump").path
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "topology.json")
      let dump = try Tool.run([dumps + "/profile.go127.txt", "-q", "--json", file.path])
      #expect(dump.status == 0, "\(dump.error)")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains(#""labels":{"span_id":"b7ad6b7169203331","trace id":"0af7 x"}"#))
      let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
      let check = try Tool.run(
        program: "/usr/bin/python3", ["-W", "ignore", "-m", "jsonschema", "-i", file.path, schema])
      #expect(check.status == 0, "\(check.error.prefix(500))")
    }
  }

  @Test("--attributes and --inherit reach the topology file in both layouts and the picture")
  func tags() async throws {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "spans.jsonl")
      let trace = String(repeating: "0", count: 31) + "1"
      let spans = [
        #"{"traceId":"\#(trace)","spanId":"0000000000000001","name":"in","startTimeUnixNano":"1","#
          + #""endTimeUnixNano":"9","attributes":[{"key":"tenant","value":{"stringValue":"acme"}},"#
          + #"{"key":"route","value":{"stringValue":"/cart"}},{"key":"goid","value":{"intValue":"7"}}]}"#,
        #"{"traceId":"\#(trace)","spanId":"0000000000000002","parentSpanId":"0000000000000001","#
          + #""name":"out","startTimeUnixNano":"2","endTimeUnixNano":"8"}"#,
      ]
      let record =
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
      try Data((record + "\n").utf8).write(to: file)
      let options = [file.path, "-q", "--attributes", "route", "--inherit", "tenant"]
      for layout in ["json", "jsonl"] {
        let text = try Tool.run(options + ["--json", "-", "--format", layout]).text
        #expect(text.contains(#""attributes":{"tenant":"acme","route":"/cart","goid":7}"#))
        #expect(text.contains(#""attributes":{},"inherited":{"tenant":"acme"}"#))
      }
      let dot = try Tool.run(options + ["--dot", "-"]).text
      #expect(dot.contains("route = /cart") && dot.contains("tenant = acme (inherited)"))
      #expect(!dot.contains("goid"))
      let json = folder.appending(path: "t.json").path
      #expect(try Tool.run(options + ["--json", json]).status == 0)
      let schema = Fixtures.root.appending(path: "Sources/Schemas/topology.schema.json").path
      let check = try Tool.run(
        program: "/usr/bin/python3", ["-W", "ignore", "-m", "jsonschema", "-i", json, schema])
      #expect(check.status == 0, "\(check.error.prefix(500))")
      let plain = try Tool.run([file.path, "-q", "--json", "-"]).text
      #expect(plain.contains(#""attributes":{"goid":7}"#) && !plain.contains("inherited"))
    }
  }

  @Test("evaluate scores what it took from the run, the same for the same seed")
  func evaluate() throws {
    let first = try Tool.run(["evaluate", logs, "--lose", "contexts,spans", "--rate", "0.2"])
    #expect(first.status == 0, "\(first.error)")
    let lines = first.text.split(separator: "\n")
    #expect(
      lines[0].hasPrefix("lost") && lines[1].hasPrefix("contexts") && lines[2].hasPrefix("spans"))
    #expect(lines.contains { $0.hasPrefix("confidence") })
    let again = try Tool.run(["evaluate", logs, "--lose", "contexts,spans", "--rate", "0.2"])
    #expect(again.text == first.text)
    let other = try Tool.run([
      "evaluate", logs, "--lose", "contexts,spans", "--rate", "0.2", "--seed", "2",
    ])
    #expect(other.text != first.text)
    #expect(try Tool.run(["evaluate", logs, "--lose", "keys"]).status == 64)
    #expect(try Tool.run(["evaluate", logs, "--rate", "2"]).status == 64)
  }

  @Test("evaluate does not take a span whose parent the logs lack for a true root")
  func parentsThatTheLogsLack() throws {
    // The truth of this recording counts 285 roots; 62 spans besides lost their parents before it was read.
    let lossy = Fixtures.folder.appending(path: "reattachment/batcher-l10-drop20").path
    for kind in ["contexts", "spans", "bursts"] {
      let lines = try Tool.run(["evaluate", lossy, "--lose", kind, "--rate", "0.1"]).text
        .split(separator: "\n").map { $0.split(separator: " ") }
      let column = try #require(lines[0].firstIndex(of: "joined"))
      #expect(lines[1][column].hasPrefix("0/"), "\(kind): \(lines[1])")
    }
  }
}
