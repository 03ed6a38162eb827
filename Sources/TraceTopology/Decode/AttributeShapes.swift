/// How attributes were spelled up to their values, and what becomes of them: writers repeat themselves,
/// and what stands there again need not be read again.
///
///     {"key":"http.route","value":{"stringValue":"/cart"}}
///     └────────────────── text ──────────────────┘
struct AttributeShapes: Sendable {
  enum Kind: Sendable {
    case string, integer, double, bool
  }

  struct Shape: Sendable {
    /// What stands in front of the value, in as many words as are compared, and which bits count.
    fileprivate var text = SIMD8<UInt64>(repeating: 0)
    fileprivate var mask = SIMD8<UInt64>(repeating: .max)
    /// Where the key ends and the value begins, from the start of the attribute.
    var keyEnd = 0
    var value = 0
    var kind = Kind.string
    /// What becomes of it; nil if nothing does.
    var use: KeptKeys.Use?
  }

  /// Shapes by the first bytes of their keys. Those of which none is known hold zeros, which no text does.
  private var shapes: [Shape] = Array(repeating: Shape(), count: 1 << slotBits)
  private static let slotBits: UInt64 = 6
  private static let wordCount = 8

  /// The shape of the attribute at `start`, in a usual spelling; nil for any other.
  @inline(__always)
  mutating func shape(_ scanner: JSONScanner, at start: Int, _ keys: KeptKeys) -> Shape? {
    let second = scanner.word(start &+ 16)
    let mixed = scanner.word(start &+ 8) ^ (second &<< 29 | second &>> 35)
    let slot = Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.slotBits))
    let known = shapes[slot]
    // Comparing vectors for equality would go through them word by word.
    let differing = (scanner.words(start) ^ known.text) & known.mask
    let half = differing.lowHalf | differing.highHalf
    let quarter = half.lowHalf | half.highHalf
    if quarter.x | quarter.y == 0 { return known }
    guard let read = Self.read(scanner, at: start, keys) else { return nil }
    shapes[slot] = read
    return read
  }

  /// Reads the start of an attribute up to its value.
  @inline(never)
  private static func read(_ scanner: JSONScanner, at start: Int, _ keys: KeptKeys) -> Shape? {
    guard scanner.word(start) == OTLPWord.key, let key = scanner.plainText(start &+ 8),
      scanner.word(key.end) == OTLPWord.value
    else { return nil }
    var shape = Shape()
    shape.use = keys.use(of: key, scanner)
    shape.keyEnd = key.end &- start
    let index = key.end &+ 16
    let rest = scanner.word(index)
    switch scanner.word(key.end &+ 8) {
    case OTLPWord.string
    where rest == OTLPWord.stringRest && scanner.word(index &+ 8) & 0xFFFF == OTLPWord.colonQuote:
      shape.kind = .string
      shape.value = shape.keyEnd &+ 26
    case OTLPWord.integer where rest & 0x00FF_FFFF_FFFF_FFFF == OTLPWord.integerRest:
      shape.kind = .integer
      shape.value = shape.keyEnd &+ 23
    case OTLPWord.double
    where shape.use == nil && rest == OTLPWord.doubleRest && scanner.byte(index &+ 8) == 0x3A:
      shape.kind = .double
      shape.value = shape.keyEnd &+ 25
    case OTLPWord.bool
    where shape.use == nil && rest & 0x00FF_FFFF_FFFF_FFFF == OTLPWord.boolRest:
      shape.kind = .bool
      shape.value = shape.keyEnd &+ 23
    default: return nil
    }
    // What is too long to be compared is read each time.
    guard shape.value <= 8 * wordCount else { return shape }
    shape.text = scanner.words(start)
    for word in 0..<wordCount {
      let bits = min(max(8 * (shape.value - 8 * word), 0), 64)
      shape.mask[word] = bits == 64 ? .max : ~(.max << UInt64(bits))
    }
    return shape
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
