import Foundation
import Testing

/// `tracetopo explain`, as a user runs it.
@Suite("The explain command")
struct ExplainCommandTests {
  private let logs = Fixtures.samples.appending(path: "checkout/logs").path
  private let detached = Fixtures.folder.appending(path: "reattachment/detached-l10-drop20").path

  private struct Shown: Decodable {
    struct Candidate: Decodable {
      struct Span: Decodable { var spanId: String }
      struct Record: Decodable {
        var asked: Int
        var right: Int
      }
      struct Step: Decodable {
        var rule: String
        var text: String
      }
      var span: Span
      var rule: String
      var confidence: Double
      var isBest: Bool
      var record: Record
      var evidence: [Step]
    }
    struct Answer: Decodable {
      var verdict: String
      var parentSpanId: String?
      var confidence: Double?
      var margin: Double?
      var reason: String
    }
    struct Change: Decodable {
      var what: String
      var why: String
    }
    struct Asked: Decodable {
      var spanId: String
      var file: String?
      var placeholder: Bool
    }
    var span: Asked
    var state: String
    var candidates: [Candidate]
    var answer: Answer
    var changes: [Change]
  }

  /// The explanation of a span as JSON that keeps its schema.
  private func explain(_ span: String, _ paths: [String], _ options: [String] = []) async throws
    -> Shown
  {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "explanation.json")
      let run = try Tool.run(["explain", span] + paths + ["--json", file.path, "-q"] + options)
      #expect(run.status == 0, "\(run.error)")
      #expect(run.output.isEmpty)
      let schema = Fixtures.root.appending(path: "Sources/Schemas/explanation.schema.json").path
      let check = try Tool.run(
        program: "/usr/bin/python3",
        ["-W", "ignore", "-m", "jsonschema", "-i", file.path, schema])
      #expect(check.status == 0, "\(check.error.prefix(500))")
      return try JSONDecoder().decode(Shown.self, from: Data(contentsOf: file))
    }
  }

  @Test(
    "A span that was put back is explained by who spawned its task, and how often that is right")
  func joined() async throws {
    let shown = try await explain("a049f73314858e21", [logs])
    #expect(shown.state == "reattached")
    #expect(shown.span.file?.hasSuffix("gateway.spans.jsonl.zst") == true)
    #expect(shown.answer.verdict == "joined")
    #expect(shown.answer.parentSpanId == "a3b27d6d5d4c0443")
    let best = try #require(shown.candidates.first)
    #expect(best.isBest && best.span.spanId == "a3b27d6d5d4c0443" && best.rule == "spawn")
    #expect(best.confidence == shown.answer.confidence)
    #expect(best.record.asked == 120 && best.record.right == 120)
    #expect(best.evidence.map { $0.rule } == ["spawn"])
    #expect(best.evidence[0].text.contains("goroutine 7 (main.main.func1) spawned goroutine 8"))
    let text = try Tool.run(["explain", "a049f73314858e21", logs]).text
    #expect(text.contains("names no parent (local), kind internal"))
    #expect(text.contains("such chains (spawn, open) were right for 120 of 120 examples"))
  }

  @Test("A span that was left says how far it is from the threshold, and at that it is joined")
  func belowThreshold() async throws {
    let shown = try await explain("003b750ba5e991da", [logs], ["--min-confidence", "1"])
    #expect(shown.state == "lost-context")
    #expect(shown.answer.verdict == "below-min-confidence")
    #expect(shown.answer.parentSpanId == nil)
    let change = try #require(shown.changes.first?.what)
    #expect(change.hasPrefix("--min-confidence 0."))
    let words = change.split(separator: " ").map { String($0) }
    let other = try await explain("003b750ba5e991da", [logs], words)
    #expect(other.answer.verdict == "joined")
    #expect(other.answer.parentSpanId == shown.candidates.first?.span.spanId)
  }

  @Test("A presumed root says so, and what --join-unattested would make of it is true")
  func presumedRoot() async throws {
    let shown = try await explain("dfb55e7bbcbaaf2d", [detached])
    #expect(shown.state == "presumed-root")
    #expect(shown.answer.verdict == "presumed-root")
    let change = try #require(shown.changes.first { $0.what == "--join-unattested" })
    #expect(change.why.hasPrefix("joins it"))
    let other = try await explain("dfb55e7bbcbaaf2d", [detached], ["--join-unattested"])
    #expect(other.answer.verdict == "joined")
    #expect(change.why.contains("becomes \(try #require(other.answer.confidence))"))
  }

  @Test("The question of a span whose parent is in no log is where that parent belongs")
  func missingParent() async throws {
    let shown = try await explain("09523093d12a7666", [detached])
    #expect(shown.answer.verdict == "joined")
    #expect(shown.answer.parentSpanId == "9f0ae6a86df6725c")
    let parent = try await explain("617b93bd27456fa8", [detached])
    #expect(parent.state == "placeholder")
    #expect(parent.span.placeholder)
    #expect(parent.answer.parentSpanId == "9f0ae6a86df6725c")
    #expect(parent.candidates.first?.confidence == shown.candidates.first?.confidence)
  }

  @Test("Without a scheduler log that is what is missing")
  func withoutScheduler() async throws {
    let spans = detached + "/detached.spans.jsonl.zst"
    let shown = try await explain("dfb55e7bbcbaaf2d", [spans])
    #expect(shown.answer.verdict == "outside-any-log")
    #expect(shown.changes.contains { $0.what == "a scheduler log" })
  }

  @Test("A recorded parent is shown with what the rules would have said")
  func recorded() async throws {
    let shown = try await explain("e093ba180fc83129", [logs])
    #expect(shown.state == "parent-recorded")
    #expect(shown.answer.verdict == "recorded-parent")
    #expect(shown.candidates.first?.span.spanId == "d234a08e7824be14")
    #expect(shown.changes.isEmpty)
  }

  @Test("The beginning of an id and a name find a span; of several, --pick takes one")
  func picking() throws {
    let prefix = try Tool.run(["explain", "A049f7331", logs])
    #expect(prefix.status == 0)
    #expect(prefix.text.contains("a049f73314858e21"))
    let several = try Tool.run(["explain", "audit log", logs])
    #expect(several.status == 1)
    #expect(several.output.isEmpty)
    #expect(several.error.contains("150 spans are meant by audit log; take an id, or add --pick N"))
    #expect(several.error.contains("a4e16491f408989cc781164fa62ef67f"))
    let rows = several.error.split(separator: "\n").filter { $0.hasSuffix("audit log") }
    #expect(rows.count == 40)
    let third = try #require(rows.dropFirst(2).first?.split(separator: " ")[1])
    let picked = try Tool.run(["explain", "audit log", logs, "--pick", "3"])
    #expect(picked.status == 0)
    #expect(picked.text.contains(third))
  }

  @Test("Wrong arguments and spans that are not there are told apart")
  func wrongArguments() throws {
    #expect(try Tool.run(["explain", "nothing", logs]).status == 1)
    #expect(try Tool.run(["explain", "audit log", logs, "--pick", "151"]).status == 1)
    #expect(try Tool.run(["explain", "audit log", logs, "--pick", "0"]).status == 64)
    #expect(try Tool.run(["explain", "audit log"]).status == 64)
    #expect(try Tool.run(["explain"]).status == 64)
    #expect(try Tool.run(["explain", "x", logs, "--min-confidence", "2"]).status == 64)
    #expect(try Tool.run(["explain", "x", "/nowhere"]).status == 66)
    #expect(
      try Tool.run(["explain", "a049f73314858e21", logs, "--json", "/nowhere/x"]).status == 73)
  }

  @Test("The same bytes come out whatever the order of the paths and the number of jobs")
  func sameBytes() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: logs).sorted()
      .map { logs + "/" + $0 }
    let first = try Tool.run(
      ["explain", "003b750ba5e991da"] + files + ["--json", "-", "--jobs", "1"])
    let second = try Tool.run(
      ["explain", "003b750ba5e991da"] + files.reversed() + ["--json", "-", "--jobs", "3"])
    #expect(first.status == 0)
    #expect(first.output == second.output)
  }
}
