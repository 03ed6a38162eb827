/// Interned trace ids: each distinct 128-bit id once, numbered in order of first appearance.
struct TraceTable: Sendable {
  private(set) var high: [UInt64] = []
  private(set) var low: [UInt64] = []
  private var slots: [UInt32] = Array(repeating: .max, count: 256)
  /// The number that was given last.
  private var last = 0

  var count: Int { low.count }

  subscript(index: TraceIndex) -> TraceID {
    TraceID(high: high[index.index], low: low[index.index])
  }

  /// The number of this trace id, new or known.
  mutating func intern(_ id: TraceID) -> TraceIndex {
    // The spans of a trace often stand beside each other.
    if last < count, low[last] == id.low, high[last] == id.high { return TraceIndex(last) }
    let index = number(of: id)
    last = index.index
    return index
  }

  private mutating func number(of id: TraceID) -> TraceIndex {
    var slot = Self.hash(id) & (slots.count - 1)
    while slots[slot] != .max {
      let candidate = Int(slots[slot])
      if low[candidate] == id.low, high[candidate] == id.high { return TraceIndex(candidate) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let index = count
    high.append(id.high)
    low.append(id.low)
    slots[slot] = UInt32(truncatingIfNeeded: index)
    if count * 2 > slots.count { grow() }
    return TraceIndex(index)
  }

  private mutating func grow() {
    slots = Array(repeating: .max, count: slots.count * 2)
    for index in 0..<count {
      var slot = Self.hash(TraceID(high: high[index], low: low[index])) & (slots.count - 1)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(truncatingIfNeeded: index)
    }
  }

  private static func hash(_ id: TraceID) -> Int {
    let product = (id.low ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(
      by: id.high ^ 0xE703_7ED1_A0B4_28DB)
    return Int(truncatingIfNeeded: (product.high ^ product.low) >> 1)
  }
}
