/// One field of a protobuf message: its number and what stands in it.
///
/// Format: protobuf encoding; groups (wire types 3 and 4) are obsolete and nothing of OTLP uses them.
struct ProtobufField: Sendable {
  enum Content: Sendable {
    case varint(UInt64)
    case fixed64(UInt64)
    /// Where a string, a message or bytes stand.
    case bytes(Range<Int>)
    case fixed32(UInt32)
  }

  /// Why a field could not be read.
  enum Fault: Error, Sendable, Equatable {
    /// The bytes end inside of it.
    case incomplete
    case badTag
    case overlongVarint

    var text: String {
      switch self {
      case .incomplete: "a field is longer than what holds it"
      case .badTag: "a field of an unknown wire type"
      case .overlongVarint: "a number of more than 64 bits"
      }
    }
  }

  var number: UInt64
  var content: Content

  /// Reads the field at the cursor.
  init(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) throws(Fault) {
    let tag = cursor.varint(bytes)
    number = tag >> 3
    switch tag & 7 {
    case 0: content = .varint(cursor.varint(bytes))
    case 1: content = .fixed64(cursor.fixed(bytes, 8))
    case 2:
      let length = cursor.varint(bytes)
      try Self.check(cursor)
      guard let range = cursor.take(length) else { throw .incomplete }
      content = .bytes(range)
    case 5: content = .fixed32(UInt32(truncatingIfNeeded: cursor.fixed(bytes, 4)))
    default:
      try Self.check(cursor)
      throw .badTag
    }
    try Self.check(cursor)
    if number == 0 { throw .badTag }
  }

  static func check(_ cursor: ByteCursor) throws(Fault) {
    switch cursor.failure {
    case nil: return
    case .endOfData: throw .incomplete
    case .overlongVarint: throw .overlongVarint
    }
  }

  /// Hands over the fields of the message in `range`, one after another.
  static func each(
    in range: Range<Int>, of bytes: Span<UInt8>, _ body: (ProtobufField) throws(Fault) -> Void
  ) throws(Fault) {
    var cursor = ByteCursor(range)
    while !cursor.isAtEnd { try body(try ProtobufField(&cursor, bytes)) }
  }
}

extension ByteCursor {
  /// A little-endian number of `count` bytes, at most eight.
  mutating func fixed(_ bytes: Span<UInt8>, _ count: UInt64) -> UInt64 {
    guard let range = take(count), range.upperBound <= bytes.count else { return 0 }
    var value: UInt64 = 0
    for index in range.reversed() { value = value << 8 | UInt64(bytes[index]) }
    return value
  }
}
