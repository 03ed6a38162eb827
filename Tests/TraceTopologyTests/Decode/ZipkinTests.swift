import Testing

@testable import TraceTopology

@Suite("Zipkin v2 JSON")
struct ZipkinTests {
  private static func decoder() -> any RecordDecoder {
    ZipkinDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
  }

  private func read(_ text: String, blockSize: Int = 1 << 20) -> Recording {
    decode(Array(text.utf8), with: Self.decoder(), blockSize: blockSize)
  }

  private static func span(_ number: Int, _ extra: String = "", trace: String = "a1") -> String {
    #"{"traceId":"\#(trace)","id":"\#(number)","name":"s\#(number)","timestamp":1700000000000000,"#
      + #""duration":900,"localEndpoint":{"serviceName":"web","ipv4":"10.0.0.7","port":80}"#
      + (extra.isEmpty ? "}" : ",\(extra)}")
  }

  private static func pretty(_ text: String) -> String {
    text.replacing("{", with: "{\n  ").replacing(",", with: ",\n  ")
  }

  @Test("A span is read as it stands")
  func plain() throws {
    let recording = read("[\(Self.span(2, #""parentId":"0f","kind":"CLIENT""#))]")
    try #require(recording.spans.count == 1)
    #expect(recording.spanNames == ["s2"] && recording.spanServices == ["web"])
    #expect(recording.strings.text(recording.processes.record[0].host) == "10.0.0.7")
    #expect(recording.spans.parentID[0].value == 15 && recording.spans.kind(0) == .client)
    #expect(recording.spans.start[0].nanoseconds == 1_700_000_000_000_000_000)
    #expect(recording.spans.end[0].since(recording.spans.start[0]) == 900_000)
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
  }

  @Test("Arrays, arrays of arrays and lines say the same")
  func layouts() {
    let spans = [Self.span(1), Self.span(2)]
    let plain = read("[\(spans[0]),\(spans[1])]").spanFacts
    #expect(plain.count == 2)
    for text in [
      "[[\(spans[0])],[\(spans[1])],[]]", "[[\(spans[0]),\(spans[1])]]",
      spans.joined(separator: "\n"),
      "[\(spans[0])]\n[\(spans[1])]\n", "[\n\(spans[0]),\n\(spans[1])\n]\n",
      "[null,\(spans[0]),\(spans[1])]",
      "\u{FEFF}[\(Self.pretty(spans[0])),\n\(Self.pretty(spans[1]))]",
    ] {
      let recording = read(text)
      #expect(recording.spanFacts == plain, "\(text)")
      #expect(recording.diagnostics.isEmpty && recording.isWhole, "\(text)")
    }
  }

  @Test("The sides of a call that share an id stay two records, the server's marked")
  func shared() {
    let recording = read(
      "[\(Self.span(1, #""kind":"CLIENT""#)),\(Self.span(1, #""shared":true,"kind":"SERVER","tags":{}"#))]"
    )
    #expect(recording.spans.spanID[0] == recording.spans.spanID[1])
    #expect(recording.spans.kind(0) == .client && recording.spans.kind(1) == .server)
    #expect(recording.attributes.span.owners == [SpanIndex(1)])
    #expect(recording.spanFacts[1].hasSuffix("zipkin.shared=bool(true)"))
  }

