/// The keys of attributes that came of late, and what becomes of attributes with such a key: writers
/// repeat themselves, and a key that stands there again is only compared.
///
///     4A len   0A len key   12 len value
///                 └─────┘ at most 32 bytes
struct ProtobufKeys: Sendable {
  private struct Entry {
    /// The length of a key and the key, in as many words as are compared, and which bits count. Where no
    /// key is known stand zeros, which no attribute holds.
    var words = SIMD4<UInt64>()
    var mask = SIMD4<UInt64>(repeating: .max)
    /// What becomes of such an attribute; nil if nothing does.
    var use: KeptKeys.Use?
    /// The key's id in the strings of this round.
    var id = StringID.empty
    var round: UInt32 = 0

    @inline(__always)
    func stands(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
      // Comparing vectors for equality would go through them word by word.
      let differing = (bytes.words(start &+ 3) ^ words) & mask
      let half = differing.lowHalf | differing.highHalf
      return half.x | half.y == 0
    }
  }

  /// The longest key that is remembered.
  static var longest: Int { 31 }
  /// How many bytes are looked at from the start of an attribute on.
  static var window: Int { 35 }

  private var entries: [Entry] = Array(repeating: Entry(), count: 1 << slotBits)
  private static let slotBits: UInt64 = 8
  /// Ids hold for one round: other strings may have come behind it.
  private var round: UInt32 = 1

  mutating func beginRound() {
    round &+= 1
    if round == 0 { self = ProtobufKeys() }
  }

  /// The slot of the key, `count` bytes long, of the attribute at `start`, both of whose lengths take one
  /// byte; `window` bytes are there.
  @inline(__always)
  mutating func slot(_ bytes: Span<UInt8>, at start: Int, _ count: Int, _ keys: KeptKeys) -> Int {
    let head = bytes.word(start &+ 3) &<< UInt64(truncatingIfNeeded: 8 &* (7 &- min(count, 7)))
    let last = count >= 8 ? bytes.word(start &+ count &- 4) : 0
    let mixed = head ^ (last &<< 29 | last &>> 35)
    let slot = Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.slotBits))
    return entries[slot].stands(bytes, start) ? slot : neighbor(slot, bytes, at: start, count, keys)
  }

  /// What becomes of an attribute whose key has this slot.
  @inline(__always)
  func use(_ slot: Int) -> KeptKeys.Use? { entries[slot].use }

  /// The id of the key, if it is known in this round.
  @inline(__always)
  func id(_ slot: Int) -> StringID? {
    entries[slot].round == round ? entries[slot].id : nil
  }

  mutating func set(_ id: StringID, _ slot: Int) {
    entries[slot].id = id
    entries[slot].round = round
  }

  /// The slot beside one that another key has: it holds this one already, or does from now on.
  @inline(never)
  private mutating func neighbor(
    _ slot: Int, _ bytes: Span<UInt8>, at start: Int, _ count: Int, _ keys: KeptKeys
  ) -> Int {
    let other = slot ^ 1
    if entries[other].stands(bytes, start) { return other }
    let place = entries[slot].words == SIMD4() ? slot : other
    var entry = Entry()
    entry.words = bytes.words(start &+ 3)
    for word in 0..<4 {
      let bits = min(max(8 * (count + 1 - 8 * word), 0), 64)
      entry.mask[word] = bits == 64 ? .max : ~(.max << UInt64(bits))
    }
    entry.words &= entry.mask
    entry.use = keys.use(of: bytes, start &+ 4..<start &+ 4 &+ count)
    entries[place] = entry
    return place
  }
}
