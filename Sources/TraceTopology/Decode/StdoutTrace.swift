/// Reads what Go's `stdouttrace` exporter prints: spans as `tracetest.SpanStub` in JSON, one object
/// after another, compact or indented, or (before v1.0.1) arrays of them; between them whatever else
/// the program prints.
///
/// Format: opentelemetry-go, `exporters/stdout/stdouttrace` and `sdk/trace/tracetest`.
typealias StdoutTraceDecoder = JSONSpanDecoder<SpanListWalk<StdoutTraceFormat>>

/// The spans of `stdouttrace`.
enum StdoutTraceFormat: SpanListFormat {
  static let title = "a stdouttrace span"
  static let arrayDepth = 1
  static let sharesOutput = true

  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix, inArrays: 1, having: ["SpanContext", "Name"])
  }

  static func isSpanKey(_ key: JSONString, _ scanner: JSONScanner) -> Bool {
    switch SpanStubKey(key, scanner) {
    case .name, .context, .parent, .kind, .start, .end, .attributes, .children, .links, .resource:
      true
    default: false
    }
  }

  static func member(
    _ key: SpanStubKey, _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser,
    _ draft: inout SpanDraft, into recording: inout Recording
  ) throws(JSONError) {
    try parser.stubMember(key, &scanner, &draft, &recording)
  }

  static func complete(_ draft: inout SpanDraft, into recording: inout Recording) {
    guard let children = draft.children else { return }
    recording.attributes.append(
      span: draft.row, key: recording.strings.intern(EvidenceAttributeKeys.childSpanCount),
      value: .integer(children))
  }
}

/// The members of a `SpanStub` that are read.
enum SpanStubKey: UInt8, NamedMember {
  case other, name, context, parent, kind, start, end, attributes, links, status, children, resource
  case events
  case trace, span, remote, key, value, type, code, state

  static let names: [(StaticString, SpanStubKey)] = [
    ("Name", .name), ("SpanContext", .context), ("Parent", .parent), ("SpanKind", .kind),
    ("StartTime", .start), ("EndTime", .end), ("Attributes", .attributes), ("Links", .links),
    ("Status", .status), ("ChildSpanCount", .children), ("Resource", .resource),
    ("TraceID", .trace), ("SpanID", .span), ("Remote", .remote),
    ("TraceState", .state), ("Key", .key), ("Value", .value),
    ("Type", .type), ("Code", .code), ("Events", .events),
  ]
}

extension JSONSpanParser {
  fileprivate mutating func stubMember(
    _ key: SpanStubKey, _ scanner: inout JSONScanner, _ stub: inout SpanDraft,
    _ recording: inout Recording
  ) throws(JSONError) {
    switch key {
    case .name: stub.record.name = try internedString(&scanner, &recording.strings)
    case .context:
      stub.isSpan = true
      let context = try stubContext(&scanner, what: "a span id")
      stub.record.trace = context.trace
      stub.record.span = context.span
      stub.record.datadogParent = context.datadogParent
    case .parent: try stubParent(&scanner, &stub.record)
    case .kind:
      let value = try enumeration(&scanner, names: Self.stubKinds, what: "a span kind")
      stub.record.kind = SpanKind(rawValue: value) ?? .unspecified
    case .start: stub.record.start = try calendarTime(&scanner, what: "a start time")
    case .end: stub.record.end = try calendarTime(&scanner, what: "an end time")
    case .status: stub.record.status = try stubStatus(&scanner)
    case .events: stub.record.hasPanic = try hasPanic(&scanner, in: .stub)
    case .children: stub.children = try integer(&scanner, what: "a child span count")
    case .attributes:
      // The last of two lists wins.
      recording.attributes.truncate(toSpan: stub.row.index)
      try stubAttributes(&scanner) { parser, scanner, key, value in
        parser.keep(key, value, scanner, row: stub.row, into: &recording)
      }
    case .resource:
      var resource = ResourceAttributes()
      try stubAttributes(&scanner) { parser, scanner, key, value in
        parser.describe(&resource, key, value, scanner, &recording.strings)
      }
      stub.resource = resource
    case .links:
      recording.links.truncate(toSpan: stub.row.index)
      try array(&scanner) { parser, scanner throws(JSONError) in
        let link = try parser.stubLink(&scanner)
        recording.links.append(span: stub.row, trace: link.trace, target: link.span)
      }
    default: try scanner.skipValue()
    }
  }

