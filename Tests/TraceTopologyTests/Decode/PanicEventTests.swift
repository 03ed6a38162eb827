import Foundation
import Testing

@testable import TraceTopology

@Suite("Panics in the events of spans")
struct PanicEventTests {
  private static let trace = Scenario.hex(1, 32)
  private static let span = Scenario.hex(2, 16)
  private static let setting = DecodeSetting(path: "test", attributes: [])

  /// Whether the only span of a text panicked, read in blocks of several sizes; no event costs the
  /// span or is worth a diagnostic.
  private func hasPanic(_ text: String, _ decoder: () -> any RecordDecoder) throws -> Bool {
    var found: Set<Bool> = []
    for blockSize in [1 << 20, 7] {
      let recording = decode(Array((text + "\n").utf8), with: decoder(), blockSize: blockSize)
      try #require(recording.spans.count == 1, "\(text)")
      #expect(recording.diagnostics.isEmpty && recording.isWhole, "\(text)")
      #expect(recording.spanNames == ["a"])
      found.insert(recording.spans.hasPanic(0))
    }
    try #require(found.count == 1)
    return found.contains(true)
  }

  private func jaeger(_ logs: String) throws -> Bool {
    try hasPanic(
      #"{"traceID":"\#(Self.trace)","spans":[{"traceID":"\#(Self.trace)","spanID":"\#(Self.span)","#
        + #""logs":\#(logs),"operationName":"a","startTime":1700000000000000,"duration":9}]}"#
    ) { JaegerDecoder(setting: Self.setting) }
  }

  private func zipkin(_ members: String) throws -> Bool {
    try hasPanic(
      #"[{"traceId":"\#(Self.trace)","id":"\#(Self.span)",\#(members),"name":"a","#
        + #""timestamp":1700000000000000,"duration":9}]"#
    ) { ZipkinDecoder(setting: Self.setting) }
  }

