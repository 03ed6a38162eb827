/// One kind of log that can be read.
struct InputFormat: Sendable {
  /// Stable name, as in `run.inputs[].format`.
  var name: String
  /// One line for `tracetopo formats`.
  var summary: String
  /// Whether the first bytes of the uncompressed content (up to 64 KiB) are of this format.
  var probe: @Sendable (Span<UInt8>) -> Bool
  var makeDecoder: @Sendable (DecodeSetting) -> any RecordDecoder

  /// THE list of inputs, asked in this order: formats with a magic number first, then JSON formats
  /// by the keys of their first object. Dumps come last, because they are found anywhere within other
  /// text; among them the dump comes before the profile, because it says more, and whichever is asked
  /// for, one decoder reads both.
  static let all: [InputFormat] = [
    InputFormat(
      name: "go-trace", summary: "Go execution trace (Go 1.11 to 1.27)",
      probe: GoTraceDecoder.probe, makeDecoder: { GoTraceDecoder(setting: $0) }),
    InputFormat(
      name: "otlp-json", summary: "OpenTelemetry spans as OTLP JSON (lines, one object, pretty)",
      probe: OTLPJSONDecoder.probe, makeDecoder: { OTLPJSONDecoder(setting: $0) }),
    InputFormat(
      name: "task-log", summary: "task log, NDJSON events of any scheduler",
      probe: TaskLogDecoder.probe, makeDecoder: { TaskLogDecoder(setting: $0) }),
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