  @Test("A parent that is the span itself, zeros or nothing is none")
  func parents() {
    for parent in ["\"1\"", "\"0000000000000001\"", "\"0\"", "null", "\"\""] {
      let recording = read("[\(Self.span(1, #""parentId":\#(parent)"#))]")
      #expect(recording.spans.parentID[0].isNone && recording.diagnostics.isEmpty, "\(parent)")
    }
  }

  @Test("What is missing is unknown, and a name of `unknown` is none")
  func missing() {
    let recording = read(
      #"[{"traceId":"1","id":"2"},{"traceId":"1","id":"3","timestamp":5,"name":"unknown"}]"#)
    #expect(recording.spans.count == 2 && recording.spanNames == ["", ""])
    #expect(!recording.spans.start[0].isKnown && recording.spans.start[1].nanoseconds == 5000)
    #expect(!recording.spans.end[0].isKnown && !recording.spans.end[1].isKnown)
    #expect(recording.diagnostics.isEmpty)
  }

  @Test("An error tag of any value is an error; other tags are attributes")
  func tags() {
    let recording = read(
      "[\(Self.span(1, #""tags":{"error":"","k":"v","x":"y"}"#)),\(Self.span(2))]")
    #expect(recording.spans.status(0) == .error && recording.spans.status(1) == .unset)
    #expect(recording.spanFacts[0].hasSuffix("k=\"v\"") && recording.attributes.count == 1)
  }

  @Test("Ids that are too long or no digits are named; the span stays")
  func badIDs() {
    let recording = read(
      #"[{"traceId":"xyz","id":"1"},{"traceId":"1","id":"12345678901234567"},\#(Self.span(3))]"#)
    #expect(recording.spans.count == 3 && Set(recording.codes) == ["bad-id"])
    #expect(recording.spans.hasDamagedID(0) && recording.spans.hasDamagedID(1))
    #expect(!recording.spans.hasDamagedID(2) && recording.isWhole)
  }

  @Test("A bad line between good ones costs that line")
  func badLine() {
    for line in ["not json", "17", "[bad", "{bad", "[17]", #"[{"traceId":oops}]"#, "]", "[}"] {
      for size in [7, 1 << 20] {
        let recording = read("[\(Self.span(1))]\n\(line)\n[\(Self.span(2))]\n", blockSize: size)
        #expect(recording.spanNames == ["s1", "s2"], "\(line)")
        #expect(recording.codes == ["malformed-record"] && !recording.isWhole, "\(line)")
      }
    }
  }

  @Test("A bad element on a line of its own costs that element")
  func badElement() {
    let recording = read(
      "[\n\(Self.span(1)),\n{\"id\":oops},\n\(Self.span(2)),\n\(Self.span(3))\n]\n")
    #expect(recording.spanNames == ["s1", "s2", "s3"] && recording.codes == ["malformed-record"])
  }

  @Test("An object that is no span is named and passed over")
  func foreign() {
    let recording = read("[\(Self.span(1)),{\"a\":1},\(Self.span(2))]")
    #expect(recording.spanNames == ["s1", "s2"] && recording.codes == ["foreign-record"])
  }

  @Test("A line cut anywhere costs nothing of its neighbours")
  func cutLine() {
    let bytes = Array("[\(Self.span(3))]".utf8)
    for cut in 1..<bytes.count - 1 {
      let line = String(decoding: bytes[..<cut], as: UTF8.self)
      let recording = read("[\(Self.span(1))]\n\(line)\n[\(Self.span(8))]\n[\(Self.span(9))]\n")
      #expect(recording.spanNames.first == "s1", "cut at \(cut)")
      #expect(recording.spanNames.suffix(2) == ["s8", "s9"], "cut at \(cut): \(line)")
      #expect(!recording.isWhole, "cut at \(cut)")
    }
  }

  @Test("A truncated tail keeps its complete spans, wherever the cut is")
  func truncated() {
    let text = "[\(Self.span(1)),\(Self.span(2))]"
    let bytes = Array(text.utf8)
    for cut in 1..<bytes.count {
      let recording = read(String(decoding: bytes[..<cut], as: UTF8.self))
      #expect(recording.spanNames == Array(["s1", "s2"].prefix(recording.spans.count)))
      #expect(recording.codes == ["truncated-input"] && !recording.isWhole, "cut at \(cut)")
    }
  }

  private static let corpus: [String] = [
    "[\(span(1)),\(span(2, "\"shared\":true"))]\n[[\(span(3))],[]]",
    "[\n\(pretty(span(1))),\n\(pretty(span(2)))\n]\n",
    "[\(span(1))]\nbad\n\(span(2))\n[\n\(span(4)),\n{\"id\":oops},\n\(span(5))\n]\n[\(span(6).dropLast(20))",
    "[\(span(1, trace: "00000000000000020000000000000001")),{\"x\":1},\(span(2, trace: "1"))]",
  ]

  @Test(
    "Damage at the start of a short block is placed there, not where the block before had an item")
  func damageBehindABlock() {
    let whole = "[\(Self.span(1)),\(Self.span(2))"
    let recording = read(whole + "x\n\(Self.span(3))\n", blockSize: whole.utf8.count)
    #expect(recording.spans.count >= 2)
    #expect(recording.codes.contains("malformed-record"))
    let place = recording.diagnostics.all.first { $0.code == "malformed-record" }?.offset
    #expect(place == UInt64(whole.utf8.count))
  }

  private static let properties = DecoderProperties(corpus.map { Array($0.utf8) }, decoder)

  @Test("The size of the blocks never changes what is read")
  func blockSizes() { Self.properties.expectBlockSizesDoNotMatter() }

  @Test("Random damage never crashes")
  func mutations() { Self.properties.expectDamageIsSurvived() }
}

@Suite("Zipkin v1 JSON")
struct ZipkinV1Tests {
  private func read(_ text: String, blockSize: Int = 1 << 20) -> Recording {
    decode(
      Array(text.utf8),
      with: ZipkinDecoder(setting: DecodeSetting(path: "test", attributes: ["k"])),
      blockSize: blockSize)
  }

