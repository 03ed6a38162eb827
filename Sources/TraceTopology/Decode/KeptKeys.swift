/// The keys of the span attributes that are read: those that are carried along because they are
/// evidence or were asked for, and those that say something about the other side of a call.
struct KeptKeys: Sendable {
  /// What becomes of an attribute.
  struct Use: Sendable {
    var isKept: Bool
    var peer: PeerField?
    /// Which of the keys this is.
    var number = 0
  }

  /// How many keys are looked for.
  var count: Int { uses.count }

  private var names: [[UInt8]] = []
  private var uses: [Use] = []
  /// Bit n: a key has n bytes. Most keys are dismissed by this alone.
  private var lengths: UInt64 = 0
  /// Open addressing by the first and the last bytes of a key; most slots are free.
  private var slots: [Slot]

  /// A key by its first and its last eight bytes as little-endian words; they are the same word for
  /// shorter keys, and they overlap below sixteen bytes.
  private struct Slot {
    var first: UInt64 = 0
    var last: UInt64 = 0
    var count = -1
    var number = 0
  }

  init(_ kept: [String]) {
    let peers = PeerField.names
    let named = kept.map { name in
      (name, Use(isKept: true, peer: peers.first { $0.0 == name }?.1))
    }
    let rest = peers.filter { !kept.contains($0.0) }
      .map { ($0.0, Use(isKept: false, peer: $0.1)) }
    var size = 64
    while size < (named.count + rest.count) * 4 { size *= 2 }
    slots = Array(repeating: Slot(), count: size)
    for (name, use) in named + rest { insert(Array(name.utf8), use) }
  }

  private mutating func insert(_ name: [UInt8], _ use: Use) {
    lengths |= 1 << UInt64(min(name.count, 63))
    let first = Self.word(name.prefix(8))
    let last = Self.word(name.suffix(8))
    var place = Self.hash(first, last, name.count) & (slots.count - 1)
    while slots[place].count >= 0 {
      // The first of two equal keys holds.
      if names[slots[place].number] == name { return }
      place = (place + 1) & (slots.count - 1)
    }
    slots[place] = Slot(first: first, last: last, count: name.count, number: names.count)
    var numbered = use
    numbered.number = names.count
    names.append(name)
    uses.append(numbered)
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  @inline(__always)
  private static func hash(_ first: UInt64, _ last: UInt64, _ count: Int) -> Int {
    let mixed = (first ^ (last &<< 29 | last &>> 35)) &+ UInt64(truncatingIfNeeded: count)
    return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> 40)
  }

  /// What becomes of an attribute with this key, which holds no escapes; nil if nothing does.
  @inline(__always)
  func use(of key: JSONString, _ scanner: JSONScanner) -> Use? {
    let count = key.count
    guard mayHold(count) else { return nil }
    let first = scanner.prefixWord(key)
    let last = count >= 8 ? scanner.word(key.end &- 8) : first
    return find(first, last, count) { scanner.byte(key.start &+ $0) }
  }

  /// What becomes of an attribute whose key stands in `key`; eight bytes behind that must be there.
  @inline(__always)
  func use(of bytes: Span<UInt8>, _ key: Range<Int>) -> Use? {
    let count = key.count
    guard mayHold(count) else { return nil }
    let text = bytes.word(key.lowerBound)
    let first = count >= 8 ? text : text & ~(~0 &<< UInt64(truncatingIfNeeded: 8 &* count))
    let last = count >= 8 ? bytes.word(key.upperBound &- 8) : first
    return find(first, last, count) { bytes[key.lowerBound &+ $0] }
  }

  @inline(__always)
  private func mayHold(_ count: Int) -> Bool {
    lengths & 1 &<< UInt64(truncatingIfNeeded: min(count, 63)) != 0
  }

  @inline(__always)
  private func find(_ first: UInt64, _ last: UInt64, _ count: Int, _ byte: (Int) -> UInt8) -> Use? {
    var place = Self.hash(first, last, count) & (slots.count &- 1)
    while slots[place].count >= 0 {
      let slot = slots[place]
      if slot.first == first, slot.last == last, slot.count == count,
        count <= 16 || holds(slot.number, count, byte)
      {
        return uses[slot.number]
      }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  /// Whether a key is the known one of this number, whose count, start and end it has.
  @inline(__always)
  private func holds(_ number: Int, _ count: Int, _ byte: (Int) -> UInt8) -> Bool {
    for offset in 8..<max(count &- 8, 8) where byte(offset) != names[number][offset] {
      return false
    }
    return true
  }

  /// What becomes of an attribute with this key; nil if nothing does.
  func use(of key: ByteView) -> Use? {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return nil }
    for number in 0..<names.count where key.elementsEqual(names[number]) { return uses[number] }
    return nil
  }

  /// What becomes of an attribute with this key; nil if nothing does.
  func use(of key: Span<UInt8>) -> Use? {
    guard lengths & 1 << UInt64(min(key.count, 63)) != 0 else { return nil }
    for number in 0..<names.count where key.isEqual(to: names[number]) { return uses[number] }
    return nil
  }
}

extension Span<UInt8> {
  func isEqual(to text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count where self[index] != text[index] { return false }
    return true
  }
}
