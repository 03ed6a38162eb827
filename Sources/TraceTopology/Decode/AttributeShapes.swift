/// How attributes were spelled up to their values, and what becomes of them: writers repeat themselves,
/// and what stands there again need not be read again.
///
///     {"key":"http.route","value":{"stringValue":"/cart"}}
///     └────────────────── text ──────────────────┘
struct AttributeShapes: Sendable {
  enum Kind: Sendable {
    case string, integer, double, bool
  }

  /// Where things stand in an attribute, from its start on, and what becomes of it.
  struct Outline: Sendable {
    /// Where the key ends and the value begins.
    var keyEnd = 0
    var value = 0
    var kind = Kind.string
    /// What becomes of it; nil if nothing does.
    var use: KeptKeys.Use?
  }

  /// What stands in front of the value, in as many words as are compared, and which bits count.
  private struct Text: Sendable {
    var words = SIMD8<UInt64>(repeating: 0)
    var mask = SIMD8<UInt64>(repeating: .max)

    @inline(__always)
    func stands(_ scanner: JSONScanner, at start: Int) -> Bool {
      // Comparing vectors for equality would go through them word by word.
      let differing = (scanner.words(start) ^ words) & mask
      let half = differing.lowHalf | differing.highHalf
      let quarter = half.lowHalf | half.highHalf
      return quarter.x | quarter.y == 0
    }
  }

  /// Spellings by the first bytes of their keys. Where none is known stand zeros, which no text holds.
  private var texts: [Text] = Array(repeating: Text(), count: 1 << slotBits)
  private var outlines: [Outline] = Array(repeating: Outline(), count: 1 << slotBits)
  private static let slotBits: UInt64 = 9
  private static let wordCount = 8

  /// The slot of the spelling of the attribute at `start`, a usual one; nil for any other.
  @inline(__always)
  mutating func slot(_ scanner: JSONScanner, at start: Int, _ keys: KeptKeys) -> Int? {
    // All of this stands in front of the value, however short the key is.
    let second = scanner.word(start &+ 16)
    let third = scanner.word(start &+ 24)
    let mixed =
      scanner.word(start &+ 8) ^ (second &<< 29 | second &>> 35) ^ (third &<< 47 | third &>> 17)
    let slot = Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.slotBits))
    return texts[slot].stands(scanner, at: start) ? slot : neighbor(slot, scanner, at: start, keys)
  }

  /// The outline of an attribute whose spelling has this slot.
  @inline(__always)
  func outline(_ slot: Int) -> Outline { outlines[slot] }

  /// The slot beside one that another spelling has: it holds this one already, or does from now on.
  @inline(never)
  private mutating func neighbor(
    _ slot: Int, _ scanner: JSONScanner, at start: Int, _ keys: KeptKeys
  ) -> Int? {
    let other = slot ^ 1
    if texts[other].stands(scanner, at: start) { return other }
    guard let outline = Self.read(scanner, at: start, keys) else { return nil }
    let place = outlines[slot].value == 0 ? slot : other
    learn(outline, scanner, at: start, place)
    return place
  }

  private mutating func learn(
    _ outline: Outline, _ scanner: JSONScanner, at start: Int, _ slot: Int
  ) {
    outlines[slot] = outline
    texts[slot] = Text()
    // What is too long to be compared is read each time.
    guard outline.value <= 8 * Self.wordCount else { return }
    texts[slot].words = scanner.words(start)
    for word in 0..<Self.wordCount {
      let bits = min(max(8 * (outline.value - 8 * word), 0), 64)
      texts[slot].mask[word] = bits == 64 ? .max : ~(.max << UInt64(bits))
    }
  }

  /// Reads the start of an attribute up to its value.
  private static func read(_ scanner: JSONScanner, at start: Int, _ keys: KeptKeys) -> Outline? {
    guard scanner.word(start) == OTLPWord.key, let key = scanner.plainText(start &+ 8),
      scanner.word(key.end) == OTLPWord.value
    else { return nil }
    var outline = Outline()
    outline.use = keys.use(of: key, scanner)
    outline.keyEnd = key.end &- start
    let index = key.end &+ 16
    let rest = scanner.word(index)
    switch scanner.word(key.end &+ 8) {
    case OTLPWord.string
    where rest == OTLPWord.stringRest && scanner.word(index &+ 8) & 0xFFFF == OTLPWord.colonQuote:
      outline.kind = .string
      outline.value = outline.keyEnd &+ 26
    case OTLPWord.integer where rest & 0x00FF_FFFF_FFFF_FFFF == OTLPWord.integerRest:
      outline.kind = .integer
      outline.value = outline.keyEnd &+ 23
    case OTLPWord.double
    where outline.use == nil && rest == OTLPWord.doubleRest && scanner.byte(index &+ 8) == 0x3A:
      outline.kind = .double
      outline.value = outline.keyEnd &+ 25
    case OTLPWord.bool
    where outline.use == nil && rest & 0x00FF_FFFF_FFFF_FFFF == OTLPWord.boolRest:
      outline.kind = .bool
      outline.value = outline.keyEnd &+ 23
    default: return nil
    }
    return outline
  }
}

/// Stretches of OTLP JSON as little-endian words.
enum OTLPWord {
  /// `{"key":"`
  static var key: UInt64 { 0x223A_2279_656B_227B }
  /// `","value`
  static var value: UInt64 { 0x6575_6C61_7622_2C22 }
  /// `":{"stri`, `ngValue"` and `:"`
  static var string: UInt64 { 0x6972_7473_227B_3A22 }
  static var stringRest: UInt64 { 0x2265_756C_6156_676E }
  static var colonQuote: UInt64 { 0x223A }
  /// `":{"intV` and `alue":"`
  static var integer: UInt64 { 0x5674_6E69_227B_3A22 }
  static var integerRest: UInt64 { 0x0022_3A22_6575_6C61 }
  /// `":{"doub` and `leValue"`
  static var double: UInt64 { 0x6275_6F64_227B_3A22 }
  static var doubleRest: UInt64 { 0x2265_756C_6156_656C }
  /// `":{"bool` and `Value":`
  static var bool: UInt64 { 0x6C6F_6F62_227B_3A22 }
  static var boolRest: UInt64 { 0x003A_2265_756C_6156 }
  /// `{"code":`
  static var code: UInt64 { 0x3A22_6564_6F63_227B }
}
