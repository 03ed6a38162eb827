/// Reads the small messages of OTLP in protobuf: resources, spans, attributes, links.
///
/// Format: opentelemetry-proto 1.x, `trace.proto`, `resource.proto`, `common.proto`. Unknown fields
/// and known ones of a wrong wire type are passed over. A wrong id or time never costs the span.
struct OTLPProtobufSpans: Sendable {
  /// Something odd that the message survives.
  struct Oddity: Sendable {
    var code: String
    /// Where in the stream.
    var place: UInt64
    var message: String
  }

  /// What turns a position in the bytes into a place in the stream.
  var base: UInt64 = 0

  let keptKeys: KeptKeys
  /// Whether usual spellings are read by methods made for them; the result is the same without.
  let takesFastPath: Bool
  private(set) var oddities: [Oddity] = []
  /// Whether the span read last looks like one: ids of the right length, fields of the right type.
  private(set) var isPlausible = true
  private var spanStart = 0
  /// Whether the kind of the span in progress is known, and whether something about the other side of
  /// a call was passed over because of it.
  var sawKind = false
  var passedPeers = false
  /// What the span in progress says about the other side of a call, and whether it says anything.
  var peer = PeerFacts()
  var hasPeer = false
  var guesses: KeptGuesses
  var recent = TextGuesses()
  /// The keys of attributes that came of late.
  var keys = ProtobufKeys()

  init(keeping keys: [String], takesFastPath: Bool = true) {
    keptKeys = KeptKeys(keys)
    self.takesFastPath = takesFastPath
    guesses = KeptGuesses(keptKeys)
  }

  /// Takes over the guesses and spellings of another reader.
  mutating func learn(from other: Self) {
    guesses = other.guesses
    recent = other.recent
    keys = other.keys
  }

  mutating func takeOddities() -> [Oddity] {
    guard !oddities.isEmpty else { return [] }
    defer { oddities.removeAll() }
    return oddities
  }

  mutating func note(_ code: String, at position: Int, _ message: String) {
    oddities.append(
      Oddity(code: code, place: base &+ UInt64(max(position, 0)), message: message))
  }

  // MARK: Resource

