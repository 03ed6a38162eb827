/// Numbers keys in the order in which they come: open addressing, with a fixed mixing of the bits.
///
/// For counting by keys that are themselves made of row numbers, once for each row of a large table:
/// about a tenth of what the standard library's hashing costs.
struct KeyNumbers: Sendable {
  private(set) var keys: [UInt64] = []
  private var slots: [UInt32]

  /// Room for `count` keys, where it is known how many will come.
  init(expecting count: Int = 0) {
    var size = 64
    while size < 2 * min(count, 1 << 20) { size *= 2 }
    slots = Array(repeating: .max, count: size)
    keys.reserveCapacity(min(count, size))
  }

  /// The number of a key, and whether it is a new one.
  mutating func number(of key: UInt64) -> (number: Int, isNew: Bool) {
    var slot = slot(of: key)
    while slots[slot] != .max {
      let number = Int(slots[slot])
      if keys[number] == key { return (number, false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = keys.count
    slots[slot] = UInt32(truncatingIfNeeded: number)
    keys.append(key)
    if keys.count * 2 > slots.count { grow() }
    return (number, true)
  }

  /// The number of a key; nil if it never came.
  func find(_ key: UInt64) -> Int? {
    var slot = slot(of: key)
    while slots[slot] != .max {
      let number = Int(slots[slot])
      if keys[number] == key { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func slot(of key: UInt64) -> Int {
    let mixed = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 32) & (slots.count - 1)
  }

  private mutating func grow() {
    slots = Array(repeating: .max, count: slots.count * 2)
    for (number, key) in keys.enumerated() {
      var slot = slot(of: key)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(truncatingIfNeeded: number)
    }
  }
}
