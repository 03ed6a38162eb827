/// Reads the small objects of OTLP JSON: resources, spans, attributes, links.
///
/// Leniency follows the Collector's own reader: lowerCamel and snake_case keys, numbers or strings
/// for all integers, names or numbers for enumerations, `null` for absent, unknown members skipped.
/// A wrong id or time never costs the span: the field stays unset and a diagnostic names it.
struct OTLPSpanParser: Sendable {
  /// Something odd in one object that the object survives.
  struct Oddity: Sendable {
    var code: String
    var severity: Severity
    var position: Int
    var message: String
  }

  private let keptKeys: [[UInt8]]
  /// Bit n: a kept key has n bytes. Most keys are dismissed by this alone.
  private let keptLengths: UInt64
  var text: [UInt8] = []
  private(set) var oddities: [Oddity] = []

  init(keeping keys: [String]) {
    keptKeys = keys.map { Array($0.utf8) }
    keptLengths = keptKeys.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
  }

  mutating func takeOddities() -> [Oddity] {
    defer { oddities.removeAll() }
    return oddities
  }

  mutating func dropOddities() { oddities.removeAll() }

  mutating func note(_ code: String, at position: Int, _ message: String) {
    oddities.append(
      Oddity(code: code, severity: .warning, position: position, message: message))
  }

  // MARK: Members

  /// Reads the members of an object; `member` reads the value behind each key. A key that comes
  /// twice is noted: the last one wins.
  mutating func object(
    _ scanner: inout JSONScanner, what: StaticString,
    _ member: (inout OTLPSpanParser, inout JSONScanner, OTLPKey) throws(JSONError) -> Void
  ) throws(JSONError) {
    if try scanner.acceptNull() { return }
    try scanner.expect(0x7B)
    if scanner.accept(0x7D) { return }
    var seen: UInt32 = 0
    repeat {
      let token = try scanner.key()
      let key = identify(token, scanner)
      if key != .other {
        if seen & 1 << UInt32(key.rawValue) != 0 {
          note(
            "duplicate-key", at: token.start, "a key stands twice in one \(what); the last one wins"
          )
        }
        seen |= 1 << UInt32(key.rawValue)
      }
      try member(&self, &scanner, key)
    } while try scanner.more(0x7D)
  }

  /// The member that a key names; a key with escapes is resolved first.
  mutating func identify(_ token: JSONString, _ scanner: JSONScanner) -> OTLPKey {
    guard token.hasEscapes else { return OTLPKey(token, scanner) }
    scanner.text(token, into: &text)
    let block = ByteBlock(text)
    return block.withScanner { copy in
      OTLPKey(JSONString(start: 0, end: block.end, hasEscapes: false, isValidUTF8: true), copy)
    }
  }

  mutating func array(
    _ scanner: inout JSONScanner,
    _ element: (inout OTLPSpanParser, inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    if try scanner.acceptNull() { return }
    try scanner.expect(0x5B)
    if scanner.accept(0x5D) { return }
    repeat {
      try element(&self, &scanner)
    } while try scanner.more(0x5D)
  }

  // MARK: Objects

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

  private mutating func resourceAttribute(
    _ scanner: inout JSONScanner, _ strings: inout StringTable,
    _ attributes: inout ResourceAttributes
  ) throws(JSONError) {
    let (key, value) = try keyValue(&scanner)
    guard let key, let value else { return }
    guard
      let known = ResourceAttributes.Key.known.first(where: { scanner.matches(key, $0.key) })
    else { return }
    if case .pid = known.meaning {
      if case .value(let pid) = JSONInteger(scanner.bytes(value.text.start, value.text.end)) {
        attributes.setPID(pid)
      }
      return
    }
    attributes.set(known.meaning, text: intern(value.text, scanner, &strings))
  }

  /// Where an attribute's value stands, and what it is.
  private struct RawValue {
    enum Kind { case string, integer, double, bool, other }
    var kind: Kind
    var text: JSONString
  }

  /// Reads `{"key": …, "value": {…}}`; nothing is interned yet.
  private mutating func keyValue(_ scanner: inout JSONScanner)
    throws(JSONError) -> (key: JSONString?, value: RawValue?)
  {
    var key: JSONString?
    var value: RawValue?
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

  private mutating func anyValue(_ scanner: inout JSONScanner) throws(JSONError) -> RawValue? {
    var value: RawValue?
    try object(&scanner, what: "value") { parser, scanner, member throws(JSONError) in
      if try scanner.acceptNull() { return }
      let start = scanner.position
      let kind: RawValue.Kind =
        switch member {
        case .stringValue: .string
        case .intValue: .integer
        case .doubleValue: .double
        case .boolValue: .bool
        default: .other
        }
      if scanner.current == 0x22 {
        value = RawValue(kind: kind, text: try scanner.string())
      } else {
        try scanner.skipValue()
        let text = JSONString(
          start: start, end: scanner.position, hasEscapes: false,
          isValidUTF8: scanner.isUTF8(start, scanner.position))
        value = RawValue(kind: kind, text: text)
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
    if record.span.isNone {
      record.hasDamagedID = true
      note("bad-id", at: start, "a span without a valid span id")
    }
    if record.trace == .zero {
      record.hasDamagedID = true
      note("bad-id", at: start, "a span without a valid trace id")
    }
    if let length = record.end.since(record.start), length < 0 {
      note("end-before-start", at: start, "a span ends before it starts; both times are kept")
    }
    return record
  }

  private mutating func spanMember(
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
      let flags = try integer(&scanner, what: "flags") ?? 0
      // OTLP: 0x100 says that 0x200 (the parent came over the wire) means something.
      record.parentLocality = flags & 0x100 == 0 ? .unknown : flags & 0x200 == 0 ? .local : .remote
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
    default: try scanner.skipValue()
    }
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

  private mutating func spanAttribute(
    _ scanner: inout JSONScanner, _ row: SpanIndex, _ recording: inout Recording
  ) throws(JSONError) {
    let (key, value) = try keyValue(&scanner)
    guard let key, let value, keeps(key, scanner) else { return }
    let keyID = intern(key, scanner, &recording.strings)
    let kept: AttributeValue
    let bytes = scanner.bytes(value.text.start, value.text.end)
    switch value.kind {
    case .integer:
      guard case .value(let number) = JSONInteger(bytes) else {
        note("bad-number", at: value.text.start, "an intValue is no 64-bit number")
        return
      }
      kept = .integer(number)
    case .bool: kept = .bool(scanner.matches(value.text, "true"))
    case .double:
      let text = String(decoding: bytes, as: UTF8.self)
      kept =
        Double(text).map { .double($0) } ?? .string(intern(value.text, scanner, &recording.strings))
    case .string, .other: kept = .string(intern(value.text, scanner, &recording.strings))
    }
    recording.attributes.append(span: row, key: keyID, value: kept)
  }

  private mutating func keeps(_ key: JSONString, _ scanner: JSONScanner) -> Bool {
    if key.hasEscapes {
      scanner.text(key, into: &text)
      return keptKeys.contains(text)
    }
    guard keptLengths & 1 << UInt64(min(key.count, 63)) != 0 else { return false }
    let bytes = scanner.bytes(key.start, key.end)
    return keptKeys.contains { $0.count == bytes.count && bytes.elementsEqual($0) }
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