  private static let stubKinds: [StaticString] = [
    "unspecified", "internal", "server", "client", "producer", "consumer",
  ]

  private struct StubContext {
    var trace = TraceID.zero
    var span = SpanID.none
    var isRemote = false
    var datadogParent = SpanID.none
  }

  private mutating func stubContext(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> StubContext
  {
    var context = StubContext()
    try object(&scanner, of: SpanStubKey.self, what: "span context") {
      parser, scanner, key throws(JSONError) in
      switch key {
      case .trace: context.trace = try parser.traceID(&scanner)
      case .span: context.span = try parser.spanID(&scanner, what: what)
      case .state: context.datadogParent = try parser.datadogParent(&scanner)
      case .remote:
        if try scanner.acceptNull() { return }
        if let flag = try scanner.acceptBool() {
          context.isRemote = flag
        } else {
          try scanner.skipValue()
        }
      default: try scanner.skipValue()
      }
    }
    return context
  }

  private mutating func stubParent(_ scanner: inout JSONScanner, _ record: inout SpanRecord)
    throws(JSONError)
  {
    let before = oddities.count
    let parent = try stubContext(&scanner, what: "a parent span id")
    if oddities[before...].contains(where: { $0.code == "bad-id" }) { record.hasDamagedID = true }
    record.parent = parent.span
    record.parentLocality = parent.span.isNone ? .unknown : parent.isRemote ? .remote : .local
  }

  private mutating func stubLink(_ scanner: inout JSONScanner) throws(JSONError) -> StubContext {
    var context = StubContext()
    try object(&scanner, of: SpanStubKey.self, what: "link") {
      parser, scanner, key throws(JSONError) in
      guard key == .context else { return try scanner.skipValue() }
      context = try parser.stubContext(&scanner, what: "the span id of a link")
    }
    return context
  }

  /// Go numbers the codes unlike OTLP: 1 is an error, 2 is fine.
  private mutating func stubStatus(_ scanner: inout JSONScanner) throws(JSONError) -> SpanStatus {
    var status = SpanStatus.unset
    try object(&scanner, of: SpanStubKey.self, what: "status") {
      parser, scanner, key throws(JSONError) in
      guard key == .code else { return try scanner.skipValue() }
      let names: [StaticString] = ["Unset", "Error", "Ok"]
      let codes: [SpanStatus] = [.unset, .error, .ok]
      let value = try parser.enumeration(&scanner, names: names, what: "a status code")
      status = codes[Int(min(value, 2))]
    }
    return status
  }

  /// Reads `[{"Key": …, "Value": {"Type": …, "Value": …}}]`.
  private mutating func stubAttributes(
    _ scanner: inout JSONScanner,
    _ take: (inout JSONSpanParser, JSONScanner, JSONString, JSONAttributeValue) -> Void
  ) throws(JSONError) {
    try array(&scanner) { parser, scanner throws(JSONError) in
      var key: JSONString?
      var value: JSONAttributeValue?
      try parser.object(&scanner, of: SpanStubKey.self, what: "attribute") {
        parser, scanner, member throws(JSONError) in
        switch member {
        case .key:
          if try scanner.acceptNull() { return }
          key = try scanner.string()
        case .value: value = try parser.stubValue(&scanner)
        default: try scanner.skipValue()
        }
      }
      if let key, let value { take(&parser, scanner, key, value) }
    }
  }

  private mutating func stubValue(_ scanner: inout JSONScanner)
    throws(JSONError) -> JSONAttributeValue?
  {
    var value: JSONAttributeValue?
    var isFloat = false
    try object(&scanner, of: SpanStubKey.self, what: "value") {
      parser, scanner, member throws(JSONError) in
      switch member {
      case .value: value = try parser.plainValue(&scanner)
      case .type:
        if try scanner.acceptNull() { return }
        isFloat = scanner.matches(try scanner.string(), "FLOAT64")
      default: try scanner.skipValue()
      }
    }
    // Go prints the float 3 as `3`.
    if isFloat, value?.kind == .integer { value?.kind = .double }
    return value
  }
}
