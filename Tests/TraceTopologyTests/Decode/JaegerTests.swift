import Testing

@testable import TraceTopology

@Suite("Jaeger JSON")
struct JaegerTests {
  private static func decoder() -> any RecordDecoder {
    JaegerDecoder(setting: DecodeSetting(path: "test", attributes: ["k"]))
  }

  private func read(_ text: String, blockSize: Int = 1 << 20) -> Recording {
    decode(Array(text.utf8), with: Self.decoder(), blockSize: blockSize)
  }

  private static func span(_ number: Int, _ extra: String = "") -> String {
    #"{"traceID":"a1","spanID":"\#(number)","operationName":"s\#(number)","#
      + #""startTime":1700000000000000,"duration":900,"processID":"p1""#
      + (extra.isEmpty ? "}" : ",\(extra)}")
  }

  private static func parent(_ number: Int, trace: String = "a1", type: String = "CHILD_OF")
    -> String
  {
    #"{"refType":"\#(type)","traceID":"\#(trace)","spanID":"\#(number)"}"#
  }

  private static let processes =
    #""processes":{"p1":{"serviceName":"shop","tags":[{"key":"hostname","type":"string","#
    + #""value":"h"},{"key":"ip","type":"string","value":"10.0.0.7"}]},"p2":{"serviceName":"db"}}"#

  private static func trace(_ spans: [String]) -> String {
    #"{"traceID":"a1","spans":[\#(spans.joined(separator: ","))],\#(processes)}"#
  }

  private static func answer(_ numbers: Int...) -> String {
    #"{"data":[\#(trace(numbers.map { span($0) }))],"total":0,"errors":null}"#
  }

  private static func pretty(_ text: String) -> String {
    text.replacing("{", with: "{\n  ").replacing(",", with: ",\n  ").replacing("[", with: "[\n  ")
  }

  private func one(_ extra: String) throws -> Recording {
    let recording = read(Self.trace([Self.span(1, extra)]))
    try #require(recording.spans.count == 1)
    return recording
  }

  @Test("A trace is read as it stands: stripped zeros, microseconds, its process")
  func plain() throws {
    let recording = read(Self.answer(1, 2))
    #expect(recording.spanNames == ["s1", "s2"] && recording.spanServices == ["shop", "shop"])
    #expect(recording.traces[TraceIndex(0)] == TraceID(high: 0, low: 0xA1))
    #expect(recording.spans.start[0].nanoseconds == 1_700_000_000_000_000_000)
    #expect(recording.spans.end[0].nanoseconds == 1_700_000_000_000_900_000)
    #expect(recording.strings.text(recording.processes.record[0].host) == "h")
    #expect(recording.diagnostics.isEmpty && recording.isWhole)
    #expect(recording.inputs[0].records == 2)
  }

  @Test("Answers, single traces, lists, lone spans and lines of them say the same")
  func layouts() {
    let process = #""process":{"serviceName":"shop","tags":[{"key":"hostname","value":"h"}]}"#
    let lone = [Self.span(1, process), Self.span(2, process)]
    let plain = read(Self.answer(1, 2)).spanFacts
    let answers = [
      Self.answer(1, 2), Self.trace([Self.span(1), Self.span(2)]), Self.pretty(Self.answer(1, 2)),
      "\(Self.answer(1))\n\(Self.answer(2))\n", "[\(Self.trace([Self.span(1), Self.span(2)]))]",
      "\u{FEFF}\(Self.trace([Self.span(1)]))\r\n\(Self.trace([Self.span(2)]))",
      #"{"traceID":"a1",\#(Self.processes),"spans":[\#(Self.span(1)),\#(Self.span(2))]}"#,
      "[\(lone[0]),\n\(lone[1])\n]\n", lone.joined(separator: "\n"),
      #"{"_index":"j","_source":\#(lone[0])}"# + "\n" + #"{"_source":\#(lone[1])}"#,
      #"{"data":{"traceID":"a1","spans":[\#(Self.span(1)),\#(Self.span(2))],\#(Self.processes)}}"#,
    ]
    for text in answers {
      let recording = read(text)
      #expect(recording.spanFacts == plain, "\(text)")
      #expect(recording.diagnostics.isEmpty && recording.isWhole, "\(text)")
    }
  }

