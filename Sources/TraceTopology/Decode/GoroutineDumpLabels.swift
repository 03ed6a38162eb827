/// Profiler labels as dumps and profiles write them, without their braces.
///
///     dump      span_id: b7ad6b7169203331, "trace id": "0af7 x"
///     profile   "span_id":"b7ad6b7169203331", "trace id":"0af7 x"
///
/// Whatever holds more than letters, digits, `.`, `/` and `_` is quoted as Go quotes strings.
struct GoroutineDumpLabels {
  private var cursor: Int
  private let end: Int

  /// Reads all labels; `nil` if the text is no list of labels.
  static func read(
    _ bytes: Span<UInt8>, _ text: Range<Int>, into strings: inout StringTable
  ) -> [ProfileStack.Label]? {
    var reader = GoroutineDumpLabels(cursor: text.lowerBound, end: text.upperBound)
    var labels: [ProfileStack.Label] = []
    if reader.cursor == reader.end { return labels }
    while true {
      guard let key = reader.word(bytes), reader.accept(UInt8(ascii: ":"), bytes) else {
        return nil
      }
      _ = reader.accept(UInt8(ascii: " "), bytes)
      guard let value = reader.word(bytes) else { return nil }
      labels.append(
        ProfileStack.Label(key: strings.intern(key.span), value: strings.intern(value.span)))
      if reader.cursor == reader.end { return labels }
      guard reader.accept(UInt8(ascii: ","), bytes), reader.accept(UInt8(ascii: " "), bytes) else {
        return nil
      }
    }
  }

  private mutating func accept(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
    guard cursor < end, bytes[cursor] == byte else { return false }
    cursor += 1
    return true
  }

  private mutating func word(_ bytes: Span<UInt8>) -> [UInt8]? {
    if accept(UInt8(ascii: "\""), bytes) { return quoted(bytes) }
    var text: [UInt8] = []
    while cursor < end, Self.isPlain(bytes[cursor]) {
      text.append(bytes[cursor])
      cursor += 1
    }
    return text
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "."), UInt8(ascii: "/")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The rest of a quoted word; `nil` if it does not end or is not quoted as Go does it.
  private mutating func quoted(_ bytes: Span<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    while cursor < end {
      let byte = bytes[cursor]
      cursor += 1
      if byte == UInt8(ascii: "\"") { return text }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard escape(bytes, &text) else { return nil }
    }
    return nil
  }

  private mutating func escape(_ bytes: Span<UInt8>, _ text: inout [UInt8]) -> Bool {
    guard cursor < end else { return false }
    let byte = bytes[cursor]
    cursor += 1
    switch byte {
    case UInt8(ascii: "a"): text.append(7)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "v"): text.append(11)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): text.append(byte)
    case UInt8(ascii: "x"):
      guard let code = hex(2, bytes) else { return false }
      text.append(UInt8(truncatingIfNeeded: code))
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      guard let code = hex(byte == UInt8(ascii: "u") ? 4 : 8, bytes),
        let scalar = Unicode.Scalar(code)
      else { return false }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: return false
    }
    return true
  }

  private mutating func hex(_ digits: Int, _ bytes: Span<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard cursor < end else { return nil }
      let byte = bytes[cursor]
      cursor += 1
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
      default: return nil
      }
    }
    return value
  }
}
