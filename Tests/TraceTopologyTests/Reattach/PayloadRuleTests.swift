import Foundation
import Testing

@testable import TraceTopology

/// Lost spans put where other spans say that they hang.
@Suite("Ancestors that spans name themselves")
struct PayloadRuleTests {
  private typealias Attributes = [(key: String, value: String)]

  private func text(_ key: String, _ value: String) -> (key: String, value: String) {
    (key, #"{"stringValue":"\#(value)"}"#)
  }

  /// A request with a deep tree in which span 3 is lost; `leaf` names its ancestors. Two spans more
  /// contain it in time, so that time alone does not tell.
  private func run(_ leaf: Attributes, parent: UInt64? = 3) -> OTLPSpans {
    var run = OTLPSpans()
    run.add("request", 1, kind: .server, 0...100, on: "front")
    run.add("left", 2, under: 1, 1...99, on: "front")
    run.add("right", 5, under: 1, 2...98, on: "front")
    run.add("leaf", 4, under: parent, kind: .server, 20...30, on: "back", attributes: leaf)
    return run
  }

  @Test("Datadog's last span on the way is taken before what times say")
  func datadogTag() async throws {
    for id in [2, 5] as [UInt64] {
      let topology = try await run([text("_dd.parent_id", SpanID(value: id).hex)]).analyze()
      #expect(topology.found("leaf") == (id == 2 ? "left ⇠ payload" : "right ⇠ payload"))
    }
  }

  @Test("The trace state that Jaeger keeps says the same")
  func jaegerState() async throws {
    let state = "congo=t61rcWkgMzE, dd=s:1;p:0000000000000002;o:rum"
    let topology = try await run([text("w3c.tracestate", state)]).analyze()
    #expect(topology.found("leaf") == "left ⇠ payload")
  }

  @Test("Of a list of ancestors the last one that is there counts")
  func list() async throws {
    let ids = [1, 5, 3].map { SpanID(value: $0).hex }.joined(separator: ",")
    let topology = try await run([text("ancestry", ids)]).analyze()
    #expect(topology.found("leaf") == "right ⇠ payload")
  }

  @Test("A list with anything else in it, or of spans that are not there, says nothing")
  func noList() async throws {
    for value in ["{\"m\":10,\"k\":7}", "0000000000000005,deep", "00000000000000aa", "", ","] {
      let topology = try await run([text("ancestry", value.replacing("\"", with: "\\\""))])
        .analyze()
      #expect(!topology.found("leaf").contains("payload"), "\(value)")
    }
  }

  @Test("A span that lost its parent's id too still hangs where it says")
  func withoutParent() async throws {
    let topology = try await run([text("_dd.parent_id", SpanID(value: 5).hex)], parent: nil)
      .analyze()
    #expect(topology.found("leaf") == "right ⇠ payload")
  }

  @Test("A recorded parent stays, whatever the tag says")
  func recorded() async throws {
    let topology = try await run([text("_dd.parent_id", SpanID(value: 5).hex)], parent: 2)
      .analyze()
    #expect(topology.found("leaf") == "left ⇠ recorded")
  }

  @Test("The trace state of OTLP is read in JSON, in protobuf alike, and in Go's own output")
  func traceStates() {
    let state = Array("dd=p:00f067aa0ba902b7;s:2;o:rum".utf8)
    #expect(TraceState.datadogParent(state) == SpanID(value: 0x00f0_67aa_0ba9_02b7))
    #expect(TraceState.datadogParent(Array("ot=rv:1,dd=s:1;p:a".utf8)) == SpanID(value: 10))
    for other in ["", "dd=", "dd=p:", "dd=p:xyz", "dd=s:1", "edd=p:1", "dd=p:00000000000000001"] {
      #expect(TraceState.datadogParent(Array(other.utf8)).isNone, "\(other)")
    }
  }

  @Test("The trace state of a span places its lost parent, in OTLP JSON and in protobuf")
  func traceStateOfSpans() async throws {
    let json = run([]).text.replacing(
      #""name":"leaf""#, with: #""traceState":"dd=p:0000000000000005","name":"leaf""#)
    #expect(try await analyzeText(["spans.jsonl": json]).found("leaf") == "right ⇠ payload")
    let snake = json.replacing("traceState", with: "trace_state")
    #expect(try await analyzeText(["spans.jsonl": snake]).found("leaf") == "right ⇠ payload")
    let binary = try json.split(separator: "\n").flatMap { line in
      try ProtobufFromJSON.message(Data(line.utf8))
    }
    let topology = try await Fixtures.withFolder { folder in
      try Data(binary).write(to: folder.appending(path: "spans.binpb"))
      return await Pipeline.analyze([folder.path])
    }
    #expect(topology.found("leaf") == "right ⇠ payload")
  }

  // MARK: Counts of children

  /// One span as Go's `stdouttrace` prints it, in milliseconds.
  private func stub(
    _ name: String, _ id: UInt64, under parent: UInt64, _ time: ClosedRange<Int>, children: Int,
    remote: Bool = false
  ) -> String {
    let trace = String(repeating: "7", count: 32)
    let stamp = { (time: Int) in
      "2026-01-02T10:00:00.\(String(String(1000 + time).dropFirst()))Z"
    }
    let context = { (id: UInt64, remote: Bool) in
      #"{"TraceID":"\#(trace)","SpanID":"\#(SpanID(value: id).hex)","Remote":\#(remote)}"#
    }
    return #"{"Name":"\#(name)","SpanContext":\#(context(id, false)),"#
      + #""Parent":\#(context(parent, remote)),"SpanKind":1,"StartTime":"\#(stamp(time.lowerBound))","#
      + #""EndTime":"\#(stamp(time.upperBound))","ChildSpanCount":\#(children),"#
      + #""Resource":[{"Key":"service.name","Value":{"Type":"STRING","Value":"shop"}}]}"# + "\n"
  }

  /// Span 9 is lost; `left` and `right` both contain its child in time.
  private func stubs(left: Int, right: Int, remote: Bool = false) -> String {
    stub("request", 1, under: 0, 0...900, children: 2)
      + stub("left", 2, under: 1, 10...890, children: left)
      + stub("right", 5, under: 1, 20...880, children: right)
      + stub("leaf", 4, under: 9, 200...300, children: 0, remote: remote)
  }

  @Test("The span that started more children than the log holds has the lost one")
  func debt() async throws {
    var topology = try await analyzeText(["out.txt": stubs(left: 1, right: 0)])
    #expect(topology.found("leaf") == "left ⇠ payload")
    topology = try await analyzeText(["out.txt": stubs(left: 0, right: 1)])
    #expect(topology.found("leaf") == "right ⇠ payload")
  }

  @Test("A span that has all of its children is no parent of a lost one, whatever the times say")
  func paid() async throws {
    let topology = try await analyzeText(["out.txt": stubs(left: 0, right: 0)])
    #expect(!topology.found("leaf").contains("⇠"))
  }

  @Test("Children that ran elsewhere are not counted")
  func remoteChildren() async throws {
    let text =
      stubs(left: 1, right: 0) + stub("call", 6, under: 2, 30...40, children: 0, remote: true)
    let topology = try await analyzeText(["out.txt": text])
    #expect(topology.found("leaf") == "left ⇠ payload")
  }
}
