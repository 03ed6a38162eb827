/// Numbers things in order of first mention by an id that the log gave them.
///
/// Open addressing; ids are never taken out.
struct GoTraceNumbers: Sendable {
  private(set) var ids: [UInt64] = []
  private var slots: [UInt32] = Array(repeating: .max, count: 64)

  var count: Int { ids.count }

  func find(_ id: UInt64) -> Int? {
    let number = slots[slot(of: id)]
    return number == .max ? nil : Int(number)
  }

  /// The number of an id; equal to the old `count` if it is new.
  mutating func number(of id: UInt64) -> Int {
    let place = slot(of: id)
    let known = slots[place]
    if known != .max { return Int(known) }
    slots[place] = UInt32(truncatingIfNeeded: ids.count)
    ids.append(id)
    if ids.count * 2 > slots.count { grow() }
    return ids.count - 1
  }

  private func slot(of id: UInt64) -> Int {
    let hash = (id &* 0x9E37_79B9_7F4A_7C15) >> 32
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != .max, ids[Int(slots[slot])] != id { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: .max, count: slots.count * 2)
    for (number, id) in ids.enumerated() {
      slots[slot(of: id)] = UInt32(truncatingIfNeeded: number)
    }
  }
}

/// From the ids of goroutines to where they are kept.
///
/// The scheduler hands ids out in runs, so they are looked up by pages of 64: a new page costs a hash
/// lookup, the pages used last none. An id out of the way costs a page, so no id makes it large.
struct GoTraceHandles: Sendable {
  static let none = UInt32.max
  private static let pageShift: UInt64 = 6
  private static let pageSize = 64

  private var pages = GoTraceNumbers()
  private var entries: [UInt32] = []
  /// The pages used last, each at its number's last bits: the number and where its entries begin.
  private var recentPages = [UInt64](repeating: .max, count: 256)
  private var recentPlaces = [Int](repeating: 0, count: 256)

  /// Where the handle of an id stands.
  @inline(__always)
  mutating func place(of id: UInt64) -> Int {
    let page = id >> Self.pageShift
    let recent = Int(page & 255)
    if recentPages[recent] != page { turn(to: page) }
    return recentPlaces[recent] + Int(id & UInt64(Self.pageSize - 1))
  }

  @inline(never)
  private mutating func turn(to page: UInt64) {
    let number = pages.number(of: page)
    if number * Self.pageSize == entries.count {
      if entries.count + Self.pageSize > entries.capacity {
        LargePages.reserve(max(1024, entries.capacity * 2), in: &entries)
      }
      entries.append(contentsOf: repeatElement(Self.none, count: Self.pageSize))
    }
    recentPages[Int(page & 255)] = page
    recentPlaces[Int(page & 255)] = number * Self.pageSize
  }

  subscript(place: Int) -> UInt32 {
    @inline(__always) get { entries[place] }
    @inline(__always) set { entries[place] = newValue }
  }
}
