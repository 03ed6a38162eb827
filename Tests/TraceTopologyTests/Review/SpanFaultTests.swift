import Foundation
import Testing

@testable import TraceTopology

@Suite("Spans that are wrong")
struct SpanFaultTests {
  /// One span; times in milliseconds after the start of the run.
  private struct Row {
    var service = "shop"
    var name: String
    var id: Int
    var parent: Int?
    var time: (Int, Int)
    var kind = 1
    var status = 0
  }

  private func findings(_ rows: [Row]) async throws -> [String] {
    let spans = rows.map { row in
      var text =
        #"{"traceId":"\#(Scenario.hex(1, 32))","spanId":"\#(Scenario.hex(row.id, 16))","name":"\#(row.name)""#
        + #","kind":\#(row.kind),"status":{"code":\#(row.status)}"#
        + #","startTimeUnixNano":"\#(Scenario.time(row.time.0 * 1000))""#
        + #","endTimeUnixNano":"\#(Scenario.time(row.time.1 * 1000))""#
      if let parent = row.parent { text += #","parentSpanId":"\#(Scenario.hex(parent, 16))""# }
      return
        #"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(row.service)"}}]},"scopeSpans":[{"spans":[\#(text)}]}]}"#
    }
    let line = #"{"resourceSpans":[\#(spans.joined(separator: ","))]}"# + "\n"
    return try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "spans.jsonl")
      try Data(line.utf8).write(to: file)
      return await Pipeline.analyze([file.path]).findings.map { "\($0.rule): \($0.message)" }
    }
  }

  @Test("A span that ends before it starts")
  func negative() async throws {
    #expect(
      try await findings([Row(name: "a", id: 1, time: (50, 40))])
        == ["negative-duration: 1 span \"a\" ended before starting"])
  }

  @Test("A ring of parents, once")
  func ring() async throws {
    let rows = [
      Row(name: "a", id: 1, parent: 2, time: (0, 50)),
      Row(name: "b", id: 2, parent: 1, time: (1, 9)),
    ]
    #expect(try await findings(rows) == ["parent-cycle: 1 span \"a\" in a ring of parents"])
  }

  @Test("Two spans of one id that contradict each other")
  func duplicates() async throws {
    let rows = [Row(name: "a", id: 1, time: (0, 50)), Row(name: "a", id: 1, time: (60, 90))]
    #expect(
      try await findings(rows) == ["duplicate-id: 2 spans \"a\" whose id another span carries"])
  }

  @Test("A span that began before its parent; one that outlives it is usual")
  func outside() async throws {
    let rows = [
      Row(name: "a", id: 1, time: (10, 50)), Row(name: "early", id: 2, parent: 1, time: (2, 20)),
      Row(name: "late", id: 3, parent: 1, time: (20, 90)),
    ]
    #expect(
      try await findings(rows) == [
        "child-outside-parent: 1 span \"early\" began before the parent \"a\""
      ])
  }

  @Test("A call without a server's side, where others of its name have one")
  func missingServer() async throws {
    var rows: [Row] = []
    for number in 0..<4 {
      let begin = number * 100
      rows.append(Row(name: "GET", id: 10 + number, time: (begin, begin + 50), kind: 3))
      guard number != 2 else { continue }
      rows.append(
        Row(
          service: "stock", name: "GET /", id: 20 + number, parent: 10 + number,
          time: (begin + 10, begin + 40), kind: 2))
    }
    #expect(
      try await findings(rows) == [
        "missing-server: 1 span \"GET\" of 4 without a server's side in the logs"
      ])
    // Where nobody is ever served the server is not instrumented.
    #expect(try await findings(rows.filter { $0.kind == 3 }) == [])
  }

  @Test("An error that stopped at a parent that reports ok")
  func swallowed() async throws {
    let rows = { (status: Int) in
      [
        Row(name: "a", id: 1, time: (0, 50), status: status),
        Row(name: "b", id: 2, parent: 1, time: (10, 40), status: 2),
      ]
    }
    #expect(
      try await findings(rows(1)) == [
        "swallowed-error: 1 span \"b\" failed, and the parent \"a\" reports ok"
      ])
    #expect(try await findings(rows(0)) == [])
    #expect(try await findings(rows(2)) == [])
  }
}
