/// One of the annotations that say, in version 1 of Zipkin's format, when a side of a call began or
/// ended.
struct ZipkinMark: Sendable {
  enum Moment: UInt8, Sendable, CaseIterable {
    case clientSend, clientReceive, serverReceive, serverSend, messageSend, messageReceive

    /// The values of the annotations, two bytes each.
    static let names: [(StaticString, Moment)] = [
      ("cs", .clientSend), ("cr", .clientReceive), ("sr", .serverReceive), ("ss", .serverSend),
      ("ms", .messageSend), ("mr", .messageReceive),
    ]

    var kind: SpanKind {
      switch self {
      case .clientSend, .clientReceive: .client
      case .serverReceive, .serverSend: .server
      case .messageSend: .producer
      case .messageReceive: .consumer
      }
    }
  }

  var moment: Moment
  var time: Timestamp
  var endpoint: ResourceAttributes
}

/// What a span of version 1 says of itself, where version 2 has members of its own: the kind, the
/// service and the times stand in its annotations, and one object may hold both sides of a call.
///
/// Source: `zipkin2.v1.V1SpanConverter` of openzipkin/zipkin.
extension ZipkinFormat {
  /// Gives a span of version 1 what its annotations say.
  static func settleMarks(_ draft: inout SpanDraft) {
    guard let first = draft.marks.min(by: { $0.moment.rawValue < $1.moment.rawValue }) else {
      return
    }
    draft.record.kind = first.moment.kind
    draft.resource = first.endpoint
    let hasStart = draft.record.start.isKnown
    switch draft.record.kind {
    case .client: span(&draft, .clientSend, .clientReceive)
    case .server:
      span(&draft, .serverReceive, .serverSend)
      // The side that began a span gives it its time; the other one joins it.
      if !hasStart, has(draft, .serverReceive), has(draft, .serverSend) {
        draft.record.isShared = true
      }
    default: span(&draft, first.moment, first.moment)
    }
  }

  /// The server's side of a call of which one object holds both sides.
  static func otherSide(of draft: SpanDraft, row: SpanIndex) -> SpanDraft? {
    guard draft.record.kind == .client,
      let mark = draft.marks.first(where: { $0.moment.kind == .server })
    else { return nil }
    var other = SpanDraft(row: row)
    other.marks = draft.marks
    other.record = draft.record
    other.record.kind = .server
    other.record.isShared = true
    other.record.start = .unknown
    other.record.end = .unknown
    other.resource = mark.endpoint
    span(&other, .serverReceive, .serverSend)
    return other
  }

  /// Sets the times that are not stated from two moments. Without a duration a span that only began
  /// is open.
  private static func span(
    _ draft: inout SpanDraft, _ first: ZipkinMark.Moment, _ last: ZipkinMark.Moment
  ) {
    let begin = time(draft, first)
    if !draft.record.start.isKnown { draft.record.start = begin }
    guard draft.duration == nil, first != last else { return }
    draft.record.end = time(draft, last)
  }

  private static func time(_ draft: SpanDraft, _ moment: ZipkinMark.Moment) -> Timestamp {
    draft.marks.first { $0.moment == moment }?.time ?? .unknown
  }

  private static func has(_ draft: SpanDraft, _ moment: ZipkinMark.Moment) -> Bool {
    draft.marks.contains { $0.moment == moment }
  }
}

/// The members of an annotation, plain or binary.
enum ZipkinAnnotationKey: UInt8, NamedMember {
  case other, time, value, key, endpoint

  static let names: [(StaticString, ZipkinAnnotationKey)] = [
    ("timestamp", .time), ("value", .value), ("key", .key), ("endpoint", .endpoint),
  ]
}

extension JSONSpanParser {
  /// Reads the annotations of a span: marks of version 1, and panics of any version.
  mutating func zipkinAnnotations(
    _ scanner: inout JSONScanner, _ span: inout SpanDraft, _ strings: inout StringTable
  ) throws(JSONError) {
    span.marks = []
    try objects(&scanner) { parser, scanner throws(JSONError) in
      try parser.zipkinAnnotation(&scanner, &span, &strings)
    }
  }

  private mutating func zipkinAnnotation(
    _ scanner: inout JSONScanner, _ span: inout SpanDraft, _ strings: inout StringTable
  ) throws(JSONError) {
    var moment: ZipkinMark.Moment?
    var time: Timestamp?
    var endpoint: ResourceAttributes?
    try object(&scanner, of: ZipkinAnnotationKey.self, what: "annotation") {
      parser, scanner, key throws(JSONError) in
      scanner.skipSpace()
      switch key {
      case .time:
        time = try parser.microseconds(&scanner, what: "a timestamp").map { Timestamp($0) }
      case .value where scanner.current == 0x22:
        let token = try scanner.string()
        moment = ZipkinMark.Moment.names.first { scanner.matches(token, $0.0) }?.1
        guard moment == nil else { return }
        scanner.text(token, into: &parser.text)
        if ZipkinAnnotation.isPanic(parser.text) { span.record.hasPanic = true }
      case .endpoint: endpoint = try parser.zipkinEndpoint(&scanner, &strings)
      default: try scanner.skipValue()
      }
    }
    // Without an endpoint it is a remark of version 2 that happens to be two letters.
    guard let moment, let time, let endpoint, !span.marks.contains(where: { $0.moment == moment })
    else { return }
    span.marks.append(ZipkinMark(moment: moment, time: time, endpoint: endpoint))
  }

  /// Reads the tags of a span of version 1; `lc` names the service of a span that is no call.
  mutating func zipkinBinaryAnnotations(
    _ scanner: inout JSONScanner, _ span: inout SpanDraft, _ recording: inout Recording
  ) throws(JSONError) {
    try objects(&scanner) { parser, scanner throws(JSONError) in
      try parser.zipkinBinaryAnnotation(&scanner, &span, &recording)
    }
  }

  private mutating func zipkinBinaryAnnotation(
    _ scanner: inout JSONScanner, _ span: inout SpanDraft, _ recording: inout Recording
  ) throws(JSONError) {
    var name: JSONString?
    var value: JSONAttributeValue?
    var endpoint: ResourceAttributes?
    try object(&scanner, of: ZipkinAnnotationKey.self, what: "binary annotation") {
      parser, scanner, key throws(JSONError) in
      scanner.skipSpace()
      switch key {
      case .key where scanner.current == 0x22: name = try scanner.string()
      case .value: value = try parser.plainValue(&scanner)
      case .endpoint: endpoint = try parser.zipkinEndpoint(&scanner, &recording.strings)
      default: try scanner.skipValue()
      }
    }
    guard let name else { return }
    // The addresses of the two sides, not of this span.
    if scanner.matches(name, "ca") || scanner.matches(name, "sa") { return }
    if let endpoint, span.resource.process == ProcessRecord() || scanner.matches(name, "lc") {
      span.resource = endpoint
    }
    guard let value else { return }
    if scanner.matches(name, "error") {
      span.record.status = .error
      takeError(value, scanner, &span)
    }
    keep(name, value, scanner, row: span.row, into: &recording)
  }
}