  /// One annotation with this text, quotes in it escaped.
  private func annotation(_ value: String) throws -> Bool {
    let text = value.replacing(#"\"#, with: #"\\"#).replacing(#"""#, with: #"\""#)
    return try zipkin(#""annotations":[{"timestamp":1700000000000001,"value":"\#(text)"}]"#)
  }

  private static func fields(_ pairs: (String, String)...) -> String {
    let tags = pairs.map { #"{"key":"\#($0.0)","type":"string","value":"\#($0.1)"}"# }
    return #"[{"timestamp":1700000000000001,"fields":[\#(tags.joined(separator: ","))]}]"#
  }

  private static let stack = #"goroutine 7 [running]:\npanic({0x1, 0x2})\n\tpanic.go:787\nmain.f()"#

  @Test("OTLP's events tell panics alike, whether they are looked for first or all is read")
  func otlpEvents() throws {
    let cases: [(String, String, String, Bool)] = [
      ("exception", "exception.type", "string", true), ("exception", "exception.type", ".x", true),
      ("exception", "exception.type", "*runtime.Error", true),
      ("exception", "exception.type", #"\u0070anic"#, true),
      ("exception", "exception.message", "panic: boom", true),
      ("exception", "exception.message", #"runtime\u0020error: 3"#, true),
      ("exception", "exception.stacktrace", Self.stack, true),
      ("exception", "exception.type", "*errors.errorString", false),
      ("exception", "exception.message", "do not panic", false),
      ("retry", "exception.type", "panic", false), ("exception", "other", "panic", false),
    ]
    for (name, key, value, isPanic) in cases {
      let event =
        #"{"attributes":[{"key":"\#(key)","value":{"stringValue":"\#(value)"}}],"name":"\#(name)"}"#
      let filler = String(repeating: "x", count: 40)
      let line = OTLPText.with(#""events":[{"name":"\#(filler)"},\#(event)]"#)
      for isFast in [true, false] {
        var setting = Self.setting
        setting.takesFastPath = isFast
        let recording = decode(Array((line + "\n").utf8), with: OTLPJSONDecoder(setting: setting))
        try #require(recording.spans.count == 1)
        #expect(recording.spans.hasPanic(0) == isPanic, "\(name) \(key) \(value) \(isFast)")
      }
    }
  }

  @Test("Jaeger's logs tell panics, as OpenTelemetry and as OpenTracing wrote them")
  func jaegerLogs() throws {
    #expect(try jaeger(Self.fields(("event", "exception"), ("exception.type", "string"))))
    #expect(try jaeger(Self.fields(("exception.type", "*runtime.Error"), ("event", "exception"))))
    #expect(try jaeger(Self.fields(("event", "error"), ("error.kind", "panic"))))
    #expect(try jaeger(Self.fields(("event", "error"), ("message", "panic: boom"))))
    let runtime = "runtime error: index out of range [5] with length 3"
    #expect(try jaeger(Self.fields(("event", "error"), ("error.object", runtime))))
    #expect(try jaeger(Self.fields(("event", "error"), ("stack", Self.stack))))
    let model =
      #"[{"fields":[{"key":"event","vStr":"error"},{"vStr":"panic","key":"error.kind"}]}]"#
    #expect(try jaeger(model))
  }

  @Test("Errors in Jaeger's logs are no panics, and logs of any shape cost no span")
  func jaegerErrors() throws {
    #expect(try !jaeger(Self.fields(("event", "error"), ("error.kind", "*net.OpError"))))
    #expect(try !jaeger(Self.fields(("event", "retry"), ("error.kind", "panic"))))
    #expect(try !jaeger(Self.fields(("event", "error"), ("message", "do not panic: wait"))))
    let python = ("exception.type", "RuntimeError")
    #expect(
      try !jaeger(
        Self.fields(("event", "exception"), python, ("exception.message", "runtime error: 1"))))
    #expect(try !jaeger(Self.fields(("event", "error"), ("stack", #"main.f()\n\tpanic(1)"#))))
    for odd in [
      "null", "7", "{}", "[]", "[null,3,[]]", #"[{"fields":7}]"#, #"[{"fields":[1,{}]}]"#,
      #"[{"fields":[{"key":4,"value":"panic"},{"key":"event","value":{}}]}]"#,
      #"[{"fields":{"event":"error","error.kind":"panic"}}]"#,
    ] {
      #expect(try !jaeger(odd), "\(odd)")
    }
  }

  @Test(
    "Annotations of Zipkin tell panics in every spelling of OpenTelemetry's exporters",
    arguments: [
      #"exception: {"exception.message":"boom","exception.type":"string"}"#,
      #"exception|{"exception.type": "panic"}|0"#, #""exception":{"exception.type":"panic"}"#,
      #"{"exception": {"exception.type": "runtime.boundsError"}}"#,
      #"exception: {"exception.type":"*errors.errorString","exception.stacktrace":"#
        + #""goroutine 7 [running]:\npanic({0x1, 0x2})\n"}"#,
      #"exception: {"exception.message":"panic: \"a\"","exception.type":"*errors.errorString"}"#,
    ])
  func zipkinAnnotations(text: String) throws {
    #expect(try annotation(text))
  }

  @Test("Other annotations of Zipkin are no panics, and those of any shape cost no span")
  func zipkinOthers() throws {
    for text in [
      "", "exception", "{", "panic", "exceptional: {\"exception.type\":\"panic\"}",
      #"exception: {"exception.type":"*net.OpError"}"#, #"retry: {"exception.type":"panic"}"#,
      #"exception: {"exception.message":"\"exception.type\":\"panic\"","exception.type":"E"}"#,
      #"exception: {"exception.type""#, #"exception: {"exception.type":"#,
      #"exception: {"exception.type":7}"#, #"exception|{"exception.type""panic"}"#,
    ] {
      #expect(try !annotation(text), "\(text)")
    }
    for odd in ["null", "7", "{}", "[]", "[1,null,[]]", #"[{"value":7}]"#, #"[{"value":null}]"#] {
      #expect(try !zipkin(#""annotations":\#(odd)"#), "\(odd)")
    }
  }

  @Test("Zipkin's tag of an error tells a panic where it is printed as Go prints one")
  func zipkinTags() throws {
    #expect(try zipkin(#""tags":{"error":"runtime error: integer divide by zero"}"#))
    #expect(try zipkin(#""tags":{"error":"panic: boom"}"#))
    #expect(try !zipkin(#""tags":{"error":"true"}"#))
    #expect(try !zipkin(#""tags":{"cause":"panic: boom"}"#))
  }

  @Test("What Go and Python print on the console tells panics")
  func consoles() throws {
    let context = #"{"TraceID":"\#(Self.trace)","SpanID":"\#(Self.span)"}"#
    for (value, isPanic) in [(#""string""#, true), (#""*net.OpError""#, false), ("{}", false)] {
      let attribute = #"{"Key":"exception.type","Value":{"Type":"STRING","Value":\#(value)}}"#
      let stub =
        #"{"Name":"a","SpanContext":\#(context),"#
        + #""Events":[{"Name":"exception","Attributes":[\#(attribute)]}]}"#
      #expect(
        try hasPanic(stub) { StdoutTraceDecoder(setting: Self.setting) } == isPanic, "\(stub)")
    }
    for (type, isPanic) in [("panic", true), ("ValueError", false)] {
      let python =
        #"{"name":"a","context":{"trace_id":"0x\#(Self.trace)","span_id":"0x\#(Self.span)"},"#
        + #""events":[{"name":"exception","attributes":{"exception.type":"\#(type)","n":1}}]}"#
      #expect(
        try hasPanic(python) { PythonConsoleDecoder(setting: Self.setting) } == isPanic,
        "\(python)")
    }
  }

  @Test("OTLP tells a panic with an error by its stack, in JSON and in protobuf")
  func otlp() throws {
    for (stack, isPanic) in [(Self.stack, true), (#"goroutine 7 [running]:\nmain.f()"#, false)] {
      let attributes = [("exception.type", "*errors.errorString"), ("exception.stacktrace", stack)]
        .map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }
      let line =
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\#(Self.trace)","#
        + #""spanId":"\#(Self.span)","name":"a","startTimeUnixNano":"1800000000000000000","#
        + #""endTimeUnixNano":"1800000000000000001","events":[{"name":"exception","#
        + #""attributes":[\#(attributes.joined(separator: ","))]}]}]}]}]}"#
      #expect(try hasPanic(line) { OTLPJSONDecoder(setting: Self.setting) } == isPanic)
      let message = try ProtobufFromJSON.message(Data(line.utf8))
      let recording = decode(message, with: OTLPBareDecoder(setting: Self.setting))
      try #require(recording.spans.count == 1)
      #expect(recording.spans.hasPanic(0) == isPanic)
    }
  }
}