  @Test("Names of processes hold for one trace only")
  func processNames() {
    let other =
      #"{"traceID":"b","spans":[\#(Self.span(3))],"processes":{"p1":{"serviceName":"x"}}}"#
    let recording = read(#"{"data":[\#(Self.trace([Self.span(1)])),\#(other)]}"#)
    #expect(recording.spanServices == ["shop", "x"])
    let unknown = read(
      #"{"traceID":"b","spans":[\#(Self.span(3)),\#(Self.span(4))],"processes":{}}"#)
    #expect(unknown.spanServices == ["", ""] && unknown.codes == ["unknown-process"])
    #expect(unknown.diagnostics.all[0].count == 2 && unknown.isWhole)
  }

  @Test("The parent is the first child-of reference of the own trace; the others are links")
  func parents() throws {
    let cases: [(String, UInt64, [UInt64])] = [
      ("[]", 0, []), ("null", 0, []), ("[\(Self.parent(7))]", 7, []),
      ("[\(Self.parent(5, trace: "b")),\(Self.parent(7)),\(Self.parent(8))]", 7, [5, 8]),
      ("[\(Self.parent(5, type: "FOLLOWS_FROM")),\(Self.parent(7))]", 7, [5]),
      ("[\(Self.parent(5, type: "FOLLOWS_FROM"))]", 5, []),
      ("[\(Self.parent(5, trace: "b"))]", 9, [5]),
      ("[\(Self.parent(0, trace: "00a1"))]", 9, [0]),
    ]
    for (references, parent, links) in cases {
      let former = parent == 9 ? #","parentSpanID":"9""# : ""
      let recording = try one(#""references":\#(references)\#(former)"#)
      #expect(recording.spans.parentID[0].value == parent, "\(references)")
      #expect(recording.links.target.map(\.value) == links, "\(references)")
      #expect(recording.diagnostics.isEmpty, "\(references)")
    }
    let former = try one(#""parentSpanID":"00f""#)
    #expect(former.spans.parentID[0].value == 15)
  }

  @Test("Copies of parents inside of references are passed over")
  func nestedCopies() throws {
    var copy = Self.span(9)
    for _ in 0..<50 {
      copy = Self.span(9, #""references":[{"refType":"CHILD_OF","spanID":"8","span":\#(copy)}]"#)
    }
    let recording = try one(
      #""references":[{"refType":"CHILD_OF","traceID":"a1","spanID":"7","span":\#(copy)}]"#)
    #expect(recording.spans.parentID[0].value == 7 && recording.diagnostics.isEmpty)
  }

  @Test("Tags tell kind and status, and keep the type that they name")
  func tags() throws {
    let tag = { (key: String, type: String, value: String) in
      #"{"key":"\#(key)","type":"\#(type)","value":\#(value)}"#
    }
    let kind = try one(#""tags":[\#(tag("span.kind", "string", "\"client\""))]"#)
    #expect(kind.spans.kind(0) == .client && kind.spans.status(0) == .unset)
    for value in ["true", "\"true\""] {
      let error = try one(#""tags":[\#(tag("error", "bool", value))]"#)
      #expect(error.spans.status(0) == .error)
    }
    let code = try one(
      #""tags":[\#(tag("otel.status_code", "string", "\"OK\"")),\#(tag("error", "bool", "false"))]"#
    )
    #expect(code.spans.status(0) == .ok)
    for (type, value, shown) in [
      ("int64", "\"9223372036854775807\"", "integer(9223372036854775807)"),
      ("int64", "7", "integer(7)"),
      ("float64", "3", "double(3.0)"), ("bool", "\"true\"", "bool(true)"),
      ("string", "\"x\"", "\"x\""),
    ] {
      let recording = try one(#""tags":[\#(tag("other", "int64", "1")),\#(tag("k", type, value))]"#)
      #expect(recording.spanFacts[0].hasSuffix(" k=\(shown)") && recording.attributes.count == 1)
    }
  }

  @Test("The domain model has ids in base64, calendar times and durations with a unit")
  func domain() throws {
    let text = #"""
      {"spans":[{"traceId":"AAAAAAAAAABSlpqJVVcaPw==","spanId":"AAAAAABkfZg=","operationName":"get",
      "references":[{"traceId":"AAAAAAAAAABSlpqJVVcaPw==","spanId":"AAAAAABoxOM="}],
      "startTime":"2017-01-26T16:46:31.639875-05:00","duration":"DURATION",
      "tags":[{"key":"span.kind","vType":"STRING","vStr":"server"},
      {"key":"k","vType":"INT64","vInt64":53931}],"process":{"serviceName":"api"}}]}
      """#
    for duration in ["22938000ns", "0.022938s", "0.0229380000009s"] {
      let recording = read(text.replacing("DURATION", with: duration))
      try #require(recording.spans.count == 1)
      #expect(recording.spans.spanID[0].value == 0x647D98)
      #expect(recording.spans.parentID[0].value == 0x68C4E3)
      #expect(recording.spans.start[0].nanoseconds == 1_485_467_191_639_875_000)
      #expect(recording.spans.end[0].since(recording.spans.start[0]) == 22_938_000)
      #expect(recording.spans.kind(0) == .server && recording.spanServices == ["api"])
      #expect(recording.spanFacts[0].hasSuffix("k=integer(53931)") && recording.diagnostics.isEmpty)
    }
  }

  @Test("The Thrift model has ids as numbers and one process for a batch")
  func thrift() {
    let recording = read(
      #"{"process":{"serviceName":"api"},"spans":[{"traceIdLow":5,"spanId":6,"parentSpanId":-1,"#
        + #""operationName":"get","startTime":1,"duration":2}]}"#)
    #expect(recording.spans.spanID == [SpanID(value: 6)])
    #expect(recording.spans.parentID == [SpanID(value: .max)])
    #expect(recording.traces[TraceIndex(0)].low == 5 && recording.spanServices == ["api"])
  }

  @Test("Times that are missing, zero or impossible are unknown")
  func times() throws {
    for (value, code) in [("0", nil), ("null", nil), ("-1", "bad-time"), ("\"x\"", "bad-number")] {
      let text = Self.trace([Self.span(1)]).replacing(
        "\"startTime\":1700000000000000", with: "\"startTime\":\(value)")
      let recording = read(text)
      #expect(!recording.spans.start[0].isKnown && !recording.spans.end[0].isKnown)
      #expect(recording.codes == [code].compactMap { $0 }, "\(value)")
    }
    let huge = Self.trace([Self.span(1)]).replacing("900", with: "9223372036854775807")
    #expect(read(huge).codes == ["bad-time"])
  }

  @Test("Ids that are too long or no digits are named; the span stays")
  func badIDs() {
    for id in ["12345678901234567", "xyz", ""] {
      let recording = read(
        Self.trace([
          Self.span(1).replacing("\"spanID\":\"1\"", with: "\"spanID\":\"\(id)\""), Self.span(2),
        ]))
      #expect(recording.spanNames == ["s1", "s2"] && recording.spans.hasDamagedID(0), "\(id)")
      #expect(Set(recording.codes) == ["bad-id"] && recording.isWhole)
    }
  }

  @Test("A bad line between good ones loses no span outside of it")
  func badLine() {
    for line in [
      "not json", "17", "{bad", #"{"data":17oops}"#,
      #"{"data":[{"traceID":"b","spans":[{"spanID":oops}]}]}"#,
      #"{"data":[{"traceID":"b","spans":[17]}]}"#, "]", #"{"data":[]}}"#,
    ] {
      for size in [11, 1 << 20] {
        let recording = read("\(Self.answer(1))\n\(line)\n\(Self.answer(8, 9))\n", blockSize: size)
        #expect(recording.spanNames == ["s1", "s8", "s9"], "\(line)")
        #expect(recording.codes == ["malformed-record"], "\(line) \(recording.codes)")
      }
    }
  }

  @Test("Objects of something else are named and passed over")
  func foreign() {
    for line in ["{}", #"{"level":"info"}"#, #"{"data":[{"a":1}]}"#, #"{"spans":[{"a":1}]}"#] {
      let recording = read("\(Self.answer(1))\n\(line)\n\(Self.answer(2))\n")
      #expect(recording.spanNames == ["s1", "s2"] && recording.isWhole, "\(line)")
      #expect(recording.codes == ["foreign-record"], "\(line)")
    }
  }

  @Test("A line cut anywhere costs nothing of its neighbours, even where the next one would fit in")
  func cutLine() {
    for value in [Self.answer(3, 4), Self.trace([Self.span(3), Self.span(4)])] {
      let bytes = Array(value.utf8)
      for cut in 1..<bytes.count - 1 {
        let line = String(decoding: bytes[..<cut], as: UTF8.self)
        for after in [Self.answer(8, 9), Self.trace([Self.span(8), Self.span(9)])] {
          let recording = read("\(Self.answer(1))\n\(line)\n\(after)\n")
          let names = recording.spanNames
          #expect(names.first == "s1" && names.suffix(2) == ["s8", "s9"], "cut at \(cut): \(line)")
          #expect(!recording.isWhole, "cut at \(cut)")
          #expect(recording.spanServices.suffix(2) == ["shop", "shop"], "cut at \(cut)")
        }
      }
    }
  }

  @Test("A truncated tail keeps its complete spans, wherever the cut is")
  func truncated() {
    for tail in [Self.answer(3, 4), Self.pretty(Self.answer(3, 4))] {
      let bytes = Array(tail.utf8)
      for cut in 1..<bytes.count {
        let part = String(decoding: bytes[..<cut], as: UTF8.self)
        let recording = read("\(Self.answer(1))\n\(part)")
        #expect(recording.spanNames == Array(["s1", "s3", "s4"].prefix(recording.spans.count)))
        #expect(recording.codes.contains("truncated-input") && !recording.isWhole, "cut at \(cut)")
      }
    }
  }

  @Test("A large trace is read span by span over many blocks")
  func large() {
    let text = Self.trace((1...2000).map { Self.span($0) })
    let recording = read(text, blockSize: 4099)
    #expect(recording.spans.count == 2000 && recording.isWhole && recording.diagnostics.isEmpty)
    #expect(recording.spanServices.allSatisfy { $0 == "shop" })
  }

  private static let corpus: [String] = [
    "\(answer(1, 2))\n\(answer(3))\n",
    "\(pretty(answer(1, 2)))\n\(pretty(answer(3)))",
    "[\(span(1, "\"references\":[\(parent(2))]")),\n\(span(2, "\"tags\":[{\"key\":\"k\",\"value\":1}]"))]",
    "\(answer(1))\nbad\n\(answer(2))\n{\"data\":[{\"spans\":[\n\(trace([span(3)]))\n\(answer(4).dropLast(30))",
    trace([span(1, "\"spanID\":\"zz\""), span(2).replacing("p1", with: "p9"), "{\"x\":1}"]),
  ]

  private static let properties = DecoderProperties(corpus.map { Array($0.utf8) }, decoder)

  @Test("The size of the blocks never changes what is read")
  func blockSizes() { Self.properties.expectBlockSizesDoNotMatter() }

  @Test("Random damage never crashes")
  func mutations() { Self.properties.expectDamageIsSurvived() }
}
