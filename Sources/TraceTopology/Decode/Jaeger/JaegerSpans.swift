/// Reads the spans of Jaeger's JSON.
extension JSONSpanParser {
  /// Reads one span; its kept attributes and links go to the tables under `row`. Nil if the object
  /// carries no id of a span.
  mutating func jaegerSpan(
    _ scanner: inout JSONScanner, row: SpanIndex, trace: TraceID, into recording: inout Recording
  ) throws(JSONError) -> JaegerSpan? {
    var span = JaegerSpan()
    span.record.trace = trace
    scanner.skipSpace()
    let start = scanner.position
    try object(&scanner, of: JaegerKey.self, what: "span") {
      parser, scanner, key throws(JSONError) in
      try parser.jaegerMember(key, &scanner, row, &span, &recording)
    }
    guard span.hasID else { return nil }
    for reference in span.resolve() {
      recording.links.append(
        span: row, trace: reference.trace ?? span.record.trace, target: reference.span)
    }
    span.close()
    check(&span.record, at: start)
    return span
  }

  private mutating func jaegerMember(
    _ key: JaegerKey, _ scanner: inout JSONScanner, _ row: SpanIndex, _ span: inout JaegerSpan,
    _ recording: inout Recording
  ) throws(JSONError) {
    switch key {
    case .trace: span.record.trace = try paddedTraceID(&scanner)
    case .traceLow: span.record.trace.low = try jaegerWord(&scanner)
    case .traceHigh: span.record.trace.high = try jaegerWord(&scanner)
    case .span:
      span.hasID = true
      span.record.span = try jaegerSpanID(&scanner, what: "a span id")
    case .parent:
      let before = oddities.count
      span.formerParent = try jaegerSpanID(&scanner, what: "a parent span id")
      if oddities.count > before { span.record.hasDamagedID = true }
    case .name: span.record.name = try internedString(&scanner, &recording.strings)
    case .references:
      let before = oddities.count
      span.references = try jaegerReferences(&scanner)
      if oddities[before...].contains(where: { $0.code == "bad-id" }) {
        span.record.hasDamagedID = true
      }
    case .start: span.record.start = try jaegerStart(&scanner)
    case .duration: span.duration = try jaegerDuration(&scanner)
    case .processID: span.processKey = try internedString(&scanner, &recording.strings)
    case .process: span.process = try jaegerProcess(&scanner, &recording.strings)
    case .tags:
      // The last of two lists wins.
      recording.attributes.truncate(toSpan: row.index)
      try jaegerTags(&scanner) { parser, scanner, key, value in
        parser.jaegerTag(key, value, scanner, &span)
        parser.keep(key, value, scanner, row: row, into: &recording)
      }
    case .tagObject: try jaegerTagObject(&scanner, &span)
    case .logs: span.record.hasPanic = try hasPanic(&scanner, in: .jaeger)
    case .spans, .processes, .data:
      // A trace in the place of a span: the line before this one lost its end.
      throw JSONError(reason: .unexpected, position: scanner.position)
    default: try scanner.skipValue()
    }
  }
}

/// Reads their ids and references.
extension JSONSpanParser {
  /// An id as text, or as a number (Thrift).
  private mutating func jaegerSpanID(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> SpanID
  {
    scanner.skipSpace()
    switch scanner.current {
    case 0x2D, 0x30...0x39: return SpanID(value: try jaegerWord(&scanner))
    default: return try paddedSpanID(&scanner, what: what)
    }
  }

  private mutating func jaegerWord(_ scanner: inout JSONScanner) throws(JSONError) -> UInt64 {
    UInt64(bitPattern: try integer(&scanner, what: "an id") ?? 0)
  }

  private mutating func jaegerReferences(_ scanner: inout JSONScanner)
    throws(JSONError) -> [JaegerSpan.Reference]
  {
    var references: [JaegerSpan.Reference] = []
    try array(&scanner) { parser, scanner throws(JSONError) in
      var reference = JaegerSpan.Reference()
      var low: UInt64?
      try parser.object(&scanner, of: JaegerKey.self, what: "reference") {
        parser, scanner, key throws(JSONError) in
        switch key {
        case .trace: reference.trace = try parser.paddedTraceID(&scanner)
        case .traceLow: low = try parser.jaegerWord(&scanner)
        case .span: reference.span = try parser.jaegerSpanID(&scanner, what: "a parent span id")
        case .refType:
          if try scanner.acceptNull() { return }
          guard scanner.current == 0x22 else { return try scanner.skipValue() }
          reference.isFollowsFrom = scanner.matches(try scanner.string(), "FOLLOWS_FROM")
        // `span` is a copy of the whole parent, with its own references inside.
        default: try scanner.skipValue()
        }
      }
      if let low { reference.trace = TraceID(high: reference.trace?.high ?? 0, low: low) }
      references.append(reference)
    }
    return references
  }
}
