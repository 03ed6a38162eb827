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
    var found = stops(index)
    var seen: UInt64 = 0
    while UInt32(truncatingIfNeeded: found) == 0 {
      seen |= found
      index &+= 32
      found = stops(index)
    }
    let offset = found.trailingZeroBitCount
    seen |= found & ~(~0 &<< UInt64(truncatingIfNeeded: 32 &+ offset))
    index &+= offset
    guard byte(index) == 0x22 else { return nil }
    return JSONString(
      start: start, end: index, hasEscapes: false,
      isValidUTF8: seen &>> 32 == 0 || isUTF8(start, index))
  }

  /// The decimal digits at `index`, eight at most: their value and how many they are.
  @inline(__always)
  private func digitWord(_ index: Int) -> (value: UInt64, count: Int) {
    let text = word(index)
    // Bytes below 0x80 never carry into their neighbors here.
    let digit = (text &+ ByteWord.ones &* 0x50) & ~(text &+ ByteWord.ones &* 0x46) & ~text
    let others = ~digit & ByteWord.highs
    let count = others.trailingZeroBitCount &>> 3
    guard count > 0 else { return (0, 0) }
    // The digits move to where the last of eight stand; zeros stand in front of them.
    var value = (text &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)) & (ByteWord.ones &* 0x0F)
    value = (value &* 10 &+ value &>> 8) & 0x00FF_00FF_00FF_00FF
    value = (value &* 100 &+ value &>> 16) & 0x0000_FFFF_0000_FFFF
    return ((value &* 10_000 &+ value &>> 32) & 0xFFFF_FFFF, count)
  }

  /// A run of one to nineteen decimal digits that fits 63 bits, and where it ends.
  @inline(__always)
  func plainDigits(_ start: Int) -> (value: Int64, end: Int)? {
    var (value, count) = digitWord(start)
    guard count > 0 else { return nil }
    var index = start &+ count
    while count == 8, index &- start < 19 {
      let next = digitWord(index)
      count = next.count
      guard index &- start &+ count <= 19 else { return nil }
      for _ in 0..<count { value &*= 10 }
      value &+= next.value
      index &+= count
    }
    guard let result = Int64(exactly: value) else { return nil }
    return (result, index)
  }

  /// The value of eight decimal digits; nil if the word is anything else.
  @inline(__always)
  private func eightDigits(_ text: UInt64) -> UInt64? {
    let upper = ByteWord.ones &* 0xF0
    // The upper half of a digit is 3, and stays so when 6 is added. Where that carries into the byte
    // behind, the one that it comes from is no digit.
    let isDigit = (text & upper) | ((text &+ ByteWord.ones &* 0x06) & upper) &>> 4
    guard isDigit == ByteWord.ones &* 0x33 else { return nil }
    var value = text & (ByteWord.ones &* 0x0F)
    value = (value &* 10 &+ value &>> 8) & 0x00FF_00FF_00FF_00FF
    value = (value &* 100 &+ value &>> 16) & 0x0000_FFFF_0000_FFFF
    return (value &* 10_000 &+ value &>> 32) & 0xFFFF_FFFF
  }

  /// A time of our days in nanoseconds, nineteen digits, with the quote behind it; nil for anything else.
  @inline(__always)
  func usualTime(_ start: Int) -> Int64? {
    // Zeros stand in front of the last three digits.
    let rest = word(start &+ 16)
    let last = (rest & 0xFF_FFFF) &<< 40 | 0x30_3030_3030
    guard rest &>> 24 & 0xFF == 0x22, let first = eightDigits(word(start)),
      let second = eightDigits(word(start &+ 8)), let third = eightDigits(last)
    else { return nil }
    return Int64(exactly: (first &* 100_000_000 &+ second) &* 1_000 &+ third)
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
