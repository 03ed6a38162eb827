import Glibc

/// Which parts of a spill file are in use: one bit for each unit of the file, and another one where a part
/// begins that was reserved as a whole.
///
/// Unsafe corner: raw memory for the bits. Contract: it is mapped once and for good, and every access is
/// bounded by `limit`. Nothing is allocated.
@safe struct SpillRoom {
  /// Parts begin at multiples of this.
  static let unit = 64 << 10
  /// One terabyte.
  static let limit = 1 << 24

  private let words: UnsafeMutablePointer<UInt64>
  private let begins: UnsafeMutablePointer<UInt64>
  /// Units behind which none was ever in use.
  private var end = 0
  private var cursor = 0

  init?() {
    guard let room = unsafe LastingMemory.pages(Self.limit / 4) else { return nil }
    unsafe words = room.bindMemory(to: UInt64.self, capacity: Self.limit / 32)
    unsafe begins = words + Self.limit / 64
  }

  /// All is free again.
  mutating func clear() {
    unsafe memset(words, 0, (end + 63) / 64 * 8)
    unsafe memset(begins, 0, (end + 63) / 64 * 8)
    cursor = 0
  }

  /// These bytes are in use, or no longer.
  mutating func set(_ offset: Int, count: Int, isUsed: Bool) {
    for unit in units(offset, count) {
      let bit: UInt64 = 1 << UInt64(unit & 63)
      if isUsed { unsafe words[unit >> 6] |= bit } else { unsafe words[unit >> 6] &= ~bit }
    }
    end = max(end, units(offset, count).upperBound)
  }

  /// Takes these bytes, if all of them are free.
  mutating func reserve(_ offset: Int, count: Int) -> Bool {
    let units = units(offset, count)
    guard !units.isEmpty, units.allSatisfy({ !isUsed($0) }) else { return false }
    set(offset, count: count, isUsed: true)
    unsafe begins[units.lowerBound >> 6] |= 1 << UInt64(units.lowerBound & 63)
    return true
  }

  /// Whether the bytes from here on were reserved.
  func isReserved(_ offset: Int) -> Bool {
    guard let unit = units(offset, 1).first else { return false }
    return unsafe begins[unit >> 6] & (1 << UInt64(unit & 63)) != 0
  }

  private func units(_ offset: Int, _ count: Int) -> Range<Int> {
    guard offset >= 0, count > 0 else { return 0..<0 }
    let first = min(offset / Self.unit, Self.limit)
    return first..<max(min((offset + count + Self.unit - 1) / Self.unit, Self.limit), first)
  }

  /// Takes free bytes; nil if the file would become larger than this can tell.
  mutating func take(_ count: Int) -> Int? {
    let wanted = (count + Self.unit - 1) / Self.unit
    var length = 0
    var unit = cursor
    while unit < end, length < wanted {
      length = isUsed(unit) ? 0 : length + 1
      unit += 1
    }
    // Free units at the end go on behind it.
    let first = unit - length
    guard first + wanted <= Self.limit else { return nil }
    set(first * Self.unit, count: count, isUsed: true)
    cursor = first == cursor ? first + wanted : cursor
    return first * Self.unit
  }

  private func isUsed(_ unit: Int) -> Bool {
    unsafe words[unit >> 6] & (1 << UInt64(unit & 63)) != 0
  }
}
