/// Tokens in the one spelling that nearly all writers use, read word by word without moving the
/// position: nil for every other spelling and for damage, which the strict methods tell apart.
///
/// All of it stands on the contract of the buffer: `index` is at most `end`, and since no byte behind
/// `end` is anything but zero, a place found by comparing bytes is at most `end` as well.
extension JSONScanner {
  /// The content of a string without escapes whose first character is at `start`.
  @inline(__always)
  func plainText(_ start: Int) -> JSONString? {
    var index = start
    var seen: UInt64 = 0
    while true {
      let text = word(index)
      let stops = ByteWord.stops(in: text)
      guard stops != 0 else {
        seen |= text
        index &+= 8
        continue
      }
      let offset = stops.trailingZeroBitCount &>> 3
      seen |= text & ~(~0 &<< UInt64(truncatingIfNeeded: offset &* 8))
      index &+= offset
      guard byte(index) == 0x22 else { return nil }
      return JSONString(
        start: start, end: index, hasEscapes: false,
        isValidUTF8: seen & ByteWord.highs == 0 || isUTF8(start, index))
    }
  }

  /// The value of eight hexadecimal digits of either case.
  @inline(__always)
  private func hexWord(_ index: Int) -> UInt64? {
    let text = word(index)
    let lower = text | ByteWord.ones &* 0x20
    // Bytes below 0x80 never carry into their neighbors here.
    let digit = (text &+ ByteWord.ones &* 0x50) & ~(text &+ ByteWord.ones &* 0x46)
    let letter = (lower &+ ByteWord.ones &* 0x1F) & ~(lower &+ ByteWord.ones &* 0x19)
    guard (digit | letter) & ~text & ByteWord.highs == ByteWord.highs else { return nil }
    let isLetter = (text &>> 6) & ByteWord.ones
    var value = ((text & (ByteWord.ones &* 0x0F)) &+ isLetter &* 9).byteSwapped
    value = (value | value &>> 4) & 0x00FF_00FF_00FF_00FF
    value = (value | value &>> 8) & 0x0000_FFFF_0000_FFFF
    return (value | value &>> 16) & 0xFFFF_FFFF
  }

  /// The value of sixteen hexadecimal digits of either case.
  @inline(__always)
  func hex16(_ index: Int) -> UInt64? {
    guard let high = hexWord(index), let low = hexWord(index &+ 8) else { return nil }
    return high &<< 32 | low
  }

  /// The value of eight decimal digits.
  @inline(__always)
  private func decimalWord(_ index: Int) -> UInt64? {
    let text = word(index)
    let digit = (text &+ ByteWord.ones &* 0x50) & ~(text &+ ByteWord.ones &* 0x46)
    guard digit & ~text & ByteWord.highs == ByteWord.highs else { return nil }
    var value = text & (ByteWord.ones &* 0x0F)
    value = (value &* 10 &+ value &>> 8) & 0x00FF_00FF_00FF_00FF
    value = (value &* 100 &+ value &>> 16) & 0x0000_FFFF_0000_FFFF
    return (value &* 10_000 &+ value &>> 32) & 0xFFFF_FFFF
  }

  /// A run of one to nineteen decimal digits that fits 63 bits, and where it ends.
  @inline(__always)
  func plainDigits(_ start: Int) -> (value: Int64, end: Int)? {
    var index = start
    var value: UInt64 = 0
    if let first = decimalWord(index) {
      value = first
      index &+= 8
      if let second = decimalWord(index) {
        value = value &* 100_000_000 &+ second
        index &+= 8
      }
    }
    while case let digit = byte(index) &- 0x30, digit < 10 {
      guard index &- start < 19 else { return nil }
      value = value &* 10 &+ UInt64(digit)
      index &+= 1
    }
    guard index > start, let result = Int64(exactly: value) else { return nil }
    return (result, index)
  }

  /// A number token that is a whole number without sign, fraction and exponent, and where it ends.
  @inline(__always)
  func plainNumber(_ start: Int) -> (value: Int64, end: Int)? {
    guard let number = plainDigits(start), byte(start) != 0x30 || number.end == start &+ 1 else {
      return nil
    }
    switch byte(number.end) {
    // What follows a number inside of an object or array; anything else may belong to it.
    case 0x2C, 0x7D, 0x5D, 0x20: return number
    default: return nil
    }
  }

  /// The first place at or behind `index` that holds no space.
  @inline(__always)
  func behindSpaces(_ index: Int) -> Int {
    var index = index
    while byte(index) == 0x20 { index &+= 1 }
    return index
  }
}
