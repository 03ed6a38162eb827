/// The members of Jaeger's JSON that are read: the answers of its query service, its domain model as
/// protobuf JSON, its Thrift model, and documents of its Elasticsearch storage.
enum JaegerKey: UInt8, NamedMember {
  case other
  // What stands around spans.
  case data, spans, processes, source
  // Spans, references.
  case trace, traceLow, traceHigh, span, parent, name, references, start, duration, tags, tagObject
  case processID, process, refType, logs
  // Processes and tags.
  case service, key, type, value

  static let names: [(StaticString, JaegerKey)] = [
    ("traceID", .trace), ("spanID", .span), ("operationName", .name),
    ("references", .references), ("startTime", .start), ("duration", .duration), ("tags", .tags),
    ("processID", .processID), ("process", .process), ("key", .key), ("type", .type),
    ("value", .value), ("refType", .refType), ("serviceName", .service), ("spans", .spans),
    ("processes", .processes), ("data", .data), ("parentSpanID", .parent), ("traceId", .trace),
    ("spanId", .span), ("parentSpanId", .parent), ("processId", .processID), ("vType", .type),
    ("vStr", .value), ("vBool", .value), ("vInt64", .value), ("vLong", .value),
    ("vFloat64", .value), ("vDouble", .value), ("vBinary", .value), ("traceIdLow", .traceLow),
    ("traceIdHigh", .traceHigh), ("tag", .tagObject), ("_source", .source),
    ("logs", .logs),
  ]
}

/// A Jaeger span while it is read.
struct JaegerSpan: Sendable {
  struct Reference: Sendable {
    var trace: TraceID?
    var span = SpanID.none
    var isFollowsFrom = false
  }

  var record = SpanRecord()
  var references: [Reference] = []
  var formerParent = SpanID.none
  var duration: Int64?
  var hasError = false
  var statusCode: SpanStatus?
  var processKey = StringID.empty
  var process: ProcessRecord?
  /// Whether it carries an id, and so is a span at all.
  var hasID = false

  /// Picks the parent among the references, and gives the others: a link may stand for a parent.
  mutating func resolve() -> [Reference] {
    let own = record.trace
    let isHere = { (reference: Reference) in
      (reference.trace ?? own) == own && !reference.span.isNone
    }
    let chosen =
      references.firstIndex { !$0.isFollowsFrom && isHere($0) }
      ?? references.firstIndex(where: isHere)
    guard let chosen else {
      record.parent = formerParent
      return references
    }
    record.parent = references[chosen].span
    record.followsParent = references[chosen].isFollowsFrom
    var rest = references
    rest.remove(at: chosen)
    return rest
  }

  mutating func close() {
    record.status = statusCode ?? (hasError ? .error : .unset)
    if let duration { record.end = record.start.shifted(by: duration) }
  }
}

