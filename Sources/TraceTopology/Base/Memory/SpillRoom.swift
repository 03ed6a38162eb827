import Glibc

/// Which parts of a spill file are in use: one bit for each unit of the file.
///
/// Unsafe corner: raw memory for the bits. Contract: it is mapped once and for good, and every access is
/// bounded by `limit`. Nothing is allocated.
@safe struct SpillRoom {
  /// Parts begin at multiples of this.
  static let unit = 64 << 10
  /// One terabyte.
  private static let limit = 1 << 24

  private let words: UnsafeMutablePointer<UInt64>
  /// Units behind which none was ever in use.
  private var end = 0
  private var cursor = 0

  init?() {
    let room = unsafe mmap(
      nil, Self.limit / 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let room = unsafe room, unsafe room != MAP_FAILED else { return nil }
    unsafe words = room.bindMemory(to: UInt64.self, capacity: Self.limit / 64)
  }

  /// All is free again.
  mutating func clear() {
    unsafe memset(words, 0, (end + 63) / 64 * 8)
    cursor = 0
  }

  /// These bytes are in use.
  mutating func use(_ offset: Int, count: Int) {
    let first = offset / Self.unit
    let last = min((offset + count + Self.unit - 1) / Self.unit, Self.limit)
    guard first >= 0, first < last else { return }
    for unit in first..<last { unsafe words[unit >> 6] |= 1 << UInt64(unit & 63) }
    end = max(end, last)
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
    use(first * Self.unit, count: count)
    cursor = first == cursor ? first + wanted : cursor
    return first * Self.unit
  }

  private func isUsed(_ unit: Int) -> Bool {
    unsafe words[unit >> 6] & (1 << UInt64(unit & 63)) != 0
  }
}