  private static func mark(_ value: String, _ time: Int, _ service: String) -> String {
    #"{"timestamp":\#(1_700_000_000_000_000 + time),"value":"\#(value)","endpoint":"#
      + #"{"serviceName":"\#(service)","ipv4":"10.0.0.7","port":80}}"#
  }

  private static func span(_ marks: [String], _ extra: String = "") -> String {
    #"[{"traceId":"a1","id":"2","parentId":"1","name":"get","annotations":[\#(marks.joined(separator: ","))]"#
      + (extra.isEmpty ? "}]" : ",\(extra)}]")
  }

  private func length(_ recording: Recording, _ row: Int) -> Int64? {
    recording.spans.end[row].since(recording.spans.start[row])
  }

  @Test("The kind, the service and the times of a call stand in its annotations")
  func client() throws {
    let recording = read(
      Self.span(
        [Self.mark("cr", 900, "web"), Self.mark("cs", 0, "web")], #""binaryAnnotations":[]"#))
    try #require(recording.spans.count == 1)
    #expect(recording.spanServices == ["web"] && recording.spans.kind(0) == .client)
    #expect(recording.spans.start[0].nanoseconds == 1_700_000_000_000_000_000)
    #expect(length(recording, 0) == 900_000 && recording.spans.parentID[0].value == 1)
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
  }

  @Test("One object that holds both sides of a call is two spans")
  func bothSides() throws {
    let marks = [
      Self.mark("cs", 0, "web"), Self.mark("sr", 100, "api"), Self.mark("ss", 700, "api"),
      Self.mark("cr", 900, "web"),
    ]
    for size in [1 << 20, 7] {
      let recording = read(
        Self.span(marks, #""timestamp":1700000000000000,"duration":901"#), blockSize: size)
      try #require(recording.spans.count == 2)
      #expect(recording.spanServices == ["web", "api"])
      #expect((0..<2).map { recording.spans.kind($0) } == [.client, .server])
      #expect((0..<2).map { recording.spans.isShared($0) } == [false, true])
      #expect((0..<2).map { length(recording, $0) } == [901_000, 600_000])
      #expect(recording.spans.spanID[0] == recording.spans.spanID[1])
      #expect(recording.attributes.rows(of: SpanIndex(0)).isEmpty)
      #expect(recording.attributes.rows(of: SpanIndex(1)).count == 1)
    }
  }

  @Test("A served side without a time of its own joins the span of its caller")
  func served() {
    let marks = [Self.mark("sr", 100, "api"), Self.mark("ss", 700, "api")]
    let joined = read(Self.span(marks))
    #expect(joined.spans.kind(0) == .server && joined.spans.isShared(0))
    #expect(length(joined, 0) == 600_000)
    let own = read(Self.span(marks, #""timestamp":1700000000000100,"duration":600"#))
    #expect(own.spans.kind(0) == .server && !own.spans.isShared(0))
    #expect(length(own, 0) == 600_000)
  }

  @Test("Messages have one moment, calls that were not answered no end")
  func oneWay() {
    let sent = read(Self.span([Self.mark("ms", 5, "web")]))
    #expect(sent.spans.kind(0) == .producer && !sent.spans.end[0].isKnown)
    #expect(sent.spans.start[0].nanoseconds == 1_700_000_000_000_005_000)
    let received = read(Self.span([Self.mark("mr", 5, "web")]))
    #expect(received.spans.kind(0) == .consumer)
    let hung = read(Self.span([Self.mark("cs", 0, "web")]))
    #expect(hung.spans.start[0].isKnown && !hung.spans.end[0].isKnown)
  }

  @Test("Binary annotations are tags; local spans find their service there")
  func binaryAnnotations() {
    let endpoint = #""endpoint":{"serviceName":"batch"}"#
    let recording = read(
      Self.span(
        [],
        #""timestamp":1700000000000000,"duration":5,"binaryAnnotations":[{"key":"sa","value":true,"#
          + #""endpoint":{"serviceName":"db"}},{"key":"k","value":"v",\#(endpoint)},"#
          + #"{"key":"lc","value":"x",\#(endpoint)},{"key":"error","value":"",\#(endpoint)},7,null]"#
      ))
    #expect(recording.spanServices == ["batch"] && recording.spans.kind(0) == .unspecified)
    #expect(recording.spans.status(0) == .error)
    #expect(recording.attributes.rows(of: SpanIndex(0)).count == 1)
    #expect(recording.diagnostics.isEmpty)
  }

  @Test("A remark of two letters without an endpoint is no side of a call")
  func remarks() {
    let recording = read(
      Self.span([#"{"timestamp":1700000000000000,"value":"cs"}"#], #""kind":"SERVER""#))
    #expect(recording.spans.kind(0) == .server && !recording.spans.start[0].isKnown)
  }
}
