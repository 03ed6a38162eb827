/// Reads what Python's `ConsoleSpanExporter` prints: spans as indented JSON objects, amid whatever
/// else the program prints.
///
/// Format: opentelemetry-python, `ReadableSpan.to_json`.
typealias PythonConsoleDecoder = JSONSpanDecoder<SpanListWalk<PythonConsoleFormat>>

/// The spans of `ConsoleSpanExporter`.
enum PythonConsoleFormat: SpanListFormat {
  static let title = "a span of Python's console exporter"
  static let arrayDepth = 0
  static let sharesOutput = true

  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix, having: ["context", "parent_id", "start_time"])
  }

  static func isSpanKey(_ key: JSONString, _ scanner: JSONScanner) -> Bool {
    switch PythonSpanKey(key, scanner) {
    case .name, .context, .kind, .parent, .start: true
    default: false
    }
  }

  static func member(
    _ key: PythonSpanKey, _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser,
    _ draft: inout SpanDraft, into recording: inout Recording
  ) throws(JSONError) {
    try parser.pythonMember(key, &scanner, &draft, &recording)
  }
}

/// The members of a span of the console exporter that are read.
enum PythonSpanKey: UInt8, NamedMember {
  case other, name, context, kind, parent, start, end, status, attributes, links, resource, trace
  case span, code, schema, events

  static let names: [(StaticString, PythonSpanKey)] = [
    ("name", .name), ("context", .context), ("kind", .kind), ("parent_id", .parent),
    ("start_time", .start), ("end_time", .end), ("status", .status), ("attributes", .attributes),
    ("links", .links), ("resource", .resource), ("trace_id", .trace), ("span_id", .span),
    ("status_code", .code), ("schema_url", .schema),
    ("events", .events),
  ]
}

extension JSONSpanParser {
  fileprivate mutating func pythonMember(
    _ key: PythonSpanKey, _ scanner: inout JSONScanner, _ span: inout SpanDraft,
    _ recording: inout Recording
  ) throws(JSONError) {
    switch key {
    case .name: span.record.name = try internedString(&scanner, &recording.strings)
    case .context:
      span.isSpan = true
      let context = try pythonContext(&scanner)
      span.record.trace = context.trace
      span.record.span = context.span
    case .kind:
      let names: [StaticString] = [
        "", "SpanKind.INTERNAL", "SpanKind.SERVER", "SpanKind.CLIENT", "SpanKind.PRODUCER",
        "SpanKind.CONSUMER",
      ]
      let value = try enumeration(&scanner, names: names, what: "a span kind")
      span.record.kind = SpanKind(rawValue: value) ?? .unspecified
    case .parent:
      let before = oddities.count
      span.record.parent = try paddedSpanID(&scanner, what: "a parent span id")
      if oddities.count > before { span.record.hasDamagedID = true }
    case .start: span.record.start = try calendarTime(&scanner, what: "a start time")
    case .end: span.record.end = try calendarTime(&scanner, what: "an end time")
    case .events: span.record.hasPanic = try hasPanic(&scanner, in: .python)
    case .status: span.record.status = try pythonStatus(&scanner)
    case .attributes:
      // The last of two objects wins.
      recording.attributes.truncate(toSpan: span.row.index)
      try entries(&scanner) { parser, scanner, key throws(JSONError) in
        guard let value = try parser.plainValue(&scanner) else { return }
        parser.keep(key, value, scanner, row: span.row, into: &recording)
      }
    case .links:
      recording.links.truncate(toSpan: span.row.index)
      try array(&scanner) { parser, scanner throws(JSONError) in
        try parser.pythonLink(&scanner, span.row, &recording)
      }
    case .resource: span.resource = try pythonResource(&scanner, &recording.strings)
    default: try scanner.skipValue()
    }
  }

  private mutating func pythonContext(_ scanner: inout JSONScanner)
    throws(JSONError) -> (trace: TraceID, span: SpanID)
  {
    var trace = TraceID.zero
    var span = SpanID.none
    try object(&scanner, of: PythonSpanKey.self, what: "span context") {
      parser, scanner, key throws(JSONError) in
      switch key {
      case .trace: trace = try parser.paddedTraceID(&scanner)
      case .span: span = try parser.paddedSpanID(&scanner, what: "a span id")
      default: try scanner.skipValue()
      }
    }
    return (trace, span)
  }

  private mutating func pythonLink(
    _ scanner: inout JSONScanner, _ row: SpanIndex, _ recording: inout Recording
  ) throws(JSONError) {
    var target = (trace: TraceID.zero, span: SpanID.none)
    try object(&scanner, of: PythonSpanKey.self, what: "link") {
      parser, scanner, key throws(JSONError) in
      guard key == .context else { return try scanner.skipValue() }
      target = try parser.pythonContext(&scanner)
    }
    recording.links.append(span: row, trace: target.trace, target: target.span)
  }

  private mutating func pythonStatus(_ scanner: inout JSONScanner) throws(JSONError) -> SpanStatus {
    var status = SpanStatus.unset
    try object(&scanner, of: PythonSpanKey.self, what: "status") {
      parser, scanner, key throws(JSONError) in
      guard key == .code else { return try scanner.skipValue() }
      let names: [StaticString] = ["UNSET", "OK", "ERROR"]
      let value = try parser.enumeration(&scanner, names: names, what: "a status code")
      status = SpanStatus(rawValue: value) ?? .unset
    }
    return status
  }

  /// A resource with its attributes; early versions printed the attributes alone.
  private mutating func pythonResource(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> ResourceAttributes
  {
    var resource = ResourceAttributes()
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      if parser.identify(key, scanner, of: PythonSpanKey.self) == .attributes {
        try parser.entries(&scanner) { parser, scanner, key throws(JSONError) in
          guard let value = try parser.plainValue(&scanner) else { return }
          parser.describe(&resource, key, value, scanner, &strings)
        }
      } else if let value = try parser.plainValue(&scanner) {
        parser.describe(&resource, key, value, scanner, &strings)
      }
    }
    return resource
  }
}
