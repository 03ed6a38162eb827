/// How attributes were spelled up to their values, apart from the lengths, what becomes of them, and
/// which one came next: writers repeat themselves, and what stands there again is only compared.
///
///     4A len 0A len key 12 len 0A | 18 …
///     └──── at most 32 bytes ────┘
struct ProtobufKeys: Sendable {
  /// What follows from the spelling of an attribute.
  struct Outline: Sendable {
    /// What becomes of it; nil if nothing does.
    var use: KeptKeys.Use?
    /// The key's id in the strings of its round.
    fileprivate var id = StringID.empty
    fileprivate var round: UInt32 = 0
    /// How long the key is.
    var count: UInt8 = 0
    /// Whether the value is a text; a whole number if not.
    var isText = false
    /// The slot of the attribute that came behind the last one of this spelling.
    fileprivate var next: UInt16 = 0
  }

  private struct Entry {
    /// The bytes, and which of their bits count. Where nothing is known stand zeros, which no attribute
    /// holds.
    var words = SIMD4<UInt64>()
    var mask = SIMD4<UInt64>(repeating: .max)
    var outline = Outline()

    @inline(__always)
    func stands(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
      // Comparing vectors for equality would go through them word by word.
      let differing = (bytes.words(start) ^ words) & mask
      let half = differing.lowHalf | differing.highHalf
      return half.x | half.y == 0
    }
  }

  /// The longest key that is remembered.
  static var longest: Int { 25 }
  /// How many bytes are looked at from the start of an attribute on.
  static var window: Int { 40 }

  private var entries: [Entry] = Array(repeating: Entry(), count: 1 << slotBits)
  /// The slots of the attributes that came first, by the names of their spans.
  private var firsts: [UInt16] = Array(repeating: 0, count: 1 << firstBits)
  private static let slotBits: UInt64 = 8
  private static let firstBits: UInt64 = 6
  /// Ids hold for one round: other strings may have come behind it.
  private var round: UInt32 = 1

  mutating func beginRound() {
    round &+= 1
    if round == 0 { self = ProtobufKeys() }
  }

  @inline(__always)
  subscript(slot: Int) -> Outline { entries[slot].outline }

  // MARK: What likely comes

  /// The slot that the first attribute of a span of this name likely has.
  @inline(__always)
  func first(_ name: StringID) -> Int { Int(firsts[Self.place(name)]) }

  /// The slot that the attribute behind one likely has.
  @inline(__always)
  func next(_ slot: Int) -> Int { Int(entries[slot].outline.next) }

  /// Notes what came behind an attribute, or first where that is nil.
  @inline(never)
  mutating func note(_ slot: Int, behind: Int?, _ name: StringID) {
    let slot = UInt16(truncatingIfNeeded: slot)
    if let behind { entries[behind].outline.next = slot } else { firsts[Self.place(name)] = slot }
  }

  @inline(__always)
  private static func place(_ name: StringID) -> Int { name.index & (1 << Int(firstBits) - 1) }

  /// Whether the attribute at `start` is spelled as that of the slot; `window` bytes are there.
  @inline(__always)
  func stands(_ slot: Int, _ bytes: Span<UInt8>, at start: Int) -> Bool {
    entries[slot].stands(bytes, start)
  }

  // MARK: What stands there

  /// The slot of the attribute at `start`, known or new; nil if it is spelled in another way. `window`
  /// bytes are there.
  @inline(never)
  mutating func find(_ bytes: Span<UInt8>, at start: Int, _ keys: KeptKeys) -> Int? {
    let head = bytes.word(start)
    let count = Int(truncatingIfNeeded: head &>> 24 & 0xFF)
    guard head & 0x80FF_80FF == 0x000A_004A, count <= Self.longest,
      case let tail = bytes.word(start &+ 4 &+ count),
      tail & 0xFF == 0x12, [0x0A, 0x18].contains(tail &>> 16 & 0xFF)
    else { return nil }
    let isText = tail &>> 16 & 0xFF == 0x0A
    let slot = Self.slot(bytes, start &+ 4, count, isText: isText)
    if entries[slot].stands(bytes, start) { return slot }
    if entries[slot ^ 1].stands(bytes, start) { return slot ^ 1 }
    let place = entries[slot].words == SIMD4() ? slot : slot ^ 1
    entries[place] = Self.entry(bytes, at: start, count, isText: isText)
    entries[place].outline.use = keys.use(of: bytes, start &+ 4..<start &+ 4 &+ count)
    return place
  }

  /// The slot of an attribute by the first and the last bytes of its key, which begins at `key`.
  @inline(__always)
  private static func slot(_ bytes: Span<UInt8>, _ key: Int, _ count: Int, isText: Bool) -> Int {
    let text = bytes.word(key)
    let first = count >= 8 ? text : text & ~(~0 &<< UInt64(truncatingIfNeeded: 8 &* count))
    let last = count >= 8 ? bytes.word(key &+ count &- 8) : 0
    let mixed =
      (first ^ (last &<< 29 | last &>> 35))
      &+ UInt64(truncatingIfNeeded: count &<< 1 | (isText ? 1 : 0))
    return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> (64 - slotBits))
  }

  private static func entry(
    _ bytes: Span<UInt8>, at start: Int, _ count: Int, isText: Bool
  ) -> Entry {
    var entry = Entry()
    entry.outline.count = UInt8(truncatingIfNeeded: count)
    entry.outline.isText = isText
    // All up to the tag of the value, without the lengths of the whole and of the value.
    for word in 0..<4 {
      for byte in 0..<8 {
        let place = 8 * word + byte
        if place == 1 || place == count + 5 || place > count + 6 {
          entry.mask[word] &= ~(0xFF &<< UInt64(8 * byte))
        }
      }
    }
    entry.words = bytes.words(start) & entry.mask
    return entry
  }

  // MARK: Ids

  /// The id of the key, if it is known in this round.
  @inline(__always)
  func id(_ slot: Int) -> StringID? {
    let outline = entries[slot].outline
    return outline.round == round ? outline.id : nil
  }

  mutating func set(_ id: StringID, _ slot: Int) {
    entries[slot].outline.id = id
    entries[slot].outline.round = round
  }
}
