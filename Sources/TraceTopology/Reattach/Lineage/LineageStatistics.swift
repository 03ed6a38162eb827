/// What the recorded trees of a run say about operations: which is called by which, how long after it,
/// and how often.
///
/// Learned from a bounded sample of each operation, chosen by the span ids.
struct LineageStatistics: Sendable {
  typealias Above = AboveTable.Above

  /// Spans of each operation that are learned from, and of all together: a run of thousands of
  /// operations shows the usual parents of each in fewer spans, and learning from nearly every span
  /// would cost more than all questions.
  private static let sampleSizes = 64...512
  private static let sampleLimit = 200_000

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
  /// The operations of the children of one span, while they are counted.
  private var below: [UInt32] = []
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
    sampled = Array(repeating: 0, count: operations.count)
    let samples = learn(recording, forest)
    let counted = calls
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

  /// Takes a sample of the spans of each operation, and counts the children of those.
  private mutating func learn(_ recording: Recording, _ forest: SpanForest) -> LineageSamples {
    let spans = recording.spans
    var size = Array(repeating: 0, count: operations.count)
    for row in 0..<spans.count where !forest.isAbsorbed[row] {
      size[Int(operations.ofRow[row])] += 1
    }
    let share = Self.sampleLimit / max(operations.count, 1)
    let limit = min(max(share, Self.sampleSizes.lowerBound), Self.sampleSizes.upperBound)
    let step = size.map { SpanID.sampleStep(limit, of: $0) }
    let expected = zip(size, step).reduce(0) { $0 + $1.0 / $1.1 + 1 }
    var samples = LineageSamples(operations: operations.count, expecting: expected)
    calls.reserve(expected)
    for row in 0..<spans.count where !forest.isAbsorbed[row] {
      let own = operations.ofRow[row]
      guard spans.spanID[row].isSampled(every: step[Int(own)]) else { continue }
      countChildren(row)
      let parent = forest.parent[row]
      guard !parent.isNone else {
        if spans.parentID[row].isNone { samples.addRoot(own) }
        continue
      }
      samples.add(
        row, own, below: operations.ofRow[parent.index], above(parent, recording, forest))
    }
    samples.close()
    return samples
  }

  /// What stands above a parent.
  private func above(
    _ parent: SpanIndex, _ recording: Recording, _ forest: SpanForest
  ) -> LineageSamples.Above {
    let next = forest.parent[parent.index]
    guard next.isNone else { return .operation(operations.ofRow[next.index]) }
    return recording.spans.parentID[parent.index].isNone ? .nothing : .unknown
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

  /// Counts the children of one span by their operations, which are few.
  private mutating func countChildren(_ row: Int) {
    let own = operations.ofRow[row]
    sampled[Int(own)] += 1
    let count = children.count(of: row)
    guard count > 1 else {
      if count == 1 { calls.note(own, child: operations.ofRow[Int(children.first(of: row))], 1) }
      return
    }
    below.removeAll(keepingCapacity: true)
    for child in children[row] { below.append(operations.ofRow[Int(child)]) }
    below.sort()
    var from = 0
    while from < below.count {
      var to = from + 1
      while to < below.count, below[to] == below[from] { to += 1 }
      calls.note(own, child: below[from], to - from)
      from = to
    }
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
