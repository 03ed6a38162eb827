/// Reads Zipkin JSON: arrays of spans, arrays of such arrays (`/api/v2/traces`), or spans on lines.
///
/// Format: openzipkin/zipkin-api, `zipkin2-api.yaml`; spans of version 1 (`zipkin-api.yaml`) say the
/// same in annotations. The two sides of a call may share one span id
/// (B3): the server's record then says so, and carries the attribute `zipkin.shared`.
typealias ZipkinDecoder = JSONSpanDecoder<SpanListWalk<ZipkinFormat>>

/// The spans of Zipkin.
enum ZipkinFormat: SpanListFormat {
  static let title = "a Zipkin span"
  static let arrayDepth = 2
  static let sharesOutput = false

  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix, inArrays: 2, having: ["traceId", "id"])
  }

  static func isSpanKey(_ key: JSONString, _ scanner: JSONScanner) -> Bool { true }

  static func member(
    _ key: ZipkinKey, _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser,
    _ draft: inout SpanDraft, into recording: inout Recording
  ) throws(JSONError) {
    try parser.zipkinMember(key, &scanner, &draft, &recording)
  }

  static func complete(_ draft: inout SpanDraft, into recording: inout Recording) {
    // A span is not its own parent.
    if draft.record.parent == draft.record.span { draft.record.parent = .none }
    settleMarks(&draft)
    if let duration = draft.duration {
      draft.record.end = draft.record.start.shifted(by: duration)
    }
    if draft.record.isShared { markShared(draft.row, &recording) }
  }

  static func other(of draft: SpanDraft, into recording: inout Recording) -> SpanDraft? {
    let row = SpanIndex(recording.spans.count)
    guard let other = otherSide(of: draft, row: row) else { return nil }
    markShared(row, &recording)
    return other
  }

  private static func markShared(_ row: SpanIndex, _ recording: inout Recording) {
    recording.attributes.append(
      span: row, key: recording.strings.intern(EvidenceAttributeKeys.zipkinShared),
      value: .bool(true))
  }
}

/// The members of a Zipkin span that are read.
enum ZipkinKey: UInt8, NamedMember {
  case other, trace, id, parent, kind, name, start, duration, endpoint, tags, shared, service,
    address, annotations, binaryAnnotations

  static let names: [(StaticString, ZipkinKey)] = [
    ("traceId", .trace), ("id", .id), ("parentId", .parent), ("kind", .kind), ("name", .name),
    ("timestamp", .start), ("duration", .duration), ("localEndpoint", .endpoint), ("tags", .tags),
    ("shared", .shared), ("serviceName", .service), ("ipv4", .address),
    ("annotations", .annotations), ("binaryAnnotations", .binaryAnnotations),
  ]
}

extension JSONSpanParser {
  fileprivate mutating func zipkinMember(
    _ key: ZipkinKey, _ scanner: inout JSONScanner, _ span: inout SpanDraft,
    _ recording: inout Recording
  ) throws(JSONError) {
    switch key {
    case .trace: span.record.trace = try paddedTraceID(&scanner)
    case .id:
      span.isSpan = true
      span.record.span = try paddedSpanID(&scanner, what: "a span id")
    case .parent:
      let before = oddities.count
      span.record.parent = try paddedSpanID(&scanner, what: "a parent span id")
      if oddities.count > before { span.record.hasDamagedID = true }
    case .kind: span.record.kind = try zipkinKind(&scanner)
    case .name:
      let name = try internedString(&scanner, &recording.strings)
      span.record.name =
        recording.strings.bytes(name).elementsEqual("unknown".utf8) ? .empty : name
    case .start:
      let value = try microseconds(&scanner, what: "a timestamp")
      span.record.start = value.map { $0 == 0 ? .unknown : Timestamp($0) } ?? .unknown
    case .duration: span.duration = try microseconds(&scanner, what: "a duration")
    case .endpoint: span.resource = try zipkinEndpoint(&scanner, &recording.strings)
    case .shared:
      if try scanner.acceptNull() { return }
      if let flag = try scanner.acceptBool() {
        span.record.isShared = flag
      } else {
        try scanner.skipValue()
      }
    case .annotations: try zipkinAnnotations(&scanner, &span, &recording.strings)
    case .binaryAnnotations: try zipkinBinaryAnnotations(&scanner, &span, &recording)
    case .tags:
      // The last of two objects wins.
      recording.attributes.truncate(toSpan: span.row.index)
      span.record.status = .unset
      try entries(&scanner) { parser, scanner, key throws(JSONError) in
        guard let value = try parser.plainValue(&scanner) else { return }
        // The tag alone says it, whatever its value.
        if scanner.matches(key, "error") {
          span.record.status = .error
          parser.takeError(value, scanner, &span)
        }
        parser.keep(key, value, scanner, row: span.row, into: &recording)
      }
    default: try scanner.skipValue()
    }
  }

  private mutating func zipkinKind(_ scanner: inout JSONScanner) throws(JSONError) -> SpanKind {
    if try scanner.acceptNull() { return .unspecified }
    let position = scanner.position
    let kinds: [(StaticString, SpanKind)] = [
      ("CLIENT", .client), ("SERVER", .server), ("PRODUCER", .producer), ("CONSUMER", .consumer),
      ("", .unspecified),
    ]
    if scanner.current == 0x22 {
      let token = try scanner.string()
      if let kind = kinds.first(where: { scanner.matches(token, $0.0) }) { return kind.1 }
    } else {
      try scanner.skipValue()
    }
    note("bad-enum", at: position, "a span kind is not known")
    return .unspecified
  }

  mutating func zipkinEndpoint(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> ResourceAttributes
  {
    var endpoint = ResourceAttributes()
    try object(&scanner, of: ZipkinKey.self, what: "endpoint") {
      parser, scanner, key throws(JSONError) in
      switch key {
      case .service: endpoint.set(.service, text: try parser.internedString(&scanner, &strings))
      case .address:
        endpoint.set(.host(rank: 0), text: try parser.internedString(&scanner, &strings))
      default: try scanner.skipValue()
      }
    }
    return endpoint
  }
}
