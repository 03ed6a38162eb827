import Foundation
import Testing

@testable import TraceTopology

/// A recorded program that leaks, hangs, forgets spans and recovers from panics on purpose.
@Suite("A program that goes wrong")
struct ReviewGoldenTests {
  private static let folder = Fixtures.folder.appending(path: "review")

  private func paths() -> [String] {
    ["leak.spans.jsonl.zst", "leak.trace.zst"].map { Self.folder.appending(path: $0).path }
  }

  @Test("Its findings are as before")
  func golden() async throws {
    let topology = await Pipeline.analyze(paths())
    let file = Fixtures.folder.appending(path: "golden/leak-findings.txt")
    if ProcessInfo.processInfo.environment["TRACETOPO_RECORD_GOLDEN"] != nil {
      try Data(topology.findingLines.utf8).write(to: file)
    }
    #expect(topology.findingLines == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test("Each span is found to be what the program says that it is, and no other")
  func truth() async throws {
    var policy = Policy.standard
    policy.attributes = ["truth"]
    let topology = await Pipeline.analyze(paths(), policy: policy)
    let expected: [String: Set<String>] = [
      "leaked": ["leaked-task", "open-span"], "goexit": ["abandoned-span"],
      "forgotten": ["abandoned-span"], "ended elsewhere": ["ended-elsewhere"],
      "hung": ["hung-span"],
    ]
    let key = try #require(topology.recording.strings.find("truth"))
    var counts: [String: Int] = [:]
    for node in topology.spanOrder {
      var truth = ""
      for row in topology.attributeRows(node) where topology.recording.attributes.key[row] == key {
        if case .string(let text) = topology.recording.attributes.value[row] {
          truth = topology.recording.strings.text(text)
        }
      }
      let task = topology.task(of: node)
      let found = topology.findings.filter { finding in
        finding.spans.contains(node)
          || finding.spans.isEmpty && !task.isNone && finding.tasks.contains(task)
      }
      #expect(Set(found.map(\.rule)) == expected[truth] ?? [], "\(truth)")
      counts[truth, default: 0] += 1
    }
    #expect(counts["leaked"] == 18 && counts["hung"] == 15 && counts["fine"] == 15)
  }

  @Test("A cut copy of the trace shows nothing of it")
  func cut() async throws {
    let path = Self.folder.appending(path: "leak.trace.zst").path
    let reader = try BlockReader(path: path, zstdWindowLog: 27)
    var bytes: [UInt8] = []
    while case .block(let block) = await reader.next() {
      bytes.append(contentsOf: block.bytes[block.start..<block.end])
    }
    let trace = bytes
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "leak.trace")
      try Data(trace.dropLast(trace.count / 10)).write(to: file)
      let topology = await Pipeline.analyze([paths()[0], file.path])
      #expect(topology.findings.map(\.rule) == [])
      #expect(topology.summary.leakedTasks == nil)
    }
  }

  @Test("The topology file, the summary and the picture show the findings")
  func outputs() async throws {
    let run = try Tool.run(paths() + ["--dot", "-"])
    #expect(run.status == 0)
    #expect(run.text.contains("class=\"k-finding\""))
    #expect(run.text.contains("<b>leaked-task</b>"))
    #expect(run.error.contains("findings leaked-task: 15 goroutines will never run again"))
    let file = try Tool.run(paths() + ["--json", "-", "-q"])
    let top = try #require(try JSONSerialization.jsonObject(with: file.output) as? [String: Any])
    let findings = try #require(top["findings"] as? [[String: Any]])
    let summary = try #require(top["summary"] as? [String: Any])
    #expect(summary["leakedTasks"] as? Int == 18)
    #expect(summary["findings"] as? Int == findings.count)
    let first = try #require(findings.first)
    #expect(first["rule"] as? String == "leaked-task" && first["severity"] as? String == "error")
    #expect((first["tasks"] as? [String])?.count == 15)
    let trees = try #require(top["trees"] as? [[String: Any]])
    #expect(trees.contains { ($0["findings"] as? [String])?.contains("f0") == true })
  }

  @Test("What findings are about is not folded away")
  func folding() async throws {
    let small = try Tool.run(paths() + ["--dot", "-", "-q", "--dot-max-nodes", "100"])
    let all = try Tool.run(paths() + ["--dot", "-", "-q"])
    let marked = { (text: String) in text.split(separator: "class=\"k-finding\"").count - 1 }
    #expect(marked(all.text) > 60 && marked(small.text) == marked(all.text))
    let tiny = try Tool.run(paths() + ["--dot", "-", "-q", "--dot-max-nodes", "20"])
    #expect(marked(tiny.text) > 0)
    #expect(tiny.text.contains("what findings are about is folded too"))
  }

  @Test("A file that holds no log hides nothing, a damaged log of spans hides what never ended")
  func otherFiles() async throws {
    try await Fixtures.withFolder { folder in
      let note = folder.appending(path: "notes.txt")
      try Data("nothing of interest\n".utf8).write(to: note)
      let beside = await Pipeline.analyze(paths() + [note.path])
      #expect(beside.messages("abandoned-span").count == 2)
      let damaged = folder.appending(path: "cut.jsonl")
      try Data(#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"7e65"#.utf8).write(
        to: damaged)
      let cut = await Pipeline.analyze(paths() + [damaged.path])
      #expect(cut.messages("abandoned-span") == [] && cut.messages("open-span") == [])
      #expect(cut.messages("leaked-task").count == 2)
    }
  }

  @Test("A fingerprint is the same in every recording of the fault")
  func fingerprints() async throws {
    let first = await Pipeline.analyze(paths())
    var policy = Policy.standard
    policy.leakGrace = 100_000_000
    let second = await Pipeline.analyze(paths(), policy: policy)
    let prints = Set(first.findings.map(\.fingerprint))
    #expect(prints.count == first.findings.count)
    let leak = try #require(second.findings.first)
    #expect(leak.rule == "leaked-task" && leak.tasks.count < 15)
    #expect(prints.contains(leak.fingerprint))
  }
}
