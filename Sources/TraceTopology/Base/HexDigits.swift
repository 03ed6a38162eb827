/// Hexadecimal digits of either case.
enum HexDigits {
  /// The value of one digit; nil if it is none.
  @inline(__always)
  static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    case 0x61...0x66: character - 0x57
    default: nil
    }
  }

  /// The number that up to sixteen digits write; nil for more, and for anything else among them. No
  /// digits are zero.
  static func word<Text: Collection<UInt8>>(_ digits: Text) -> UInt64? {
    guard digits.count <= 16 else { return nil }
    var word: UInt64 = 0
    for digit in digits {
      guard let value = value(digit) else { return nil }
      word = word << 4 | UInt64(value)
    }
    return word
  }
}
