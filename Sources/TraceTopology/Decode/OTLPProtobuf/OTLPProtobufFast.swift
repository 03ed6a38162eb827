/// Fields of spans in the shapes that writers really emit, read by whole words with nothing in between:
/// tags and lengths of one or two bytes, ids of the right lengths, attributes of a key and a value.
///
///     4A len   0A len key   12 len   0A len text | 18 number | 10 flag | 21 eight bytes
///
/// Whatever stands there otherwise is left, untouched, to the methods that read every field; rows,
/// oddities and errors are the same as if those had read everything.
extension OTLPProtobufSpans {
  /// Reads the fields that stand first in the order of the protocol, which is that of nearly all
  /// writers, as far as they are spelled as usual: no field is looked for among others then. Gives the
  /// place where it goes on.
  @inline(__always)
  mutating func orderedFields(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout SpanRecord,
    _ strings: inout StringTable
  ) -> Int {
    guard end &- start >= 28, UInt16(truncatingIfNeeded: bytes.word(start)) == 0x100A,
      UInt16(truncatingIfNeeded: bytes.word(start &+ 18)) == 0x0812
    else { return start }
    record.trace = TraceID(
      high: bytes.word(start &+ 2).byteSwapped, low: bytes.word(start &+ 10).byteSwapped)
    record.span = SpanID(value: bytes.word(start &+ 20).byteSwapped)
    var index = start &+ 28
    guard index < end else { return index }
    var head = bytes.word(index)
    if UInt16(truncatingIfNeeded: head) == 0x0185, end &- index > 6 {
      record.parentLocality = Self.locality(flags: UInt32(truncatingIfNeeded: head &>> 16))
      index &+= 6
      head = bytes.word(index)
    }
    if UInt16(truncatingIfNeeded: head) == 0x0822, end &- index > 10 {
      record.parent = SpanID(value: bytes.word(index &+ 2).byteSwapped)
      index &+= 10
    }
    guard bytes[index] == 0x2A, let text = content(bytes, index, end) else { return index }
    record.name = internAgain(bytes, text, &strings, salt: -1)
    return orderedTimes(bytes, text.upperBound, end, &record)
  }

  /// Reads the kind and the two times, if they stand here.
  @inline(__always)
  private mutating func orderedTimes(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout SpanRecord
  ) -> Int {
    var index = start
    guard end &- index >= 20 else { return index }
    let head = bytes.word(index)
    if UInt8(truncatingIfNeeded: head) == 0x30,
      let kind = SpanKind(rawValue: UInt8(truncatingIfNeeded: head &>> 8))
    {
      sawKind = true
      record.kind = kind
      index &+= 2
    }
    guard bytes[index] == 0x39, bytes[index &+ 9] == 0x41,
      let first = Self.fastTime(bytes.word(index &+ 1)),
      let last = Self.fastTime(bytes.word(index &+ 10))
    else { return index }
    record.start = first
    record.end = last
    return index &+ 18
  }

  /// Reads what often stands behind the attributes: an empty status, flags, and the parent where fields
  /// are not in order.
  @inline(__always)
  mutating func lastFields(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout SpanRecord
  ) -> Int {
    var index = start
    if end &- index >= 2, UInt16(truncatingIfNeeded: bytes.word(index)) == 0x007A {
      record.status = .unset
      index &+= 2
    }
    if end &- index >= 6, case let head = bytes.word(index),
      UInt16(truncatingIfNeeded: head) == 0x0185
    {
      record.parentLocality = Self.locality(flags: UInt32(truncatingIfNeeded: head &>> 16))
      index &+= 6
    }
    if end &- index >= 10, UInt16(truncatingIfNeeded: bytes.word(index)) == 0x0822 {
      record.parent = SpanID(value: bytes.word(index &+ 2).byteSwapped)
      index &+= 10
    }
    return index
  }

  /// Reads the field at `start`, which ends at `end` at the latest; gives the place behind it, nil if
  /// it is spelled otherwise and nothing was taken.
  @inline(__always)
  mutating func fastField(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) -> Int? {
    let head = bytes.word(start)
    let index = start &+ 2
    let room = end &- index
    guard room >= 0 else { return nil }
    switch UInt16(truncatingIfNeeded: head) {
    case 0x100A:
      guard room >= 16 else { return nil }
      record.trace = TraceID(
        high: bytes.word(index).byteSwapped, low: bytes.word(index &+ 8).byteSwapped)
      return index &+ 16
    case 0x0812:
      guard room >= 8 else { return nil }
      record.span = SpanID(value: bytes.word(index).byteSwapped)
      return index &+ 8
    case 0x0822:
      guard room >= 8 else { return nil }
      record.parent = SpanID(value: bytes.word(index).byteSwapped)
      return index &+ 8
    case 0x007A:
      record.status = .unset
      return index
    case 0x027A:
      guard room >= 2, head &>> 16 & 0xFF == 0x18,
        let code = SpanStatus(rawValue: UInt8(truncatingIfNeeded: head &>> 24))
      else { return nil }
      record.status = code
      return index &+ 2
    case 0x0185:
      guard room >= 4 else { return nil }
      record.parentLocality = Self.locality(flags: UInt32(truncatingIfNeeded: head &>> 16))
      return index &+ 4
    default: break
    }
    switch UInt8(truncatingIfNeeded: head) {
    case 0x2A:
      guard let text = content(bytes, start, end) else { return nil }
      record.name = internAgain(bytes, text, &recording.strings, salt: -1)
      return text.upperBound
    case 0x30:
      guard !sawKind, let kind = SpanKind(rawValue: UInt8(truncatingIfNeeded: head &>> 8)) else {
        return nil
      }
      sawKind = true
      record.kind = kind
      return index
    case 0x39:
      guard room >= 7, let time = Self.fastTime(bytes.word(start &+ 1)) else { return nil }
      record.start = time
      return start &+ 9
    case 0x41:
      guard room >= 7, let time = Self.fastTime(bytes.word(start &+ 1)) else { return nil }
      record.end = time
      return start &+ 9
    case 0x4A:
      let next = fastAttributes(bytes, at: start, end, record, row, &recording)
      return next == start ? nil : next
    default: return nil
    }
  }

  /// Reads the attributes from `start` on; what is said about the other side of a call counts only for
  /// spans that are one side of it.
  @inline(__always)
  mutating func fastAttributes(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, _ record: SpanRecord, _ row: SpanIndex,
    _ recording: inout Recording
  ) -> Int {
    let isCall = !sawKind || record.kind.isSideOfCall
    return fastAttributes(bytes, at: start, end, record.name, isCall: isCall, row, &recording)
  }

  @inline(__always)
  private static func fastTime(_ value: UInt64) -> Timestamp? {
    guard let value = Int64(exactly: value) else { return nil }
    return value == 0 ? .unknown : Timestamp(value)
  }

  /// Where the content of the field at `start` stands, behind a tag of one byte and a length of one or
  /// two; nil if that is not so or the content passes `end`.
  @inline(__always)
  func content(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
    let head = bytes.word(start)
    var length = Int(truncatingIfNeeded: head &>> 8 & 0xFF)
    var first = start &+ 2
    if length >= 0x80 {
      guard head & 0x80_0000 == 0 else { return nil }
      length = length & 0x7F | Int(truncatingIfNeeded: head &>> 16 & 0x7F) &<< 7
      first &+= 1
    }
    guard length <= end &- first else { return nil }
    return first..<first &+ length
  }
}
