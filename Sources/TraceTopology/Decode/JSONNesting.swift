/// The objects and arrays that a walk stands in, and whether the innermost of them still waits for its
/// first member.
struct JSONNesting<Level: Sendable>: Sendable {
  private(set) var levels: [Level] = []
  /// Whether the innermost level holds no member yet.
  private(set) var isFirst = true

  var isEmpty: Bool { levels.isEmpty }
  var depth: Int { levels.count }
  var innermost: Level? { levels.last }

  /// Enters an object or array whose opening bracket was read.
  mutating func open(_ level: Level) {
    levels.append(level)
    isFirst = true
  }

  /// A member or element was read.
  mutating func passed() { isFirst = false }

  /// What comes next stands as if it were the first: commas were lost.
  mutating func restart() { isFirst = true }

  mutating func clear() {
    levels = []
    isFirst = true
  }

  /// Reads the comma or the closing bracket that comes next; true if that closed the innermost level.
  mutating func closes(_ scanner: inout JSONScanner, _ bracket: UInt8) throws(JSONError) -> Bool {
    guard isFirst ? scanner.accept(bracket) : try !scanner.more(bracket) else { return false }
    levels.removeLast()
    isFirst = false
    return true
  }

  /// Enters the array of a member, or reads a `null` in its place; true if the array was entered.
  mutating func openList(_ scanner: inout JSONScanner, _ level: Level) throws(JSONError) -> Bool {
    if try scanner.acceptNull() { return false }
    try scanner.expect(0x5B)
    open(level)
    return true
  }
}

/// Whether each of the values that a scanner stands in is an object or an array: a bit each.
struct JSONLevels {
  private static let limit = 1024
  private var bits = InlineArray<16, UInt64>(repeating: 0)
  private(set) var depth = 0

  /// Enters a value; false if that is too deep.
  mutating func open(isObject: Bool) -> Bool {
    guard depth < Self.limit else { return false }
    let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: depth & 63)
    if isObject { bits[depth >> 6] |= bit } else { bits[depth >> 6] &= ~bit }
    depth += 1
    return true
  }

  mutating func close() { depth -= 1 }

  /// Whether the innermost value is an object; there must be one.
  var isInObject: Bool {
    let place = depth - 1
    return bits[place >> 6] &>> UInt64(truncatingIfNeeded: place & 63) & 1 != 0
  }
}

extension JSONScanner {
  /// Moves to the next value of a text of several; false if only white space is left. A byte order
  /// mark is allowed in front of the first one.
  mutating func findValue(isFirst: Bool) throws(JSONError) -> Bool {
    skipSpace()
    guard position < end, isFirst else { return position < end }
    try skipByteOrderMark()
    skipSpace()
    return position < end
  }
}
