/// Whether messages stand alone or each behind its length.
protocol OTLPFraming: Sendable {
  static var isFramed: Bool { get }
}

/// One message is the whole input.
enum OTLPBare: OTLPFraming {
  static let isFramed = false
}

/// Each message stands behind its length: 32 bits, most significant byte first (the Collector's file
/// exporter with `format: proto`).
enum OTLPLengthPrefixed: OTLPFraming {
  static let isFramed = true
}

/// Reads OTLP in protobuf: `TracesData` or `ExportTraceServiceRequest`, which are the same bytes.
///
/// Bare messages put one after another are one message to protobuf, so that works as well.
struct OTLPProtobufDecoder<Framing: OTLPFraming>: RecordDecoder {
  private let path: String
  private var spans: OTLPProtobufSpans
  private var pending = PendingBytes()
  private var walk = OTLPProtobufWalk(isFramed: Framing.isFramed)

  init(setting: DecodeSetting) {
    path = setting.path
    spans = OTLPProtobufSpans(
      keeping: EvidenceAttributeKeys.all + setting.attributes, takesFastPath: setting.takesFastPath)
  }

  static var resumesAfterGap: Bool { Framing.isFramed }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    guard pending.join(&block) else { return }
    let used = run(block, &recording)
    pending.keep(block, from: used)
  }

  /// A message begins behind the missing bytes, or nothing that can be told apart.
  mutating func gap(into recording: inout Recording) {
    endStretch(isCut: true, &recording)
    if !walk.hasEnded { walk = OTLPProtobufWalk(isFramed: Framing.isFramed) }
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    endStretch(isCut: isCut, &recording)
    if !recording.inputs.isEmpty { recording.inputs[0].records = recording.spans.count }
  }

  private mutating func endStretch(isCut: Bool, _ recording: inout Recording) {
    let block = pending.last()
    let used = run(block, &recording)
    // A line feed behind the message is the exporter's, which takes it for a line of JSON.
    let isLineFeed = block.end - used == 1 && block.bytes[used] == 0x0A && !Framing.isFramed
    let isOpen = walk.isInsideValue || (used < block.end && !isLineFeed)
    if isOpen {
      recording.diagnostics.report(
        "truncated-input", .error, input: path, offset: pending.place(block.end, in: block),
        "the input ends inside a message; the spans before that are kept")
    }
    walk.settle(&recording)
    pending.skip(block.count)
    guard !recording.inputs.isEmpty else { return }
    if isOpen || isCut { recording.inputs[0].complete = false }
  }

  /// Walks on through a block; gives the position up to which it was used.
  private mutating func run(_ block: ByteBlock, _ recording: inout Recording) -> Int {
    spans.keys.beginRound()
    let base = pending.offset &- UInt64(block.start)
    let bytes = block.bytes.span
    var cursor = ByteCursor(block.start..<block.end)
    while walk.step(&cursor, bytes, base: base, &spans, &recording) != .needsMore {}
    return cursor.offset
  }
}

extension OTLPProtobufDecoder: SplittableDecoder where Framing == OTLPLengthPrefixed {
  typealias Boundaries = MessageBoundaries

  var isBetweenRecords: Bool { pending.isEmpty && walk.isBetweenMessages }

  func continued(at offset: UInt64) -> Self {
    var next = self
    next.pending = PendingBytes(at: offset)
    return next
  }

  mutating func learn(from other: Self) { spans.learn(from: other.spans) }
}

typealias OTLPBareDecoder = OTLPProtobufDecoder<OTLPBare>
typealias OTLPFramedDecoder = OTLPProtobufDecoder<OTLPLengthPrefixed>

extension OTLPProtobufDecoder {
  /// The prefix begins with the outer messages of OTLP: a resource, or lists by scope. Metrics and logs
  /// look the same; reading tells.
  static func probe(_ prefix: Span<UInt8>) -> Bool {
    var cursor = ByteCursor(0..<prefix.count)
    guard Framing.isFramed else { return isRequest(&cursor, prefix) }
    var length: UInt64 = 0
    for _ in 0..<4 { length = length << 8 | UInt64(cursor.byte(prefix)) }
    guard cursor.failure == nil, length > 1 else { return false }
    let rest = UInt64(cursor.remaining)
    var message = ByteCursor(cursor.offset..<cursor.offset + Int(min(rest, length)))
    guard isRequest(&message, prefix) else { return false }
    // The head of the first group must fit into the message.
    var head = ByteCursor(cursor.offset..<prefix.count)
    _ = head.varint(prefix)
    let first = head.varint(prefix)
    let headSize = UInt64(head.offset - cursor.offset)
    return headSize <= length && first <= length - headSize
  }

  /// Whether a list of groups begins here whose first fields are those of a group.
  private static func isRequest(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) -> Bool {
    guard cursor.varint(bytes) == 0x0A else { return false }
    let length = cursor.varint(bytes)
    guard cursor.failure == nil, length > 1 else { return false }
    var group = ByteCursor(
      cursor.offset..<cursor.offset + Int(min(UInt64(cursor.remaining), length)))
    var fields = 0
    while !group.isAtEnd {
      let tag = group.varint(bytes)
      let size = group.varint(bytes)
      if group.failure != nil { return fields > 0 }
      // resource, scopes, schema URL, deprecated libraries
      guard [0x0A, 0x12, 0x1A, 0x1F42].contains(tag) else { return false }
      if tag == 0x0A, !isResource(group, bytes, size) { return false }
      fields += 1
      guard group.take(size) != nil else { return length > UInt64(cursor.remaining) }
    }
    return fields > 0
  }

  /// Whether attributes, counts or entity references begin here.
  private static func isResource(_ start: ByteCursor, _ bytes: Span<UInt8>, _ size: UInt64) -> Bool
  {
    guard size > 0 else { return true }
    var cursor = start
    let tag = cursor.varint(bytes)
    return cursor.failure != nil || [0x0A, 0x10, 0x1A].contains(tag)
  }
}
