/// Resolves every recorded parent: duplicates settled, rings cut, missing parents listed.
///
/// One pass for each trace over rows that a counting sort brings together, with a small table from
/// span id to rows: linear, and no recursion however deep or wide a trace is.
struct ParentLinker {
  private let recording: Recording
  private let order: SpanOrder
  private var forest: SpanForest
  private var diagnostics: [(code: String, severity: Severity, count: Int, message: String)] = []
  private var duplicates = 0
  private var conflicts: [SpanID] = []

  init(_ recording: Recording, order: SpanOrder) {
    self.recording = recording
    self.order = order
    let count = recording.spans.count
    forest = SpanForest(
      parent: Array(repeating: .none, count: count),
      isAbsorbed: Array(repeating: false, count: count),
      cause: Array(repeating: .none, count: count), missing: [])
  }

  /// Gives the forest, and adds what was found wrong to the diagnostics.
  static func link(_ recording: Recording, order: SpanOrder, _ diagnostics: inout Diagnostics)
    -> SpanForest
  {
    var linker = ParentLinker(recording, order: order)
    linker.linkTraces()
    linker.cutRings()
    linker.report(&diagnostics)
    return linker.forest
  }

  private mutating func linkTraces() {
    let spans = recording.spans
    let byTrace = RowLists(owners: recording.traces.count, rows: spans.count) {
      spans.trace[$0].index
    }
    var table = SpanIDTable()
    for trace in 0..<recording.traces.count {
      let rows = byTrace[trace]
      guard recording.traces[TraceIndex(trace)] != .zero else {
        for row in rows { forest.cause[Int(row)] = .damagedInput }
        continue
      }
      table.begin(count: rows.count)
      for row in rows where !spans.spanID[Int(row)].isNone { enter(Int(row), &table) }
      for row in rows where !forest.isAbsorbed[Int(row)] {
        resolve(Int(row), TraceIndex(trace), &table)
      }
    }
    forest.missing.sort {
      ($0.trace == $1.trace)
        ? $0.spanID < $1.spanID : recording.traces[$0.trace] < recording.traces[$1.trace]
    }
  }

  /// Puts a row into the table of its trace, unless it repeats one that is there.
  private mutating func enter(_ row: Int, _ table: inout SpanIDTable) {
    let id = recording.spans.spanID[row]
    var isConflict = false
    for other in table.rows(of: id) {
      if order.isSame(row, other) {
        forest.isAbsorbed[row] = true
        duplicates += 1
        return
      }
      isConflict = true
    }
    if isConflict { conflicts.append(id) }
    table.insert(id, row: row)
  }

  private mutating func resolve(_ row: Int, _ trace: TraceIndex, _ table: inout SpanIDTable) {
    let wanted = recording.spans.parentID[row]
    if wanted.isNone {
      if recording.spans.hasDamagedID(row) { forest.cause[row] = .damagedInput }
      return
    }
    if wanted == recording.spans.spanID[row] {
      forest.cause[row] = .cycle
      return
    }
    if let parent = bestParent(of: row, among: table.rows(of: wanted)) {
      forest.parent[row] = SpanIndex(parent)
      return
    }
    forest.cause[row] = .missingParent
    if let known = table.missing(wanted) {
      forest.missing[known].children.append(SpanIndex(row))
    } else {
      table.setMissing(wanted, forest.missing.count)
      forest.missing.append(
        MissingParent(trace: trace, spanID: wanted, children: [SpanIndex(row)]))
    }
  }

  /// Of several spans with the recorded id the one whose time holds the child; the first in order
  /// where that does not decide.
  private func bestParent(of row: Int, among rows: [Int]) -> Int? {
    guard rows.count > 1 else { return rows.first }
    let spans = recording.spans
    let holding = rows.filter { other in
      guard let lead = spans.start[row].since(spans.start[other]), lead >= 0 else { return false }
      guard let rest = spans.end[other].since(spans.start[row]) else { return true }
      return rest >= 0
    }
    return (holding.isEmpty ? rows : holding).min { order.isOrderedBefore($0, $1) }
  }

  // MARK: Rings

  /// Cuts each ring of recorded parents above its earliest span: a cause comes first.
  private mutating func cutRings() {
    // 0: not seen, otherwise the number of the walk that saw it.
    var seen = Array(repeating: UInt32(0), count: forest.parent.count)
    var walk: UInt32 = 0
    for row in 0..<forest.parent.count where seen[row] == 0 {
      walk &+= 1
      var at = SpanIndex(row)
      while !at.isNone, seen[at.index] == 0 {
        seen[at.index] = walk
        at = forest.parent[at.index]
      }
      if !at.isNone, seen[at.index] == walk { cutRing(through: at) }
    }
  }

  private mutating func cutRing(through first: SpanIndex) {
    var head = first
    var at = forest.parent[first.index]
    var length = 1
    while at != first {
      if order.isOrderedBefore(at.index, head.index) { head = at }
      at = forest.parent[at.index]
      length += 1
    }
    forest.parent[head.index] = .none
    forest.cause[head.index] = .cycle
    rings.append((recording.spans.spanID[head.index], length))
  }

  private var rings: [(head: SpanID, length: Int)] = []

  // MARK: Report

  private func report(_ diagnostics: inout Diagnostics) {
    if duplicates > 0 {
      diagnostics.report(
        "duplicate-span", .note, input: nil, count: duplicates,
        "\(duplicates) span records repeat another one exactly and were merged")
    }
    for id in conflicts.sorted() {
      diagnostics.report(
        "conflicting-span", .warning, input: nil,
        "span \(id.hex) is recorded with different contents; both are kept")
    }
    for ring in rings.sorted(by: { $0.head < $1.head }) {
      diagnostics.report(
        "parent-cycle", .warning, input: nil,
        "\(ring.length) spans name each other as parents; the ring is cut above span \(ring.head.hex)"
      )
    }
    var selves: [SpanID] = []
    for row in 0..<forest.cause.count where forest.cause[row] == .cycle {
      if recording.spans.parentID[row] == recording.spans.spanID[row] {
        selves.append(recording.spans.spanID[row])
      }
    }
    for id in selves.sorted() {
      diagnostics.report(
        "parent-cycle", .warning, input: nil, "span \(id.hex) names itself as its parent")
    }
  }
}

/// From span ids of one trace to rows: open addressing, reused from trace to trace.
private struct SpanIDTable {
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
