import Testing

@testable import TraceTopology

@Suite("OTLP JSON: spans in every spelling")
struct OTLPSpanTests {
  private static let ids = #""traceId":"\#(OTLPText.trace)","spanId":"0000000000000001""#

  /// The one span of a record whose span has ids and these members.
  private func read(_ members: String) throws -> (recording: Recording, row: Int) {
    let recording = decodeOTLP(OTLPText.only("\(Self.ids),\(members)"))
    try #require(recording.spans.count == 1)
    return (recording, 0)
  }

  @Test(
    "The recorded files say the same, however they are spelled",
    arguments: [
      "base64-enum-names.json", "legacy-library.json", "pretty-concatenated.json", "plain.jsonl",
    ])
  func fixtures(name: String) throws {
    let one = Array(decodeOTLP(try Fixture.bytes("otlp/plain.jsonl")).spanFacts.prefix(4))
    #expect(one.count == 4)
    let recording = decodeOTLP(try Fixture.bytes("otlp/\(name)"))
    #expect(!recording.spanFacts.isEmpty && recording.spanFacts.count % 4 == 0)
    for start in stride(from: 0, to: recording.spans.count, by: 4) {
      #expect(Array(recording.spanFacts[start..<start + 4]) == one)
    }
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
    #expect(recording.inputs[0].records == recording.spans.count)
  }

  @Test("A span is read as it stands")
  func plain() throws {
    let recording = decodeOTLP(try Fixture.bytes("otlp/plain.jsonl"))
    #expect(recording.spanNames.prefix(4) == ["root", "db", "orphan", "far"])
    #expect(recording.spanServices.allSatisfy { $0 == "shop" })
    #expect(recording.spans.parentID[0].isNone && !recording.spans.parentID[1].isNone)
    #expect(recording.spans.start[0].nanoseconds == 1_700_000_000_000_000_000)
    #expect(recording.spans.end[0].nanoseconds == 1_700_000_000_000_000_900)
    #expect(recording.spans.kind(0) == .server && recording.spans.kind(1) == .client)
    #expect(recording.spans.parentLocality(2) == .local)
    #expect(recording.spans.parentLocality(3) == .remote)
    #expect(recording.processes.count == 1 && recording.traces.count == 1)
  }

