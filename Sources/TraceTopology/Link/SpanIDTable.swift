/// From span ids of one trace to rows: open addressing, reused from trace to trace.
struct SpanIDTable: Sendable {
  private var keys: [UInt64] = []
  private var rows: [UInt32] = []
  private var used: [Int] = []
  private var mask = 0
  /// Numbers of missing parents, for ids that no row carries.
  private var missingNumbers: [UInt64: Int] = [:]

  mutating func begin(count: Int) {
    var size = 8
    while size < count * 2 { size *= 2 }
    if size > keys.count {
      keys = Array(repeating: 0, count: size)
      rows = Array(repeating: .max, count: size)
    } else {
      for slot in used { rows[slot] = .max }
    }
    used.removeAll(keepingCapacity: true)
    mask = size - 1
    if !missingNumbers.isEmpty { missingNumbers.removeAll(keepingCapacity: true) }
  }

  private func slot(of id: SpanID) -> Int {
    let mixed = id.value &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 32) & mask
  }

  mutating func insert(_ id: SpanID, row: Int) {
    var slot = slot(of: id)
    while rows[slot] != .max { slot = (slot + 1) & mask }
    keys[slot] = id.value
    rows[slot] = UInt32(truncatingIfNeeded: row)
    used.append(slot)
  }

  /// The first row with this id, and whether it is the only one; nil if there is none.
  func find(_ id: SpanID) -> (row: Int, isAlone: Bool)? {
    var slot = slot(of: id)
    var found = UInt32.max
    while rows[slot] != .max {
      if keys[slot] == id.value {
        guard found == .max else { return (Int(found), false) }
        found = rows[slot]
      }
      slot = (slot + 1) & mask
    }
    return found == .max ? nil : (Int(found), true)
  }

  /// All rows with this id; nearly always one or none.
  func rows(of id: SpanID) -> [Int] {
    var slot = slot(of: id)
    var found: [Int] = []
    while rows[slot] != .max {
      if keys[slot] == id.value { found.append(Int(rows[slot])) }
      slot = (slot + 1) & mask
    }
    return found
  }

  func missing(_ id: SpanID) -> Int? { missingNumbers[id.value] }
  mutating func setMissing(_ id: SpanID, _ number: Int) { missingNumbers[id.value] = number }
}
