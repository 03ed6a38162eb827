/// One kind of log that can be read.
struct InputFormat: Sendable {
  /// Stable name, as in `run.inputs[].format`.
  var name: String
  /// One line for `tracetopo formats`.
  var summary: String
  /// Whether the first bytes of the uncompressed content (up to 64 KiB) are of this format.
  var probe: @Sendable (Span<UInt8>) -> Bool
  var makeDecoder: @Sendable (DecodeSetting) -> any RecordDecoder

  /// THE list of inputs, asked in this order:
  ///
  /// 1. formats with a magic number;
  /// 2. JSON formats, by keys that none before them has. OTLP first, its keys are nobody else's; then
  ///    `stdouttrace` (`SpanContext`), Jaeger (`traceID`), Zipkin (`traceId` and `id` together),
  ///    Python (`context` and `parent_id`), task logs (`event`);
  /// 3. protobuf, which has no magic number and begins with a byte that is a line feed in text;
  /// 4. dumps, which are found anywhere within other text, even in a stack trace that a span carries;
  ///    the dump before the profile, because it says more, and one decoder reads both.
  static let all: [InputFormat] = [
    InputFormat(
      name: "go-trace", summary: "Go execution trace (Go 1.11 to 1.27)",
      probe: GoTraceDecoder.probe, makeDecoder: { GoTraceDecoder(setting: $0) }),
    InputFormat(
      name: "otlp-json", summary: "OpenTelemetry spans as OTLP JSON (lines, one object, pretty)",
      probe: OTLPJSONDecoder.probe, makeDecoder: { OTLPJSONDecoder(setting: $0) }),
    InputFormat(
      name: "stdouttrace", summary: "Go stdouttrace spans (lines, pretty, amid other output)",
      probe: StdoutTraceDecoder.probe, makeDecoder: { StdoutTraceDecoder(setting: $0) }),
    InputFormat(
      name: "jaeger-json", summary: "Jaeger traces as JSON (query API, UI download, model dumps)",
      probe: JaegerDecoder.probe, makeDecoder: { JaegerDecoder(setting: $0) }),
    InputFormat(
      name: "zipkin-json",
      summary: "Zipkin spans as JSON, v2 and v1 (arrays, arrays of arrays, lines)",
      probe: ZipkinDecoder.probe, makeDecoder: { ZipkinDecoder(setting: $0) }),
    InputFormat(
      name: "python-console", summary: "Python ConsoleSpanExporter spans (amid other output)",
      probe: PythonConsoleDecoder.probe, makeDecoder: { PythonConsoleDecoder(setting: $0) }),
    InputFormat(
      name: "task-log", summary: "task log, NDJSON events of any scheduler",
      probe: TaskLogDecoder.probe, makeDecoder: { TaskLogDecoder(setting: $0) }),
    InputFormat(
      name: "otlp-proto", summary: "OpenTelemetry spans as OTLP protobuf, one message",
      probe: OTLPBareDecoder.probe, makeDecoder: { OTLPBareDecoder(setting: $0) }),
    InputFormat(
      name: "otlp-proto-framed",
      summary: "OTLP protobuf messages behind their lengths (Collector file exporter)",
      probe: OTLPFramedDecoder.probe, makeDecoder: { OTLPFramedDecoder(setting: $0) }),
    InputFormat(
      name: "goroutine-dump",
      summary: "goroutine dump: debug=2, panic or SIGQUIT output, in any text",
      probe: GoroutineDumpDecoder.probeDump, makeDecoder: { GoroutineDumpDecoder(setting: $0) }),
    InputFormat(
      name: "goroutine-profile", summary: "goroutine profile as text: debug=1",
      probe: GoroutineDumpDecoder.probeProfile, makeDecoder: { GoroutineDumpDecoder(setting: $0) }),
  ]

  /// The format of content that begins like this, if any.
  static func recognize(_ prefix: Span<UInt8>) -> InputFormat? {
    all.first { $0.probe(prefix) }
  }
}
