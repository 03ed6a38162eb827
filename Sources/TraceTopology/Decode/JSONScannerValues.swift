/// Numbers, whole values of any kind, and what is well-formed UTF-8.
extension JSONScanner {
  /// Whether these bytes are well-formed UTF-8 (Unicode 15, table 3-7).
  func isUTF8(_ start: Int, _ end: Int) -> Bool {
    var index = start
    while index < end {
      let length = sequenceLength(index, end)
      if length == 0 { return false }
      index += length
    }
    return true
  }

  /// The length of the well-formed sequence at `index`, 0 if there is none.
  func sequenceLength(_ index: Int, _ end: Int) -> Int {
    let first = byte(index)
    if first < 0x80 { return 1 }
    guard first >= 0xC2, first <= 0xF4 else { return 0 }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard index + length <= end else { return 0 }
    let second = byte(index + 1)
    let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
    guard second >= lowest, second <= highest else { return 0 }
    for offset in 2..<max(length, 2) where byte(index + offset) & 0xC0 != 0x80 { return 0 }
    return length
  }

  /// Reads a number token and gives where it stands.
  mutating func number() throws(JSONError) -> Range<Int> {
    let start = position
    if byte(position) == 0x2D { position += 1 }
    if byte(position) == 0x30 {
      position += 1
    } else {
      try digits()
    }
    if byte(position) == 0x2E {
      position += 1
      try digits()
    }
    if byte(position) | 0x20 == 0x65 {
      position += 1
      if byte(position) == 0x2B || byte(position) == 0x2D { position += 1 }
      try digits()
    }
    // A number that touches the end of the buffer may go on behind it.
    if position >= end { throw JSONError(reason: .incomplete, position: end) }
    return start..<position
  }

  private mutating func digits() throws(JSONError) {
    guard byte(position) &- 0x30 < 10 else { throw failure(.badNumber) }
    while byte(position) &- 0x30 < 10 { position += 1 }
  }

  /// Reads over one value of any kind. Depth costs bits of a small array, not stack.
  mutating func skipValue() throws(JSONError) {
    var levels = JSONLevels()
    while true {
      skipSpace()
      switch byte(position) {
      case 0x7B:
        position += 1
        if !accept(0x7D) {
          guard levels.open(isObject: true) else { throw failure(.tooDeep) }
          _ = try key()
          continue
        }
      case 0x5B:
        position += 1
        if !accept(0x5D) {
          guard levels.open(isObject: false) else { throw failure(.tooDeep) }
          continue
        }
      default: try skipScalar()
      }
      while levels.depth > 0 {
        guard try more(levels.isInObject ? 0x7D : 0x5D) else {
          levels.close()
          continue
        }
        if levels.isInObject { _ = try key() }
        break
      }
      if levels.depth == 0 { return }
    }
  }

  private mutating func skipScalar() throws(JSONError) {
    switch byte(position) {
    case 0x22: _ = try string()
    case 0x74, 0x66: _ = try acceptBool()
    case 0x6E: _ = try acceptNull()
    case 0x2D, 0x30...0x39: _ = try number()
    default: throw failure(.unexpected)
    }
  }
}