  @Test(
    "A kind is a number, digits, or a protobuf name",
    arguments: [
      ("3", .client), ("\"3\"", .client), ("\"SPAN_KIND_CLIENT\"", .client), ("0", .unspecified),
      ("null", .unspecified), ("5", .consumer), ("\"SPAN_KIND_INTERNAL\"", .internal),
    ] as [(String, SpanKind)])
  func kinds(value: String, kind: SpanKind) throws {
    let (recording, row) = try read(#""kind":\#(value)"#)
    #expect(recording.spans.kind(row) == kind && recording.diagnostics.isEmpty)
  }

  @Test("A kind that is none is unspecified and named", arguments: ["6", "-1", "\"FOO\"", "true"])
  func badKinds(value: String) throws {
    let (recording, row) = try read(#""kind":\#(value)"#)
    #expect(recording.spans.kind(row) == .unspecified)
    #expect(recording.diagnostics.all.count == 1 && recording.isWhole)
  }

  @Test(
    "A status is a number, digits, a name, empty or null",
    arguments: [
      (#"{"code":2}"#, .error), (#"{"code":"STATUS_CODE_ERROR","message":"m"}"#, .error),
      (#"{"code":"1"}"#, .ok), ("{}", .unset), ("null", .unset), (#"{"message":"x"}"#, .unset),
    ] as [(String, SpanStatus)])
  func statuses(value: String, status: SpanStatus) throws {
    let (recording, row) = try read(#""status":\#(value)"#)
    #expect(recording.spans.status(row) == status && recording.diagnostics.isEmpty)
  }

  @Test(
    "The flags tell where the parent is, if they tell",
    arguments: [
      ("1", .unknown), ("257", .local), ("\"257\"", .local), ("769", .remote), ("513", .unknown),
      ("4294967295", .remote), ("null", .unknown),
    ] as [(String, ParentLocality)])
  func flags(value: String, locality: ParentLocality) throws {
    let (recording, row) = try read(#""flags":\#(value)"#)
    #expect(recording.spans.parentLocality(row) == locality && recording.diagnostics.isEmpty)
  }

  @Test("Snake case is read like camel case")
  func snakeCase() {
    let camel = OTLPText.record([
      OTLPText.span(
        1,
        #""parentSpanId":"0000000000000009","kind":2,"attributes":[{"key":"k","value":{"intValue":"7"}},{"key":"k","value":{"stringValue":"s"}},{"key":"k","value":{"boolValue":true}},{"key":"k","value":{"doubleValue":1.5}}]"#
      )
    ])
    let names = [
      "resourceSpans", "scopeSpans", "traceId", "spanId", "parentSpanId", "startTimeUnixNano",
      "endTimeUnixNano", "intValue", "stringValue", "boolValue", "doubleValue",
    ]
    var snake = camel
    for name in names {
      let other = name.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
      snake = snake.replacing("\"\(name)\"", with: "\"\(other)\"")
    }
    #expect(snake != camel && !snake.contains("Id\""))
    #expect(decodeOTLP(snake).spanFacts == decodeOTLP(camel).spanFacts)
    #expect(decodeOTLP(snake).spans.count == 1 && decodeOTLP(snake).attributes.count == 4)
  }

  @Test(
    "Times are numbers or strings; zero, null and nothing mean unknown",
    arguments: [
      ("1700000000123456789", 1_700_000_000_123_456_789),
      ("\"1700000000123456789\"", 1_700_000_000_123_456_789), ("0", nil), ("\"0\"", nil),
      ("\"\"", nil), ("null", nil),
    ] as [(String, Int64?)])
  func times(value: String, nanoseconds: Int64?) throws {
    let (recording, row) = try read(#""startTimeUnixNano":5,"endTimeUnixNano":\#(value)"#)
    #expect(recording.spans.end[row] == (nanoseconds.map { Timestamp($0) } ?? .unknown))
    #expect(recording.diagnostics.isEmpty)
    let (absent, only) = try read(#""startTimeUnixNano":5"#)
    #expect(!absent.spans.end[only].isKnown)
  }

  @Test(
    "Times that cannot be are unknown and named",
    arguments: [
      ("18446744073709551615", "number-overflow"), ("\"9223372036854775808\"", "number-overflow"),
      ("-5", "bad-time"), ("\"yesterday\"", "bad-number"), ("true", "bad-number"),
      ("{}", "bad-number"), ("[1]", "bad-number"),
    ])
  func badTimes(value: String, code: String) throws {
    let (recording, row) = try read(#""startTimeUnixNano":\#(value),"endTimeUnixNano":"9""#)
    #expect(!recording.spans.start[row].isKnown && recording.spans.end[row].nanoseconds == 9)
    #expect(recording.codes == [code] && recording.isWhole)
  }

  @Test("A time with an exponent is read exactly and flagged")
  func exponent() throws {
    let (recording, row) = try read(#""startTimeUnixNano":1.544712660e18"#)
    #expect(recording.spans.start[row].nanoseconds == 1_544_712_660_000_000_000)
    #expect(recording.codes == ["rounded-number"])
  }

  @Test("An end before the start keeps both times and is flagged at the span's place")
  func reversed() throws {
    let (recording, row) = try read(#""startTimeUnixNano":"9","endTimeUnixNano":"5""#)
    #expect(recording.spans.start[row].nanoseconds == 9)
    #expect(recording.spans.end[row].nanoseconds == 5)
    #expect(recording.codes == ["end-before-start"])
    #expect(recording.diagnostics.all[0].offset == 43)
  }

  @Test(
    "Ids in base64 are the ids in hex",
    arguments: [
      ("AQIDBAUGBwgJCgsMDQ4PEA==", "+//+/fz7+vk="), ("AQIDBAUGBwgJCgsMDQ4PEA", "-__-_fz7-vk"),
      ("0102030405060708090A0B0C0D0E0F10", "FBFFFEFDFCFBFAF9"),
      ("AQIDBAUGBwgJCgsMDQ4PEA==", #"+\/\/+\/fz7+vk="#),
    ])
  func base64(trace: String, span: String) {
    let recording = decodeOTLP(OTLPText.only(#""traceId":"\#(trace)","spanId":"\#(span)""#))
    #expect(recording.spans.spanID == [SpanID(value: 0xFBFF_FEFD_FCFB_FAF9)])
    #expect(
      recording.traces[TraceIndex(0)]
        == TraceID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10))
    #expect(recording.diagnostics.isEmpty)
  }

  @Test(
    "A missing, empty or zero parent is none", arguments: ["\"\"", "null", "\"0000000000000000\""])
  func noParent(value: String) throws {
    let (recording, row) = try read(#""parentSpanId":\#(value)"#)
    #expect(recording.spans.parentID[row].isNone && !recording.spans.hasDamagedID(row))
    #expect(recording.diagnostics.isEmpty)
  }

  @Test(
    "A bad id is named, marked, and costs nothing else",
    arguments: [
      #""traceId":"","spanId":"0000000000000001""#, #""traceId":"xyz","spanId":"0000000000000001""#,
      #""spanId":"0000000000000001""#, #""traceId":"0102030405060708090a0b0c0d0e0f10""#,
      #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"12""#,
      #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":17"#,
      #""traceId":{"a":[1]},"spanId":"0000000000000001""#,
      #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001","parentSpanId":"9""#,
      #""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000001","parentSpanId":false"#,
    ])
  func badIDs(members: String) throws {
    let recording = decodeOTLP(
      OTLPText.record([#"{\#(members),"name":"odd"}"#, OTLPText.span(2)]))
    try #require(recording.spanNames == ["odd", "s2"])
    #expect(recording.spans.hasDamagedID(0) && !recording.spans.hasDamagedID(1))
    #expect(Set(recording.codes) == ["bad-id"] && recording.isWhole)
  }

  @Test("The last of two equal keys wins, and the pair is flagged")
  func duplicates() throws {
    let (recording, row) = try read(
      #""name":"first","name":"last","attributes":[{"key":"k","value":{"stringValue":"first"}}],"#
        + #""attributes":[{"key":"k","value":{"stringValue":"x","stringValue":"last"}}],"#
        + #""links":[{"traceId":"\#(OTLPText.trace)","spanId":"0000000000000005"}],"links":[]"#)
    #expect(recording.strings.text(recording.spans.name[row]) == "last")
    #expect(recording.spanFacts[0].hasSuffix(#"k="last""#))
    #expect(recording.attributes.count == 1 && recording.links.count == 0)
    #expect(Set(recording.codes) == ["duplicate-key"] && recording.codes.count == 4)
  }

  @Test("Unknown keys and null members change nothing")
  func unknownAndNull() {
    let plain = decodeOTLP(OTLPText.record([OTLPText.span(1)]))
    let padded = decodeOTLP(
      OTLPText.record([
        OTLPText.span(
          1,
          #""future":{"a":[1,{"b":null}]},"traceState":"x=y","events":[{"name":"e"}],"links":null,"#
            + #""attributes":null,"status":null,"parentSpanId":null,"droppedLinksCount":0,"#
            + #""":[],"attributesX":[1]"#)
      ]))
    #expect(padded.spanFacts == plain.spanFacts && padded.diagnostics.isEmpty)
    let nulls = decodeOTLP(
      #"{"resourceSpans":[null,{"resource":null,"scopeSpans":[null,{"scope":null,"spans":[null,"#
        + OTLPText.span(1) + #",null]}]}]}{"resourceSpans":null}"#)
    #expect(nulls.spanNames == ["s1"] && nulls.diagnostics.isEmpty)
  }

  @Test("Keys with escapes are the keys that they spell")
  func escapedKeys() {
    let plain = OTLPText.record([OTLPText.span(1)])
    var escaped = plain
    for (key, other) in [
      ("resourceSpans", #"resource\u0053pans"#), ("spans", #"\u0073pans"#),
      ("spanId", #"span\u0049d"#), ("name", #"\u006e\u0061\u006d\u0065"#),
    ] {
      escaped = escaped.replacing("\"\(key)\"", with: "\"\(other)\"")
    }
    #expect(decodeOTLP(escaped).spanFacts == decodeOTLP(plain).spanFacts)
  }

  @Test("Names and values are text: escapes resolved, bad bytes shown and flagged")
  func text() {
    let good = decodeOTLP(OTLPText.only(#"\#(Self.ids),"name":"a\u00e9\n\ud83d\ude00""#))
    #expect(good.spanNames == ["aé\n😀"] && good.diagnostics.isEmpty)
    var bytes = Array(OTLPText.only(#"\#(Self.ids),"name":"a~b""#).utf8)
    bytes[bytes.lastIndex(of: 0x7E) ?? 0] = 0xFF
    let bad = decodeOTLP(bytes)
    #expect(bad.spanNames == ["a\u{FFFD}b"] && bad.codes == ["invalid-utf8"] && bad.isWhole)
  }

  @Test(
    "Attributes keep their type",
    arguments: [
      (#"{"stringValue":"x"}"#, "\"x\""), (#"{"intValue":"-7"}"#, "integer(-7)"),
      (#"{"intValue":9223372036854775807}"#, "integer(9223372036854775807)"),
      (#"{"intValue":"-9223372036854775808"}"#, "integer(-9223372036854775808)"),
      (#"{"boolValue":true}"#, "bool(true)"), (#"{"boolValue":false}"#, "bool(false)"),
      (#"{"doubleValue":1.5}"#, "double(1.5)"), (#"{"doubleValue":"NaN"}"#, "double(nan)"),
      (#"{"doubleValue":"-Infinity"}"#, "double(-inf)"),
      (#"{"arrayValue":{"values":[{"intValue":1}]}}"#, #""{"values":[{"intValue":1}]}""#),
    ])
  func attributes(value: String, shown: String) throws {
    let (recording, _) = try read(
      #""attributes":[{"key":"other","value":{"intValue":1}},{"key":"k","value":\#(value)}]"#)
    #expect(recording.spanFacts[0].hasSuffix(" k=\(shown)") && recording.attributes.count == 1)
    #expect(recording.diagnostics.isEmpty)
  }

  @Test(
    "An attribute without a value is no attribute",
    arguments: [
      #"{"key":"k"}"#, #"{"key":"k","value":null}"#, #"{"key":"k","value":{}}"#, "null", "{}",
      #"{"key":"k","value":{"stringValue":null}}"#, #"{"key":null,"value":{"intValue":1}}"#,
    ])
  func emptyAttributes(text: String) throws {
    let (recording, _) = try read(#""attributes":[\#(text)]"#)
    #expect(recording.attributes.count == 0 && recording.diagnostics.isEmpty)
  }

  @Test("Bad bytes in a list value do not get into the table of texts")
  func badBytesInList() {
    let list = #""attributes":[{"key":"k","value":{"arrayValue":{"values":["~"]}}}]"#
    var bytes = Array(OTLPText.only("\(Self.ids),\(list)").utf8)
    bytes[bytes.lastIndex(of: 0x7E) ?? 0] = 0xFF
    let recording = decodeOTLP(bytes)
    #expect(recording.codes == ["invalid-utf8"] && recording.attributes.count == 1)
    for row in 0..<recording.strings.count {
      let text = Array(recording.strings.bytes(StringID(row)))
      #expect(String(validating: text, as: UTF8.self) != nil)
    }
  }

  @Test("Links keep the ids of what they point to")
  func links() throws {
    let (recording, _) = try read(
      #""links":[{"traceId":"\#(OTLPText.trace)","spanId":"0000000000000005","flags":1},{}]"#)
    #expect(recording.links.target.map(\.value) == [5, 0])
    #expect(recording.links.trace[1] == .zero)
    #expect(recording.links.rows(of: SpanIndex(0)) == 0..<2)
  }
}