/// Reads the small objects of Jaeger's JSON.
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

  // MARK: Ids

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

  // MARK: Times

  /// Microseconds, or an RFC 3339 time (domain model).
  private mutating func jaegerStart(_ scanner: inout JSONScanner) throws(JSONError) -> Timestamp {
    scanner.skipSpace()
    var ahead = scanner
    if ahead.current == 0x22, try ahead.string().count >= 20 {
      return try calendarTime(&scanner, what: "a start time")
    }
    guard let value = try microseconds(&scanner, what: "a start time"), value != 0 else {
      return .unknown
    }
    return Timestamp(value)
  }

  /// Microseconds, or text with a unit (domain model): `22938000ns`, `0.022938s`.
  private mutating func jaegerDuration(_ scanner: inout JSONScanner) throws(JSONError) -> Int64? {
    scanner.skipSpace()
    var ahead = scanner
    guard ahead.current == 0x22 else { return try microseconds(&scanner, what: "a duration") }
    let token = try ahead.string()
    guard token.count > 0, scanner.holds(0x73, at: token.end - 1) else {
      return try microseconds(&scanner, what: "a duration")
    }
    scanner = ahead
    let isNano = token.count > 2 && scanner.holds(0x6E, at: token.end - 2)
    let digits = scanner.bytes(token.start, token.end - (isNano ? 2 : 1))
    if let value = isNano ? Self.whole(digits) : Self.seconds(digits) { return value }
    note("bad-time", at: token.start, "a duration is no time")
    return nil
  }

  private static func whole(_ text: ByteView) -> Int64? {
    guard case .value(let value) = JSONInteger(text), value >= 0 else { return nil }
    return value
  }

  /// Decimal seconds as nanoseconds; digits beyond those are cut.
  private static func seconds(_ text: ByteView) -> Int64? {
    var value: Int64 = 0
    var scale = -1
    for index in 0..<text.count {
      if text[index] == 0x2E, scale < 0 {
        scale = 0
        continue
      }
      guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
      if scale == 9 { continue }
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(text[index] - 0x30))
      if first || second { return nil }
      value = sum
      if scale >= 0 { scale += 1 }
    }
    for _ in max(scale, 0)..<9 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    return text.count > 0 ? value : nil
  }

  // MARK: Processes and tags

  /// What the tags of a process say besides the names of OpenTelemetry.
  private static let jaegerProcessTags =
    ResourceAttributes.Key.known + [
      ("hostname", .host(rank: 2)), ("ip", .host(rank: 0)), ("client-uuid", .instance(rank: 1)),
      ("pid", .pid),
    ]

  mutating func jaegerProcess(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> ProcessRecord
  {
    var attributes = ResourceAttributes()
    var service = StringID.empty
    try object(&scanner, of: JaegerKey.self, what: "process") {
      parser, scanner, key throws(JSONError) in
      switch key {
      case .service: service = try parser.internedString(&scanner, &strings)
      case .tags:
        attributes = ResourceAttributes()
        try parser.jaegerTags(&scanner) { parser, scanner, key, value in
          parser.describe(
            &attributes, key, value, scanner, &strings, known: Self.jaegerProcessTags)
        }
      default: try scanner.skipValue()
      }
    }
    if service != .empty { attributes.set(.service, text: service) }
    return attributes.process
  }

  /// Reads `[{"key": …, "type": …, "value": …}]`, in the spellings of all models.
  private mutating func jaegerTags(
    _ scanner: inout JSONScanner,
    _ take: (inout JSONSpanParser, JSONScanner, JSONString, JSONAttributeValue) -> Void
  ) throws(JSONError) {
    try array(&scanner) { parser, scanner throws(JSONError) in
      var key: JSONString?
      var value: JSONAttributeValue?
      var kind: JSONAttributeValue.Kind?
      try parser.object(&scanner, of: JaegerKey.self, what: "tag") {
        parser, scanner, member throws(JSONError) in
        switch member {
        case .key:
          if try scanner.acceptNull() { return }
          key = try scanner.string()
        case .type: kind = try parser.jaegerType(&scanner)
        case .value: value = try parser.plainValue(&scanner)
        default: try scanner.skipValue()
        }
      }
      guard let key, var value else { return }
      if let kind { value.kind = kind }
      take(&parser, scanner, key, value)
    }
  }

  /// Large integers, and all values of an Elasticsearch document, are strings: the type tells.
  private mutating func jaegerType(_ scanner: inout JSONScanner)
    throws(JSONError) -> JSONAttributeValue.Kind?
  {
    if try scanner.acceptNull() { return nil }
    guard scanner.current == 0x22 else {
      try scanner.skipValue()
      return nil
    }
    let token = try scanner.string()
    let names: [(StaticString, JSONAttributeValue.Kind)] = [
      ("string", .string), ("STRING", .string), ("bool", .bool), ("BOOL", .bool),
      ("int64", .integer), ("INT64", .integer), ("LONG", .integer), ("float64", .double),
      ("FLOAT64", .double), ("DOUBLE", .double),
    ]
    return names.first { scanner.matches(token, $0.0) }?.1
  }

  private func jaegerTag(
    _ key: JSONString, _ value: JSONAttributeValue, _ scanner: JSONScanner,
    _ span: inout JaegerSpan
  ) {
    if scanner.matches(key, "span.kind") || scanner.matches(key, "span@kind") {
      let kinds: [(StaticString, SpanKind)] = [
        ("server", .server), ("client", .client), ("producer", .producer),
        ("consumer", .consumer), ("internal", .internal),
      ]
      if let kind = kinds.first(where: { scanner.matches(value.text, $0.0) }) {
        span.record.kind = kind.1
      }
    } else if scanner.matches(key, "error") {
      span.hasError = scanner.matches(value.text, "true")
    } else if scanner.matches(key, "otel.status_code")
      || scanner.matches(key, "otel@status_code")
    {
      if scanner.matches(value.text, "ERROR") { span.statusCode = .error }
      if scanner.matches(value.text, "OK") { span.statusCode = .ok }
    }
  }

  /// Tags as one object, dots spelled `@` (Elasticsearch).
  private mutating func jaegerTagObject(_ scanner: inout JSONScanner, _ span: inout JaegerSpan)
    throws(JSONError)
  {
    try entries(&scanner) { parser, scanner, key throws(JSONError) in
      if let value = try parser.plainValue(&scanner) {
        parser.jaegerTag(key, value, scanner, &span)
      }
    }
  }
}
