/// The text behind string tokens.
extension JSONScanner {
  /// The text of a string token as valid UTF-8: escapes resolved, ill-formed bytes and lone
  /// surrogates as U+FFFD.
  func text(_ token: JSONString, into text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    var index = token.start
    while index < token.end {
      let run = plainRun(index, token.end)
      if run > index {
        bytes(index, run).append(to: &text)
        index = run
        continue
      }
      let first = byte(index)
      if first == 0x5C {
        index = appendEscape(at: index, token.end, to: &text)
        continue
      }
      let length = sequenceLength(index, token.end)
      if length == 0 {
        text.append(contentsOf: [0xEF, 0xBF, 0xBD])
        index += 1
      } else {
        for offset in 0..<length { text.append(byte(index + offset)) }
        index += length
      }
    }
  }

  /// Where ASCII text without escapes ends that begins at `index`; eight bytes at a time.
  private func plainRun(_ index: Int, _ end: Int) -> Int {
    var index = index
    while index &+ 8 <= end {
      let text = word(index)
      guard ByteWord.stops(in: text) | text & ByteWord.highs == 0 else { break }
      index &+= 8
    }
    return index
  }

  private func appendEscape(at index: Int, _ end: Int, to text: inout [UInt8]) -> Int {
    switch byte(index + 1) {
    case 0x62: text.append(0x08)
    case 0x66: text.append(0x0C)
    case 0x6E: text.append(0x0A)
    case 0x72: text.append(0x0D)
    case 0x74: text.append(0x09)
    case 0x75: return appendUnicode(at: index, end, to: &text)
    default: text.append(byte(index + 1))
    }
    return index + 2
  }

  private func appendUnicode(at index: Int, _ end: Int, to text: inout [UInt8]) -> Int {
    var value = unit(at: index)
    var next = index + 6
    if value >= 0xD800, value < 0xDC00, next + 6 <= end, byte(next) == 0x5C, byte(next + 1) == 0x75
    {
      let low = unit(at: next)
      if low >= 0xDC00, low < 0xE000 {
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        next += 6
      }
    }
    let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
    text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    return next
  }

  private func unit(at index: Int) -> UInt32 {
    var value: UInt32 = 0
    for offset in 2..<6 { value = value << 4 | UInt32(HexDigits.value(byte(index + offset)) ?? 0) }
    return value
  }
}
