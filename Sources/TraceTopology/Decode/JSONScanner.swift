import CVector

/// Why a JSON text could not be read on.
struct JSONError: Error, Sendable, Equatable {
  enum Reason: String, Sendable {
    /// The bytes end here; more may follow.
    case incomplete = "the text ends here"
    case unexpected = "unexpected character"
    case controlInString = "control character in a string"
    case badEscape = "invalid escape in a string"
    case badNumber = "invalid number"
    case badLiteral = "invalid literal"
    case tooDeep = "nested more than 1024 levels deep"
  }

  var reason: Reason
  var position: Int
}

/// The content of a string token: where it stands and what it needs before it is text.
struct JSONString: Sendable {
  var start: Int
  var end: Int
  var hasEscapes: Bool
  var isValidUTF8: Bool

  var count: Int { end - start }
}

/// A strict pull scanner over one buffer of JSON text (RFC 8259): any key order, any white space,
/// no recursion, nothing allocated.
///
/// Unsafe corner. Contract of the buffer: `base[0 ..< end]` is readable and followed by
/// `ByteBlock.padding` zero bytes. A zero byte is legal nowhere in JSON text outside of strings and
/// stops every loop, so no check of the bound is needed per byte; eight-byte loads start below `end`
/// and therefore stay within the padding. The pointer must not outlive the call that lent it.
@safe struct JSONScanner {
  private let base: UnsafePointer<UInt8>
  let end: Int
  var position: Int
  /// Set when white space held a line feed; the reader of a record clears it.
  var sawNewline = false
  /// Which line feeds end a record that is not complete yet: they are no white space then.
  var boundary = RecordBoundary.none

  init(base: UnsafePointer<UInt8>, start: Int, end: Int) {
    unsafe self.base = unsafe base
    self.end = end
    position = start
  }

  /// Reads one byte. `index` is below `end + padding` wherever this is called.
  @inline(__always)
  func byte(_ index: Int) -> UInt8 {
    assert(index >= 0 && index < end + ByteBlock.padding)
    return unsafe base[index]
  }

