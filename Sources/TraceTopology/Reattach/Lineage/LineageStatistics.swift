/// What the recorded trees of a run say about operations: which is called by which, how long after it,
/// and how often.
///
/// Learned from a bounded sample of each operation, chosen by the span ids.
struct LineageStatistics: Sendable {
  typealias Above = AboveTable.Above

  /// What stands above the spans of each operation.
  private var parents = AboveTable()
  /// Some spans of each operation that have a recorded parent.
  private(set) var examples = RowLists(owners: 0, rows: 0) { _ in nil }
  /// The share of parents that are named but not there.
  private(set) var lossRate = 0.0

  /// Operations with a parent's operation each, and what stands above such parents.
  private var pairs = OperationPairs()
  private var above = AboveTable()
  private var calls = CallTable()
  /// How many spans of each operation were sampled.
  private var sampled: [Int] = []

  private(set) var operations: OperationTable
  /// The children of each row by recorded parents.
  private(set) var children: RowLists

  init(_ recording: Recording, _ forest: SpanForest, _ threads: Threads) async {
    let spans = recording.spans
    (operations, children) = await threads.both(
      { OperationTable(recording) },
      {
        RowLists(owners: spans.count, rows: spans.count) { row in
          forest.parent[row].isNone ? nil : forest.parent[row].index
        }
      })
    let sample = await LineageSample(recording, forest, operations, children, threads)
    sampled = sample.sampled
    let (samples, counted) = (sample.samples, sample.calls)
    ((parents, above, pairs), calls) = await threads.both(
      { samples.arranged() },
      {
        var calls = counted
        calls.settle(operations: samples.roots.count)
        return calls
      })
    examples = samples.rowsByOperation
    var present = 0
    for row in 0..<spans.count where children.count(of: row) > 0 { present += 1 }
    let lost = Double(forest.missing.count)
    lossRate = min(0.6, max(0.01, lost / max(1, lost + Double(present))))
  }

  private mutating func grow() {
    parents.grow(to: operations.count)
    while sampled.count < operations.count { sampled.append(0) }
  }

  /// Arranges what was added.
  mutating func settle(_ threads: Threads) async {
    let noted = self
    ((parents, above), calls) = await threads.both(
      {
        var (parents, above) = (noted.parents, noted.above)
        parents.settle()
        above.settle()
        return (parents, above)
      },
      {
        var calls = noted.calls
        calls.settle(operations: noted.operations.count)
        return calls
      })
  }

  /// Adds what another run showed; gives the numbers of its operations in this table.
  mutating func add(_ lesson: LineageLesson) -> [UInt32] {
    let place = lesson.operations.map { operations.intern($0) }
    let other = lesson.statistics
    grow()
    let groups = place.map { Int($0) }
    parents.add(other.parents, groups: groups, operations: place)
    addPairs(other, place)
    calls.add(other.calls, place)
    for (old, count) in other.sampled.enumerated() { sampled[groups[old]] += count }
    return place
  }

  /// Numbers the pairs of both tables together.
  private mutating func addPairs(_ other: LineageStatistics, _ place: [UInt32]) {
    let own = pairs.keys
    let others = other.pairs.keys.map { Self.pair($0, place) }
    var all = own + others
    let count = UInt64(operations.count)
    PairSort.sort(&all, (count, count)) { $0 }
    var keys: [UInt64] = []
    for key in all where keys.last != key { keys.append(key) }
    let numbered = OperationPairs(keys, operations: operations.count)
    let numbers = { (keys: [UInt64]) in
      keys.map { key in
        numbered.number(
          UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key)) ?? 0
      }
    }
    var table = AboveTable()
    table.grow(to: keys.count)
    let same = (0..<operations.count).map { UInt32(truncatingIfNeeded: $0) }
    table.add(above, groups: numbers(own), operations: same)
    table.add(other.above, groups: numbers(others), operations: place)
    table.settle()
    above = table
    pairs = numbered
  }

  /// The counts without the rows of the run.
  var summary: LineageStatistics {
    var summary = self
    summary.operations = operations.summary
    summary.children = RowLists(owners: 0, rows: 0) { _ in nil }
    summary.examples = RowLists(owners: 0, rows: 0) { _ in nil }
    return summary
  }

  static func pair(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }

  /// A pair of another table in the numbers of this one.
  static func pair(_ old: UInt64, _ place: [UInt32]) -> UInt64 {
    pair(place[Int(old >> 32)], place[Int(UInt32(truncatingIfNeeded: old))])
  }

  /// The most children of one operation that a span of another one was seen with, and the share of
  /// its spans that have one.
  func calls(of operation: UInt32, to child: UInt32) -> (most: Int, share: Double) {
    guard let known = calls.calls(of: operation, to: child) else { return (0, 0) }
    let all = sampled[Int(operation)]
    return (known.most, all >= 8 ? Double(known.spans) / Double(all) : 0)
  }

  /// What stands above a span of an operation.
  func above(_ operation: UInt32) -> Above { parents[Int(operation)] }

  /// What stands above a span of an operation that has a child of the operation `below`.
  func above(_ operation: UInt32, withChild below: UInt32) -> Above {
    if let pair = pairs.number(below, operation), above.total(pair) >= 3 {
      return above[pair]
    }
    return parents[Int(operation)]
  }
}
