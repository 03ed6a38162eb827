import Testing

@testable import TraceTopology

@Suite("Go stdouttrace")
struct StdoutTraceTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let zeros = String(repeating: "0", count: 16)

  /// The text of one span; `extra` replaces members by name.
  private static func span(
    _ number: Int, parent: Int = 0, remote: Bool = false, extra: String = ""
  ) -> String {
    let id = { (value: Int) in String((zeros + String(value)).suffix(16)) }
    let parentTrace = parent == 0 ? zeros + zeros : trace
    return #"{"Name":"s\#(number)","SpanContext":{"TraceID":"\#(trace)","SpanID":"\#(id(number))","#
      + #""TraceFlags":"01","TraceState":"","Remote":false},"Parent":{"TraceID":"\#(parentTrace)","#
      + #""SpanID":"\#(id(parent))","TraceFlags":"01","TraceState":"","Remote":\#(remote)},"#
      + #""SpanKind":1,"StartTime":"2026-01-02T10:00:00.1+01:00","#
      + #""EndTime":"2026-01-02T10:00:00.25+01:00","Attributes":[{"Key":"goroutine.id","#
      + #""Value":{"Type":"INT64","Value":18}}],"Events":[{"Name":"e","Attributes":null,"#
      + #""DroppedAttributeCount":0,"Time":"2026-01-02T10:00:00.2+01:00"}],"Links":null,"#
      + #""Status":{"Code":"Unset","Description":""},"DroppedAttributes":0,"ChildSpanCount":2,"#
      + #""Resource":[{"Key":"service.name","Value":{"Type":"STRING","Value":"shop"}},"#
      + #"{"Key":"process.pid","Value":{"Type":"INT64","Value":41}}],"#
      + #""InstrumentationScope":{"Name":"demo","Version":"","SchemaURL":"","Attributes":null}"#
      + (extra.isEmpty ? "}" : ",\(extra)}")
  }

  /// The text as `WithPrettyPrint` writes it: every member on a line, indented.
  private static func pretty(_ text: String) -> String {
    text.replacing("{", with: "{\n\t").replacing(",\"", with: ",\n\t\"")
      .replacing("}", with: "\n\t}").replacing("[{", with: "[\n\t{").dropLast(2) + "}"
  }

  private static func decoder() -> any RecordDecoder {
    StdoutTraceDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
  }

  private func read(_ text: String, blockSize: Int = 1 << 20) -> Recording {
    decode(Array(text.utf8), with: Self.decoder(), blockSize: blockSize)
  }

  private func one(_ extra: String) throws -> Recording {
    let recording = read(Self.span(1, extra: extra))
    try #require(recording.spans.count == 1)
    return recording
  }

  @Test("A span is read as it stands")
  func plain() throws {
    let recording = read(Self.span(2, parent: 1) + "\n")
    try #require(recording.spans.count == 1)
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
    #expect(recording.inputs[0].records == 1)
    #expect(recording.spanNames == ["s2"] && recording.spanServices == ["shop"])
    #expect(recording.processes.record[0].pid == 41)
    #expect(recording.spans.parentID == [SpanID(value: 1)])
    #expect(recording.spans.start[0].nanoseconds == 1_767_344_400_100_000_000)
    #expect(recording.spans.end[0].nanoseconds == 1_767_344_400_250_000_000)
    #expect(recording.spans.kind(0) == .internal && recording.spans.status(0) == .unset)
    #expect(
      recording.spanFacts[0].hasSuffix(
        "goroutine.id=integer(18) tracetopo.child_span_count=integer(2)"))
  }

  @Test("A parent tells whether it came over the wire; a parent of zeros is none")
  func locality() {
    let recording = read(
      [Self.span(1), Self.span(2, parent: 1), Self.span(3, parent: 1, remote: true)]
        .joined(separator: "\n"))
    #expect((0..<3).map { recording.spans.parentLocality($0) } == [.unknown, .local, .remote])
    #expect(recording.spans.parentID[0].isNone && recording.diagnostics.isEmpty)
  }

  @Test(
    "A status is a word or Go's number, which is not that of OTLP",
    arguments: [
      ("\"Unset\"", .unset), ("\"Error\"", .error), ("\"Ok\"", .ok), ("0", .unset), ("1", .error),
      ("2", .ok), ("null", .unset),
    ] as [(String, SpanStatus)])
  func status(code: String, status: SpanStatus) {
    let text = Self.span(1).replacing(#""Code":"Unset""#, with: #""Code":\#(code)"#)
    let recording = read(text)
    #expect(recording.spans.status(0) == status && recording.diagnostics.isEmpty)
  }

  @Test("The zero time is unknown, and a time that is none is named")
  func times() {
    let text = Self.span(1).replacing("2026-01-02T10:00:00.1+01:00", with: "0001-01-01T00:00:00Z")
    let recording = read(text)
    #expect(!recording.spans.start[0].isKnown && recording.diagnostics.isEmpty)
    let bad = read(Self.span(1).replacing("2026-01-02T10:00:00.1+01:00", with: "yesterday"))
    #expect(bad.spans.count == 1 && bad.codes == ["bad-time"] && bad.isWhole)
  }

  @Test(
    "Attributes keep their type, whatever comes first of type and value",
    arguments: [
      (#"{"Type":"INT64","Value":9223372036854775807}"#, "integer(9223372036854775807)"),
      (#"{"Value":3,"Type":"FLOAT64"}"#, "double(3.0)"),
      (#"{"Type":"FLOAT64","Value":1.5}"#, "double(1.5)"),
      (#"{"Type":"BOOL","Value":true}"#, "bool(true)"),
      (#"{"Type":"STRING","Value":"x"}"#, "\"x\""),
      (#"{"Type":"STRINGSLICE","Value":["a","b"]}"#, #""["a","b"]""#),
    ])
  func attributes(value: String, shown: String) throws {
    let recording = try one(
      #""Attributes":[{"Key":"x","Value":{"Type":"INT64","Value":1}},{"Key":"k","Value":\#(value)}]"#
    )
    #expect(recording.spanFacts[0].contains(" k=\(shown)"))
    #expect(recording.codes == ["duplicate-key"] && recording.attributes.count == 2)
  }

  @Test("Links point to their span contexts")
  func links() throws {
    let recording = try one(
      #""Links":[{"SpanContext":{"TraceID":"\#(Self.trace)","SpanID":"0000000000000005"},"Attributes":null}]"#
    )
    #expect(recording.links.target == [SpanID(value: 5)])
  }

  @Test("A bad id is named, marked, and costs nothing else")
  func badIDs() {
    let own = read(Self.span(1).replacing(Self.trace, with: "xyz") + "\n" + Self.span(2))
    #expect(
      own.spanNames == ["s1", "s2"] && own.spans.hasDamagedID(0) && !own.spans.hasDamagedID(1))
    let parent = read(Self.span(7, parent: 3).replacing("0000000000000003", with: "3"))
    #expect(parent.codes == ["bad-id"] && parent.spans.hasDamagedID(0) && parent.isWhole)
  }

  @Test("Compact, pretty and the arrays of old exporters say the same")
  func layouts() {
    let spans = [Self.span(1), Self.span(2, parent: 1)]
    let plain = read(spans.joined(separator: "\n") + "\n").spanFacts
    #expect(plain.count == 2)
    for text in [
      spans.map(Self.pretty).joined(separator: "\n"), "[\(spans.joined(separator: ","))]\n",
      "[\n" + spans.map(Self.pretty).joined(separator: ",\n") + "\n]\n",
      "[\(spans[0])]\n[\(spans[1])]\n[]\n", spans.joined(), "\u{FEFF}" + spans.joined(),
    ] {
      let recording = read(text)
      #expect(recording.spanFacts == plain, "\(text)")
      #expect(recording.diagnostics.isEmpty && recording.isWhole, "\(text)")
    }
  }

  @Test(
    "What the program prints between the spans is passed over and counted",
    arguments: [
      "listening on :8080", "[INFO] started", "{not json}", "{}", "17", "}", "map[a:{b}]",
      #"{"level":"info","msg":"x"}"#, #"{"Name":"a log record"}"#, "\"text\"", "[]x", "{\"a",
    ])
  func output(line: String) {
    for text in [
      "\(Self.span(1))\n\(line)\n\(Self.span(2))\n", "\(line)\n\(Self.span(1))\n\(Self.span(2))\n",
      "\(Self.pretty(Self.span(1)))\n\(line)\n\(Self.pretty(Self.span(2)))\n",
    ] {
      let recording = read(text)
      #expect(recording.spanNames == ["s1", "s2"], "\(text)")
      #expect(recording.codes == ["program-output"] && recording.isWhole, "\(text)")
      #expect(recording.diagnostics.all.allSatisfy { $0.severity == .note })
    }
  }

  @Test("A span behind output that lacks its line feed is found")
  func embedded() {
    for text in ["loading {x} ... \(Self.span(1))\n", "done: \(Self.pretty(Self.span(1)))\n"] {
      let recording = read(text + Self.span(2))
      #expect(recording.spanNames == ["s1", "s2"] && recording.codes == ["program-output"])
    }
  }

  @Test("A span cut anywhere costs that span only, and is no program output")
  func cutLine() {
    let bytes = Array(Self.span(3).utf8)
    for cut in 12..<bytes.count - 1 {
      let line = String(decoding: bytes[..<cut], as: UTF8.self)
      let recording = read("\(Self.span(1))\n\(line)\n\(Self.span(2))\n\(Self.span(4))\n")
      #expect(recording.spanNames == ["s1", "s2", "s4"], "cut at \(cut): \(line)")
      #expect(recording.codes == ["malformed-record"] && !recording.isWhole, "cut at \(cut)")
      // Where only one more record follows it may fit into the hole, to the end of the text.
      let last = read("\(Self.span(1))\n\(line)\n\(Self.span(2))\n")
      #expect(last.spanNames == ["s1", "s2"] && !last.isWhole, "cut at \(cut): \(line)")
    }
  }

  @Test("A truncated tail keeps the spans before it, wherever the cut is")
  func truncated() {
    for layout in [Self.span(3), Self.pretty(Self.span(3))] {
      let bytes = Array(layout.utf8)
      for cut in 1..<bytes.count {
        let part = String(decoding: bytes[..<cut], as: UTF8.self)
        let recording = read("\(Self.span(1))\n\(part)")
        #expect(recording.spanNames == ["s1"] && !recording.isWhole, "cut at \(cut)")
        #expect(recording.codes == ["truncated-input"], "cut at \(cut)")
      }
    }
  }

  @Test("A damaged pretty span costs that span")
  func prettyDamage() {
    let bad = Self.pretty(Self.span(3)).replacing("\"SpanKind\":1", with: "\"SpanKind\":oops")
    let recording = read(
      "\(Self.pretty(Self.span(1)))\n\(bad)\n\(Self.pretty(Self.span(2)))\n")
    #expect(recording.spanNames == ["s1", "s2"] && recording.codes == ["malformed-record"])
  }

  private static let corpus: [String] = [
    "\(span(1))\n\(span(2, parent: 1, remote: true))\n",
    "start {x}\n\(pretty(span(1)))\n[INFO] y\n\(pretty(span(2)))\nend",
    "[\(span(1)),\(span(2))]\nout \(span(3))\n{\"a\":1}\n\(span(4).dropLast(9))",
    "[\n\(span(1)),\n{\"Name\":oops},\n\(span(2))\n]\n",
  ]

  private static let properties = DecoderProperties(corpus.map { Array($0.utf8) }, decoder)

  @Test("The size of the blocks never changes what is read")
  func blockSizes() { Self.properties.expectBlockSizesDoNotMatter() }

  @Test("Random damage never crashes")
  func mutations() { Self.properties.expectDamageIsSurvived() }
}
