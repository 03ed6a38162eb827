/// Eight bytes of text looked at together, as one little-endian word.
enum ByteWord {
  /// 1 in each byte.
  static var ones: UInt64 { 0x0101_0101_0101_0101 }
  /// The high bit of each byte.
  static var highs: UInt64 { 0x8080_8080_8080_8080 }

  /// The high bits of bytes that end a run of plain characters in JSON: quotes, backslashes, control
  /// characters. Zero says that there is none; the lowest bit is right, those above it need not be.
  @inline(__always)
  static func stops(in text: UInt64) -> UInt64 {
    let quote = text ^ (ones &* 0x22)
    let slash = text ^ (ones &* 0x5C)
    // Below 0x80 a byte gets its high bit only by falling below zero; those above end nothing.
    return ((quote &- ones) | (slash &- ones) | (text &- ones &* 0x20)) & ~text & highs
  }

  /// Not zero if one of the eight bytes does not stand for itself in JSON text of ASCII characters:
  /// what `stops` finds, DEL, and all from 0x80 on.
  @inline(__always)
  static func unusual(in text: UInt64) -> UInt64 {
    let delete = (text & (ones &* 0x7F)) &+ ones
    return stops(in: text) | (text | delete) & highs
  }
}