  /// Eight bytes as a little-endian word. `index` is at most `end + padding - 8`.
  @inline(__always)
  func word(_ index: Int) -> UInt64 {
    assert(index >= 0 && index <= end + ByteBlock.padding - 8)
    return unsafe UInt64(
      littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
  }

  /// As many bytes as the padding holds, as little-endian words. `index` is at most `end`.
  @inline(__always)
  func words(_ index: Int) -> SIMD8<UInt64> {
    assert(index >= 0 && index <= end + ByteBlock.padding - 64)
    return unsafe UnsafeRawPointer(base + index).loadUnaligned(as: SIMD8<UInt64>.self)
  }

  /// Which of 32 bytes end a run of plain characters, as the lower half, the first byte's bit lowest;
  /// which are not ASCII, as the upper half. `index` is at most `end`.
  @inline(__always)
  func stops(_ index: Int) -> UInt64 {
    assert(index >= 0 && index <= end + ByteBlock.padding - 32)
    return unsafe cvector_stops(base + index)
  }

  /// Which of 32 bytes are one of these four, the first byte's bit lowest. `index` is at most `end`.
  @inline(__always)
  func any(_ index: Int, of a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> UInt32 {
    assert(index >= 0 && index <= end + ByteBlock.padding - 32)
    return unsafe cvector_any(base + index, a, b, c, d)
  }

  /// The value of sixteen hexadecimal digits of either case. `index` is at most `end`.
  @inline(__always)
  func hex16(_ index: Int) -> UInt64? {
    assert(index >= 0 && index <= end + ByteBlock.padding - 16)
    var value: UInt64 = 0
    return unsafe cvector_hex(base + index, &value) ? value : nil
  }

  /// Whether this text of 8 to 24 bytes stands at `index`, which is at most `end`: a comparison for each
  /// eight bytes.
  @inline(__always)
  func holds(_ text: StaticString, at index: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    assert(count >= 8 && count <= 24)
    let known = unsafe UnsafeRawPointer(text.utf8Start)
    func isSame(_ offset: Int) -> Bool {
      let word = unsafe (known + offset).loadUnaligned(as: UInt64.self)
      return self.word(index &+ offset) == UInt64(littleEndian: word)
    }
    return isSame(0) && (count <= 16 || isSame(8)) && isSame(count &- 8)
  }

  /// The bytes `start ..< end` of the buffer; both must lie within it.
  func bytes(_ start: Int, _ end: Int) -> ByteView {
    unsafe ByteView(UnsafeBufferPointer(start: base + start, count: end - start))
  }

  /// The byte at the position; 0 at the end.
  var current: UInt8 { byte(position) }

  func failure(_ reason: JSONError.Reason) -> JSONError {
    JSONError(reason: position >= end ? .incomplete : reason, position: position)
  }

  // MARK: Structure

  @inline(__always)
  mutating func skipSpace() {
    while true {
      switch byte(position) {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        if boundary != .none, stopsAtRecord() { return }
        sawNewline = true
        position += 1
      default: return
      }
    }
  }

  /// Reads over a byte order mark at the position, if there is one.
  mutating func skipByteOrderMark() throws(JSONError) {
    var index = position
    for mark: UInt8 in [0xEF, 0xBB, 0xBF] {
      guard index < end else { throw JSONError(reason: .incomplete, position: end) }
      guard byte(index) == mark else { return }
      index += 1
    }
    position = index
  }

  /// Reads one structural character.
  @inline(__always)
  mutating func expect(_ character: UInt8) throws(JSONError) {
    skipSpace()
    guard byte(position) == character else { throw failure(.unexpected) }
    position += 1
  }

  /// Reads a structural character if it is the next one.
  @inline(__always)
  mutating func accept(_ character: UInt8) -> Bool {
    skipSpace()
    guard byte(position) == character else { return false }
    position += 1
    return true
  }

  /// Between two members: true after a comma, false after `closing`.
  @inline(__always)
  mutating func more(_ closing: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    let next = byte(position)
    guard next == 0x2C || next == closing else { throw failure(.unexpected) }
    position += 1
    return next == 0x2C
  }

  /// Reads a member's key and the colon behind it.
  @inline(__always)
  mutating func key() throws(JSONError) -> JSONString {
    skipSpace()
    let key = try string()
    try expect(0x3A)
    return key
  }

  /// Reads `null` if it is the next value.
  mutating func acceptNull() throws(JSONError) -> Bool {
    skipSpace()
    guard byte(position) == 0x6E else { return false }
    try literal(0x6C_6C75_6E, 4)
    return true
  }

  /// Reads `true` or `false`; nil if the next value is neither.
  mutating func acceptBool() throws(JSONError) -> Bool? {
    skipSpace()
    switch byte(position) {
    case 0x74:
      try literal(0x6575_7274, 4)
      return true
    case 0x66:
      try literal(0x65_736C_6166, 5)
      return false
    default: return nil
    }
  }

  /// A literal of `count` bytes, given as a little-endian word.
  private mutating func literal(_ text: UInt64, _ count: Int) throws(JSONError) {
    for offset in 0..<count {
      guard byte(position + offset) == UInt8(truncatingIfNeeded: text >> UInt64(8 * offset)) else {
        position += offset
        throw failure(.badLiteral)
      }
    }
    position += count
  }

  // MARK: Strings

  /// Reads a string token: 32 bytes at a time up to a quote, a backslash or a control character.
  @inline(__always)
  mutating func string() throws(JSONError) -> JSONString {
    guard byte(position) == 0x22 else { throw failure(.unexpected) }
    position += 1
    let start = position
    var hasEscapes = false
    var seen: UInt64 = 0
    while true {
      let found = stops(position)
      guard UInt32(truncatingIfNeeded: found) != 0 else {
        seen |= found
        position += 32
        if position >= end { throw incompleteString() }
        continue
      }
      let offset = found.trailingZeroBitCount
      seen |= found & ~(~0 << UInt64(32 + offset))
      position += offset
      let stop = byte(position)
      if stop == 0x22 { break }
      guard stop == 0x5C else { throw failure(.controlInString) }
      hasEscapes = true
      try skipEscape()
    }
    let token = JSONString(
      start: start, end: position, hasEscapes: hasEscapes,
      isValidUTF8: seen >> 32 == 0 || isUTF8(start, position))
    position += 1
    return token
  }

  private func incompleteString() -> JSONError {
    JSONError(reason: .incomplete, position: end)
  }

  private mutating func skipEscape() throws(JSONError) {
    switch byte(position + 1) {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: position += 2
    case 0x75:
      for offset in 2..<6 where HexDigits.value(byte(position + offset)) == nil {
        position += offset
        throw failure(.badEscape)
      }
      position += 6
    default:
      position += 1
      throw failure(.badEscape)
    }
    if position >= end { throw incompleteString() }
  }
}

extension JSONScanner {
  /// Whether a string token is exactly this ASCII text. Escaped spellings are resolved by the caller.
  func matches(_ token: JSONString, _ text: StaticString) -> Bool {
    guard token.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<token.count {
      if byte(token.start + offset) != (unsafe text.utf8Start[offset]) { return false }
    }
    return true
  }

  /// The first eight bytes of a token as a little-endian word, bytes behind its end as zero.
  @inline(__always)
  func prefixWord(_ token: JSONString) -> UInt64 {
    let text = word(token.start)
    return token.count >= 8 ? text : text & ~(~0 << UInt64(8 * max(token.count, 0)))
  }

  /// Whether a byte of the buffer, below `end`, is this one.
  func holds(_ character: UInt8, at index: Int) -> Bool { index < end && byte(index) == character }
}

extension ByteBlock {
  /// Lends a scanner that stands at the start of the block; the block's padding is its contract.
  func withScanner<Result>(_ body: (inout JSONScanner) -> Result) -> Result {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        preconditionFailure("a block without its padding")
      }
      var scanner = unsafe JSONScanner(base: base, start: start, end: end)
      return body(&scanner)
    }
  }
}
