/// Reads the small objects of OTLP JSON: resources, spans, attributes, links.
///
/// Leniency follows the Collector's own reader: lowerCamel and snake_case keys besides what holds
/// for all.
extension JSONSpanParser {
  private mutating func object(
    _ scanner: inout JSONScanner, what: StaticString,
    _ member: (inout JSONSpanParser, inout JSONScanner, OTLPKey) throws(JSONError) -> Void
  ) throws(JSONError) {
    try object(&scanner, of: OTLPKey.self, what: what, member)
  }

  /// Reads a resource.
  mutating func resource(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> ProcessRecord
  {
    var attributes = ResourceAttributes()
    try object(&scanner, what: "resource") { parser, scanner, key throws(JSONError) in
      guard key == .attributes else { return try scanner.skipValue() }
      try parser.array(&scanner) { parser, scanner throws(JSONError) in
        try parser.resourceAttribute(&scanner, &strings, &attributes)
      }
    }
    return attributes.process
  }

  /// Reads a resource that may be one of those that were read before.
  mutating func knownResource(_ scanner: inout JSONScanner, _ recording: inout Recording)
    throws(JSONError) -> ProcessRecord
  {
    scanner.skipSpace()
    guard takesFastPath, scanner.current == 0x7B else {
      return try resource(&scanner, &recording.strings)
    }
    let start = scanner.position
    if let known = recording.resourceTexts.find(scanner.bytes(start, scanner.end)) {
      scanner.position = start + known.count
      return known.value
    }
    let noted = oddityCount
    let hadNewline = scanner.sawNewline
    scanner.sawNewline = false
    defer { scanner.sawNewline = scanner.sawNewline || hadNewline }
    let record = try resource(&scanner, &recording.strings)
    if oddityCount == noted, !scanner.sawNewline {
      recording.resourceTexts.keep(record, scanner.bytes(start, scanner.position))
    }
    return record
  }

  private mutating func resourceAttribute(
    _ scanner: inout JSONScanner, _ strings: inout StringTable,
    _ attributes: inout ResourceAttributes
  ) throws(JSONError) {
    let (key, value) = try keyValue(&scanner)
    guard let key, let value else { return }
    describe(&attributes, key, value, scanner, &strings)
  }

  /// Reads `{"key": …, "value": {…}}`; nothing is interned yet.
  private mutating func keyValue(_ scanner: inout JSONScanner)
    throws(JSONError) -> (key: JSONString?, value: JSONAttributeValue?)
  {
    var key: JSONString?
    var value: JSONAttributeValue?
    try object(&scanner, what: "attribute") { parser, scanner, member throws(JSONError) in
      switch member {
      case .key:
        if try scanner.acceptNull() { return }
        key = try scanner.string()
      case .value: value = try parser.anyValue(&scanner)
      default: try scanner.skipValue()
      }
    }
    return (key, value)
  }

  private mutating func anyValue(_ scanner: inout JSONScanner) throws(JSONError)
    -> JSONAttributeValue?
  {
    var value: JSONAttributeValue?
    try object(&scanner, what: "value") { parser, scanner, member throws(JSONError) in
      if try scanner.acceptNull() { return }
      let start = scanner.position
      let kind: JSONAttributeValue.Kind =
        switch member {
        case .stringValue: .string
        case .intValue: .integer
        case .doubleValue: .double
        case .boolValue: .bool
        default: .other
        }
      if scanner.current == 0x22 {
        value = JSONAttributeValue(kind: kind, text: try scanner.string())
      } else {
        try scanner.skipValue()
        value = JSONAttributeValue(kind: kind, text: scanner.stretch(start))
      }
    }
    return value
  }

  /// Reads one span into `record`; its kept attributes and links go to the tables under `row`.
  mutating func span(
    _ scanner: inout JSONScanner, row: SpanIndex, into recording: inout Recording
  ) throws(JSONError) -> SpanRecord {
    var record = SpanRecord()
    let start = scanner.position
    try object(&scanner, what: "span") { parser, scanner, key throws(JSONError) in
      try parser.spanMember(key, &scanner, row, &record, &recording)
    }
    check(&record, at: start)
    return record
  }

  /// Reads the value of one member of a span.
  mutating func spanMember(
    _ key: OTLPKey, _ scanner: inout JSONScanner, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) throws(JSONError) {
    switch key {
    case .traceID: record.trace = try traceID(&scanner)
    case .spanID: record.span = try spanID(&scanner, what: "a span id")
    case .parentSpanID:
      let before = oddities.count
      record.parent = try spanID(&scanner, what: "a parent span id")
      if oddities.count > before { record.hasDamagedID = true }
    case .name: record.name = try internedString(&scanner, &recording.strings)
    case .start: record.start = try time(&scanner, what: "a start time")
    case .end: record.end = try time(&scanner, what: "an end time")
    case .kind:
      let value = try enumeration(&scanner, names: Self.kindNames, what: "a span kind")
      record.kind = SpanKind(rawValue: value) ?? .unspecified
    case .status: record.status = try status(&scanner)
    case .flags:
      record.parentLocality = Self.locality(flags: try integer(&scanner, what: "flags") ?? 0)
    case .attributes:
      // The last of two lists wins.
      recording.attributes.truncate(toSpan: row.index)
      try array(&scanner) { parser, scanner throws(JSONError) in
        try parser.spanAttribute(&scanner, row, &recording)
      }
    case .links:
      recording.links.truncate(toSpan: row.index)
      try array(&scanner) { parser, scanner throws(JSONError) in
        try parser.link(&scanner, row, &recording)
      }
    case .traceState: record.datadogParent = try datadogParent(&scanner)
    case .events: record.hasPanic = try hasPanic(&scanner, in: .otlp)
    default: try scanner.skipValue()
    }
  }

  /// OTLP: 0x100 says that 0x200 (the parent came over the wire) means something.
  static func locality(flags: Int64) -> ParentLocality {
    flags & 0x100 == 0 ? .unknown : flags & 0x200 == 0 ? .local : .remote
  }

  private static let kindNames: [StaticString] = [
    "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
  ]
  private static let statusNames: [StaticString] = [
    "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR",
  ]

  private mutating func status(_ scanner: inout JSONScanner) throws(JSONError) -> SpanStatus {
    var status = SpanStatus.unset
    try object(&scanner, what: "status") { parser, scanner, key throws(JSONError) in
      guard key == .code else { return try scanner.skipValue() }
      let value = try parser.enumeration(&scanner, names: Self.statusNames, what: "a status code")
      status = SpanStatus(rawValue: value) ?? .unset
    }
    return status
  }

  /// Reads one attribute of a span.
  mutating func spanAttribute(
    _ scanner: inout JSONScanner, _ row: SpanIndex, _ recording: inout Recording
  ) throws(JSONError) {
    let (key, value) = try keyValue(&scanner)
    guard let key, let value else { return }
    keep(key, value, scanner, row: row, into: &recording)
  }

  private mutating func link(
    _ scanner: inout JSONScanner, _ row: SpanIndex, _ recording: inout Recording
  ) throws(JSONError) {
    var trace = TraceID.zero
    var target = SpanID.none
    try object(&scanner, what: "link") { parser, scanner, key throws(JSONError) in
      switch key {
      case .traceID: trace = try parser.traceID(&scanner)
      case .spanID: target = try parser.spanID(&scanner, what: "the span id of a link")
      default: try scanner.skipValue()
      }
    }
    recording.links.append(span: row, trace: trace, target: target)
  }
}