  /// Reads a resource; one that stands twice is merged, as protobuf asks.
  mutating func resource(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ strings: inout StringTable,
    into attributes: inout ResourceAttributes
  ) throws(ProtobufField.Fault) {
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      guard field.number == 1, case .bytes(let pair) = field.content else { return }
      let (key, value) = try keyValue(bytes, pair)
      guard let meaning = Self.meaning(bytes, key) else { return }
      if case .pid = meaning {
        if case .integer(let pid) = value { attributes.setPID(pid) }
      } else if let value, case .string(let text) = kept(value, bytes, &strings) {
        attributes.set(meaning, text: text)
      }
    }
  }

  private static let known = ResourceAttributes.Key.known.map {
    (Array("\($0.key)".utf8), $0.meaning)
  }

  private static func meaning(_ bytes: Span<UInt8>, _ key: Range<Int>) -> ResourceAttributes.Key? {
    let text = bytes.extracting(key)
    for (name, meaning) in known where text.isEqual(to: name) { return meaning }
    return nil
  }

  // MARK: Spans

  /// Reads one span; its kept attributes and links go to the tables under `row`.
  mutating func span(
    _ bytes: Span<UInt8>, _ range: Range<Int>, row: SpanIndex, into recording: inout Recording
  ) throws(ProtobufField.Fault) -> SpanRecord {
    var record = SpanRecord()
    isPlausible = true
    spanStart = range.lowerBound
    beginPeer()
    let noted = oddities.count
    if try !readFast(bytes, range, row, &record, &recording) {
      // Back to where nothing was read of this span.
      isPlausible = true
      oddities.removeLast(oddities.count - noted)
      recording.attributes.truncate(toSpan: row.index)
      recording.links.truncate(toSpan: row.index)
      record = SpanRecord()
      beginPeer()
      try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
        try spanField(field, bytes, row, &record, &recording)
      }
    }
    if record.span.isNone {
      record.hasDamagedID = true
      note("bad-id", at: range.lowerBound, "a span without a valid span id")
    }
    if record.trace == .zero {
      record.hasDamagedID = true
      note("bad-id", at: range.lowerBound, "a span without a valid trace id")
    }
    if record.span.isNone || record.trace == .zero { isPlausible = false }
    if let length = record.end.since(record.start), length < 0 {
      note(
        "end-before-start", at: range.lowerBound,
        "a span ends before it starts; both times are kept")
    }
    if hasPeer { recording.attributes.peers.append(row, record.kind, peer) }
    return record
  }

  private mutating func beginPeer() {
    guard hasPeer else { return }
    hasPeer = false
    peer = PeerFacts()
  }

  /// Reads the fields of a span, usual ones by methods made for them; false if all of them must be read
  /// by the others.
  private mutating func readFast(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) throws(ProtobufField.Fault) -> Bool {
    // Whole words are loaded up to the end of a field.
    guard takesFastPath, range.upperBound + 8 <= bytes.count else { return false }
    sawKind = false
    passedPeers = false
    let end = range.upperBound
    var index = orderedFields(bytes, range.lowerBound, end, &record, &recording.strings)
    if index < end {
      index = fastAttributes(bytes, at: index, end, record, row, &recording)
      index = lastFields(bytes, index, end, &record)
    }
    while index < end {
      if let next = fastField(bytes, at: index, end, row, &record, &recording) {
        index = next
        continue
      }
      var cursor = ByteCursor(index..<end)
      let field = try ProtobufField(&cursor, bytes)
      if field.number == 6 {
        // A second kind may be another one.
        if passedPeers { return false }
        sawKind = true
      }
      try spanField(field, bytes, row, &record, &recording)
      index = cursor.offset
    }
    return true
  }

  private mutating func spanField(
    _ field: ProtobufField, _ bytes: Span<UInt8>, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) throws(ProtobufField.Fault) {
    switch (field.number, field.content) {
    case (1, .bytes(let id)): record.trace = traceID(bytes, id)
    case (2, .bytes(let id)): record.span = spanID(bytes, id, what: "a span id") ?? .none
    case (3, .bytes(let state)):
      if !state.isEmpty { record.datadogParent = TraceState.datadogParent(state.map { bytes[$0] }) }
    case (4, .bytes(let id)):
      let parent = spanID(bytes, id, what: "a parent span id")
      if parent == nil { record.hasDamagedID = true }
      record.parent = parent ?? .none
    case (5, .bytes(let text)): record.name = intern(bytes, text, &recording.strings)
    case (6, .varint(let value)):
      let kind = enumeration(value, count: 6, at: spanStart, what: "a span kind")
      record.kind = SpanKind(rawValue: kind) ?? .unspecified
    case (7, .fixed64(let value)): record.start = time(value, what: "a start time")
    case (8, .fixed64(let value)): record.end = time(value, what: "an end time")
    case (9, .bytes(let pair)): try spanAttribute(bytes, pair, row, &recording)
    case (11, .bytes(let event)):
      if OTLPProtobufEvents.isPanic(bytes, event) { record.hasPanic = true }
    case (13, .bytes(let link)): try spanLink(bytes, link, row, &recording)
    case (15, .bytes(let status)): record.status = try spanStatus(bytes, status)
    case (16, .fixed32(let flags)):
      record.parentLocality = Self.locality(flags: flags)
    case (1, _), (2, _), (3, _), (4, _), (5, _), (6, _), (7, _), (8, _), (9, _), (13, _), (15, _),
      (16, _):
      isPlausible = false
    default: break
    }
  }

  /// OTLP: 0x100 says that 0x200 (the parent came over the wire) means something.
  static func locality(flags: UInt32) -> ParentLocality {
    flags & 0x100 == 0 ? .unknown : flags & 0x200 == 0 ? .local : .remote
  }

  private mutating func enumeration(
    _ value: UInt64, count: UInt64, at position: Int, what: String
  ) -> UInt8 {
    guard value < count else {
      note(
        "bad-enum", at: position, "\(what) \(Int64(truncatingIfNeeded: value)) is not known")
      return 0
    }
    return UInt8(truncatingIfNeeded: value)
  }

  private mutating func time(_ value: UInt64, what: String) -> Timestamp {
    guard value != 0 else { return .unknown }
    guard value <= UInt64(Int64.max) else {
      note("number-overflow", at: spanStart, "\(what) does not fit 64 bits")
      return .unknown
    }
    return Timestamp(Int64(value))
  }

  private mutating func traceID(_ bytes: Span<UInt8>, _ range: Range<Int>) -> TraceID {
    if range.count == 8 {
      note(
        "short-trace-id", at: range.lowerBound, "a trace id of 8 bytes instead of 16: kept as it is"
      )
      return TraceID(high: 0, low: word(bytes, range))
    }
    guard range.count == 16 else {
      note("bad-id", at: range.lowerBound, "a trace id of \(range.count) bytes instead of 16")
      return .zero
    }
    let middle = range.lowerBound + 8
    return TraceID(
      high: word(bytes, range.lowerBound..<middle), low: word(bytes, middle..<range.upperBound))
  }

  /// Nil for what is no id; `none` for an empty one.
  private mutating func spanID(
    _ bytes: Span<UInt8>, _ range: Range<Int>, what: String
  ) -> SpanID? {
    if range.isEmpty { return SpanID.none }
    guard range.count == 8 else {
      note("bad-id", at: range.lowerBound, "\(what) of \(range.count) bytes instead of 8")
      return nil
    }
    return SpanID(value: word(bytes, range))
  }

  private func word(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var value: UInt64 = 0
    for index in range { value = value << 8 | UInt64(bytes[index]) }
    return value
  }

  private mutating func spanStatus(_ bytes: Span<UInt8>, _ range: Range<Int>)
    throws(ProtobufField.Fault) -> SpanStatus
  {
    var status = SpanStatus.unset
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      // Field 1 was the code in early versions and is reserved.
      guard field.number == 3, case .varint(let value) = field.content else { return }
      let code = enumeration(value, count: 3, at: range.lowerBound, what: "a status code")
      status = SpanStatus(rawValue: code) ?? .unset
    }
    return status
  }

  private mutating func spanLink(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ row: SpanIndex, _ recording: inout Recording
  ) throws(ProtobufField.Fault) {
    var trace = TraceID.zero
    var target = SpanID.none
    try ProtobufField.each(in: range, of: bytes) { field throws(ProtobufField.Fault) in
      switch (field.number, field.content) {
      case (1, .bytes(let id)): trace = traceID(bytes, id)
      case (2, .bytes(let id)):
        target = spanID(bytes, id, what: "the span id of a link") ?? .none
      default: break
      }
    }
    recording.links.append(span: row, trace: trace, target: target)
  }

  private mutating func spanAttribute(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ row: SpanIndex, _ recording: inout Recording
  ) throws(ProtobufField.Fault) {
    let (key, value) = try keyValue(bytes, range)
    guard let value, let use = keptKeys.use(of: bytes.extracting(key)) else { return }
    if let field = use.peer { takePeer(field, value, bytes) }
    guard use.isKept else { return }
    let keyID = intern(bytes, key, &recording.strings)
    recording.attributes.append(
      span: row, key: keyID, value: kept(value, bytes, &recording.strings))
  }
}
