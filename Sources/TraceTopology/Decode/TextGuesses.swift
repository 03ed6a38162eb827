/// For each key that is looked for the id that its text had the last time. Another recording has other
/// ids: these are guesses, to be compared.
struct KeptGuesses: Sendable {
  var keys: [StringID]

  init(_ kept: KeptKeys) { keys = Array(repeating: .empty, count: kept.count) }
}

/// The ids of texts that were interned of late.
struct TextGuesses: Sendable {
  private var ids: [StringID] = Array(repeating: .empty, count: 1 << slotBits)
  private static let slotBits: UInt64 = 10

  /// The slot of a text by its first and its last eight bytes.
  @inline(__always)
  static func slot(_ first: UInt64, _ last: UInt64, _ count: Int, _ salt: Int) -> Int {
    let mixed =
      (first ^ (last &<< 29 | last &>> 35)) &+ UInt64(truncatingIfNeeded: count &+ salt &<< 8)
    return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) &>> (64 - slotBits))
  }

  subscript(slot: Int) -> StringID {
    get { ids[slot] }
    set { ids[slot] = newValue }
  }
}
