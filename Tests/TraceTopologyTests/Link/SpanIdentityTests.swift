import Testing

@testable import TraceTopology

/// Which records are one span, and which span is meant by an id.
@Suite("The identity of spans")
struct SpanIdentityTests {
  private func codes(_ topology: Topology) -> [String] { topology.diagnostics.map { $0.code } }

  private static func zipkin(
    _ name: String, _ id: String, _ service: String, _ time: ClosedRange<Int>?, _ extra: String = ""
  ) -> String {
    var text = #"{"traceId":"7b","id":"\#(id)","name":"\#(name)""#
    if let time {
      text += #","timestamp":\#(1_700_000_000_000_000 + time.lowerBound)"#
      if !time.isEmpty, time.count > 1 { text += #","duration":\#(time.count - 1)"# }
    }
    text += #","localEndpoint":{"serviceName":"\#(service)"}"#
    return text + (extra.isEmpty ? "}" : ",\(extra)}")
  }

  // MARK: Shared ids

  @Test(
    "A server that shares its client's id hangs under it; children go to the side that is theirs")
  func sharedSpan() async throws {
    let spans = [
      Self.zipkin(
        "server", "b", "api", 100...800, #""parentId":"a","kind":"SERVER","shared":true"#),
      Self.zipkin("in client", "d", "web", 10...20, #""parentId":"b""#),
      Self.zipkin("in server", "c", "api", 200...300, #""parentId":"b""#),
      Self.zipkin("client", "b", "web", 0...900, #""parentId":"a","kind":"CLIENT""#),
      Self.zipkin("root", "a", "web", 0...1000),
    ]
    for order in [spans, spans.reversed()] {
      let topology = try await analyzeText(["a.json": "[\(order.joined(separator: ","))]"])
      #expect(
        topology.sketch == """
          root root
            client
              server
                in server
              in client
          """)
      #expect(codes(topology) == ["shared-span"])
      #expect(topology.diagnostics[0].severity == .note)
    }
  }

  @Test("A tracer that forgets the mark is understood by the kinds, unless the parents contradict")
  func sharedByKind() async throws {
    var run = OTLPSpans()
    run.add("root", 1, 0...1000)
    run.add("client", 2, under: 1, kind: .client, 0...900)
    run.add("server", 2, under: 1, kind: .server, 10...800, on: "api")
    run.add("child", 3, under: 2, 20...30, on: "api")
    let topology = try await run.analyze()
    #expect(topology.sketch == "root root\n  client\n    server\n      child")
    var other = OTLPSpans()
    other.add("root", 1, 0...1000)
    other.add("side", 4, under: 1, 0...1000)
    other.add("client", 2, under: 1, kind: .client, 0...900)
    other.add("server", 2, under: 4, kind: .server, 10...800, on: "api")
    let kept = try await other.analyze()
    #expect(kept.sketch == "root root\n  client\n  side\n    server")
    #expect(codes(kept) == ["conflicting-span"])
  }

  @Test("One call that reaches two hosts is two servers; two in one place are a contradiction")
  func fanOut() async throws {
    let client = Self.zipkin("client", "b", "web", 0...900, #""kind":"CLIENT""#)
    let shared = #""kind":"SERVER","shared":true"#
    let servers = ["x", "y"].map { Self.zipkin("server \($0)", "b", $0, 100...200, shared) }
    let topology = try await analyzeText(["a.json": "[\(client),\(servers[0]),\(servers[1])]"])
    #expect(topology.sketch == "client root\n  server x\n  server y")
    #expect(codes(topology) == ["shared-span"])
    let twice = Self.zipkin("server x", "b", "x", 300...400, shared)
    let conflict = try await analyzeText(["a.json": "[\(client),\(servers[0]),\(twice)]"])
    #expect(conflict.sketch == "client root\n  server x\n  server x")
    #expect(codes(conflict) == ["conflicting-span", "shared-span"])
  }

  @Test("The topology file says that an id is shared, and keeps what the log named as parent")
  func sharedInFile() throws {
    let run = try Tool.run([Fixture.path("spans/zipkin-yelp.json"), "--json", "-", "-q"])
    #expect(run.status == 0)
    #expect(run.text.ranges(of: #""via":"shared-span""#).count == 3)
  }

  // MARK: Parts

  @Test("The record of a span's start and the one of its end are one span")
  func startAndEnd() async throws {
    for isReversed in [false, true] {
      var run = OTLPSpans()
      run.add("root", 1, 0...100)
      run.add("work", 2, under: 1, kind: .server, 10...20, isOpen: true)
      run.add("work", 2, under: 1, kind: .server, 10...20)
      var text = run.text.split(separator: "\n").map(String.init)
      if isReversed { text.reverse() }
      let topology = try await analyzeText(["a.jsonl": text.joined(separator: "\n")])
      #expect(topology.sketch == "root root\n  work")
      #expect(codes(topology) == ["partial-span"])
      let work = try #require(topology.node("work"))
      #expect(topology.end(work).since(topology.start(work)) == 10_000_000)
    }
  }

  @Test("Parts fill in what the others lack, attributes and links too")
  func partsFillIn() async throws {
    let named = Self.zipkin(
      "query", "b", "api", 5...5, #""parentId":"a","tags":{"goid":"1","thread.id":"7"}"#)
    let timed =
      #"{"traceId":"7b","id":"b","timestamp":1700000000000005,"duration":20,"localEndpoint":{"serviceName":"api"},"tags":{"error":"","goid":"2"}}"#
    let root = Self.zipkin("root", "a", "api", 0...100)
    let topology = try await analyzeText(["a.json": "[\(named),\(timed),\(root)]"])
    #expect(topology.sketch == "root root\n  query")
    let node = try #require(topology.node("query"))
    #expect(topology.status(node) == .error && topology.end(node).isKnown)
    let attributes = topology.attributeRows(node).map { row in
      topology.recording.strings.text(topology.recording.attributes.key[row])
    }
    #expect(Set(attributes) == ["goid", "thread.id"] && attributes.count == 2)
    #expect(codes(topology) == ["partial-span"])
  }

  @Test("Unfinished records that contradict each other stay apart")
  func partsThatContradict() async throws {
    var run = OTLPSpans()
    run.add("one", 1, 0...10, isOpen: true)
    run.add("other", 1, 0...10)
    run.add("later", 1, 5...10, isOpen: true)
    let topology = try await run.analyze()
    #expect(topology.summary.spans == 3)
    #expect(codes(topology) == ["conflicting-span"])
  }

  // MARK: Trace ids

  @Test("A trace named by 64 and by 128 bits is one across files, unless two long ids end alike")
  func forms() async throws {
    var long = OTLPSpans()
    long.add("root", 1, 0...100, trace: TraceID(high: 9, low: 0xA1))
    let short =
      #"[{"traceId":"a1","id":"2","parentId":"1","name":"child","timestamp":1800000000000010,"duration":5}]"#
    let topology = try await analyzeText(["a.jsonl": long.text, "b.json": short])
    #expect(topology.sketch == "root root\n  child")
    #expect(codes(topology) == ["joined-trace"])
    #expect(Set(topology.spanOrder.map { topology.traceID($0) }) == [TraceID(high: 9, low: 0xA1)])
    long.add("other", 3, 0...100, trace: TraceID(high: 8, low: 0xA1))
    let apart = try await analyzeText(["a.jsonl": long.text, "b.json": short])
    // The parent's id, which only one of the two traces holds, still tells.
    #expect(apart.sketch == "other root\nroot root\n  child")
    #expect(codes(apart) == ["parent-in-other-trace"])
    #expect(Set(apart.spanOrder.map { apart.traceID($0) }).count == 3)
  }

  @Test("Trace ids of eight bytes are kept, apart from each other, and named")
  func shortIDs() {
    for (text, low) in [
      ("VFJBQ0VJRDE=", 0x5452_4143_4549_4431), ("00000000000000ff", 0xFF),
    ] as [(String, UInt64)] {
      let recording = decodeOTLP(
        OTLPText.only(#""traceId":"\#(text)","spanId":"0000000000000001""#))
      #expect(recording.traces[recording.spans.trace[0]] == TraceID(high: 0, low: low))
      #expect(recording.diagnostics.all.map(\.code) == ["short-trace-id"])
      #expect(!recording.spans.hasDamagedID(0))
    }
  }

  @Test("Spans whose trace id cannot be read are never put together")
  func unreadableTraces() async throws {
    let spans = [
      #"{"traceId":"no id","spanId":"0000000000000001","name":"a"}"#,
      #"{"traceId":"","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"b"}"#,
    ]
    let text =
      #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
    let topology = try await analyzeText(["a.jsonl": text])
    #expect(topology.sketch == "a orphan: damaged-input\nb orphan: damaged-input")
  }

  // MARK: Parents in other traces

  private func restarted(
    _ id: UInt64, copies: Int = 1, at time: ClosedRange<Double> = 20...30
  ) async throws -> Topology {
    var run = OTLPSpans()
    for copy in 0..<copies {
      run.add("caller", id, 0...100, trace: TraceID(high: UInt64(10 + copy), low: 1 << 50))
    }
    run.add("called", 77, under: id, time, trace: TraceID(high: 99, low: 1 << 51))
    return try await run.analyze()
  }

  @Test("A parent that only another trace holds is taken if nothing is in doubt, and that is said")
  func otherTrace() async throws {
    let id = OTLPSpans.wide(5)
    let joined = try await restarted(id)
    #expect(joined.sketch == "caller root\n  called")
    #expect(codes(joined) == ["parent-in-other-trace"])
    let called = try #require(joined.node("called"))
    #expect(joined.identity[called] == .otherTrace)
    #expect(joined.recording.spans.parentID[called.index] == SpanID(value: id))
    // Two spans with that id, an id that a counter may have made, a time that does not fit.
    #expect(try await restarted(id, copies: 2).summary.placeholders == 1)
    #expect(try await restarted(5).summary.placeholders == 1)
    #expect(try await restarted(id, at: 120...130).summary.placeholders == 1)
    #expect(try await restarted(id, at: 120...130).diagnostics.isEmpty)
  }

  // MARK: Rings

  @Test("A link that closes a ring is not taken for a parent")
  func linkRing() async throws {
    let span = { (name: String, id: String, time: Int, type: String, parent: String) in
      #"{"traceID":"7","spanID":"\#(id)","operationName":"\#(name)","startTime":\#(1_700_000_000_000_000 + time),"duration":9,"references":[{"refType":"\#(type)","traceID":"7","spanID":"\#(parent)"}],"processID":"p1"}"#
    }
    let spans = [
      span("root", "1", 50, "FOLLOWS_FROM", "3"), span("child", "2", 10, "CHILD_OF", "1"),
      span("grandchild", "3", 20, "CHILD_OF", "2"),
    ]
    let topology = try await analyzeText([
      "a.json":
        #"{"data":[{"traceID":"7","spans":[\#(spans.joined(separator: ","))],"processes":{"p1":{"serviceName":"a"}}}]}"#
    ])
    #expect(topology.sketch == "root root\n  child\n    grandchild")
    #expect(codes(topology) == ["link-cycle"])
  }

  // MARK: Merged traces

  @Test("Unrelated requests under one trace id are reported, and stay as they are")
  func mergedTrace() async throws {
    var run = OTLPSpans()
    run.add("first", 1, 0...100)
    run.add("child", 2, under: 1, 10...20)
    run.add("second", 3, 60_000...60_100)
    let topology = try await run.analyze()
    #expect(topology.sketch == "first root\n  child\nsecond root")
    #expect(codes(topology) == ["merged-trace"])
    #expect(topology.diagnostics[0].message.contains("2 groups"))
    #expect(topology.diagnostics[0].message.contains("(2, 1 spans), over 60000 ms"))
  }

  @Test(
    "Roots that follow each other closely in one process, or that a link joins, are one request")
  func relatedRoots() async throws {
    var run = OTLPSpans()
    run.add("first", 1, 0...100)
    run.add("second", 2, 150...200)
    #expect(codes(try await run.analyze()) == [])
    run.add("third", 3, 60_000...60_100, links: [2])
    #expect(codes(try await run.analyze()) == [])
    run.add("elsewhere", 4, 0...100, on: "other")
    #expect(codes(try await run.analyze()) == ["merged-trace"])
  }

  // MARK: Properties

  @Test("What is one span and what hangs where never depends on the order of reading")
  func orderIsIrrelevant() async throws {
    var random = SeededGenerator(seed: 11)
    for round in 0..<20 {
      var run = OTLPSpans()
      for _ in 0..<14 {
        let id = UInt64.random(in: 1...5, using: &random)
        let parent = UInt64.random(in: 0...6, using: &random)
        run.add(
          "s", id, under: parent == 0 ? nil : parent,
          kind: [.client, .server].randomElement(using: &random) ?? .internal,
          0...Double(Int.random(in: 1...3, using: &random)),
          on: ["a", "b"].randomElement(using: &random) ?? "a",
          isOpen: Bool.random(using: &random))
      }
      var lines = run.text.split(separator: "\n").map(String.init)
      let before = try await analyzeText(["a.jsonl": lines.joined(separator: "\n")])
      lines.shuffle(using: &random)
      let after = try await analyzeText(["a.jsonl": lines.joined(separator: "\n")])
      #expect(before.facts == after.facts, "round \(round)")
    }
  }
}

extension Topology {
  /// What the spans are and where they hang, in output order.
  fileprivate var facts: [String] {
    var place: [SpanIndex: Int] = [:]
    for (number, node) in spanOrder.enumerated() { place[node] = number }
    return spanOrder.map { node in
      "\(spanID(node)) \(start(node)) \(end(node)) \(spanKind(node)) \(process(node) ?? -1) "
        + "\(place[parent[node.index]] ?? -1) \(kind[node.index]) \(cause[node.index])"
    } + diagnostics.map(\.message)
  }
}
