/// What the recorded trees of a run say about operations: which is called by which, how long after it,
/// and how often.
///
/// Learned from a bounded sample of each operation, chosen by the span ids.
struct LineageStatistics: Sendable {
  /// The operations of the parents of some spans, with their counts, most frequent first; and how many
  /// of the spans head a tree.
  struct Above: Sendable {
    var parents: [(operation: UInt32, count: Int)] = []
    var roots = 0

    /// All spans that were counted.
    var total: Int { parents.reduce(roots) { $0 + $1.count } }

    fileprivate mutating func note(_ operation: UInt32, count: Int = 1) {
      if let known = parents.firstIndex(where: { $0.operation == operation }) {
        parents[known].count += count
      } else {
        parents.append((operation, count))
      }
    }

    fileprivate mutating func add(_ other: Above, _ place: [UInt32]) {
      for item in other.parents { note(place[Int(item.operation)], count: item.count) }
      roots += other.roots
    }

    fileprivate mutating func sort() {
      parents.sort { $0.count != $1.count ? $0.count > $1.count : $0.operation < $1.operation }
    }
  }

  private static let sampleSize = 512

  /// What stands above the spans of each operation.
  private(set) var parents: [Above] = []
  /// Spans with a recorded parent of each operation, and all that name none.
  private var size: [Int] = []
  /// Some spans of each operation that have a recorded parent.
  private(set) var examples: [[SpanIndex]] = []
  /// The share of parents that are named but not there.
  private(set) var lossRate = 0.0
  /// The share of the spans of an operation that have a child of another one.
  func share(of operation: UInt32, withChild child: UInt32) -> Double {
    let all = sampled[operation] ?? 0
    guard all >= 8 else { return 0 }
    return Double(withChild[Self.pair(operation, child)] ?? 0) / Double(all)
  }

  /// What stands above a span of an operation that has a child of another one.
  private var above: [UInt64: Above] = [:]
  private var mostChildren: [UInt64: Int] = [:]
  /// Sampled spans of an operation that have a child of another one, and all sampled ones.
  private var withChild: [UInt64: Int] = [:]
  private var sampled: [UInt32: Int] = [:]

  private(set) var operations: OperationTable
  /// The children of each row by recorded parents.
  private(set) var children: RowLists

  init(_ recording: Recording, _ forest: SpanForest) {
    operations = OperationTable(recording)
    let spans = recording.spans
    children = RowLists(owners: spans.count, rows: spans.count) { row in
      forest.parent[row].isNone ? nil : forest.parent[row].index
    }
    size = Array(repeating: 0, count: operations.count)
    for row in 0..<spans.count where !forest.isAbsorbed[row] {
      size[Int(operations.ofRow[row])] += 1
    }
    learn(recording, forest)
    var present = 0
    for row in 0..<spans.count where !children[row].isEmpty { present += 1 }
    let lost = Double(forest.missing.count)
    lossRate = min(0.6, max(0.01, lost / max(1, lost + Double(present))))
  }

  private mutating func learn(_ recording: Recording, _ forest: SpanForest) {
    let spans = recording.spans
    parents = Array(repeating: Above(), count: operations.count)
    examples = Array(repeating: [], count: operations.count)
    for row in 0..<spans.count where !forest.isAbsorbed[row] {
      let own = operations.ofRow[row]
      guard spans.spanID[row].isSampled(Self.sampleSize, of: size[Int(own)]) else { continue }
      countChildren(row)
      let parent = forest.parent[row]
      guard !parent.isNone else {
        if spans.parentID[row].isNone { parents[Int(own)].roots += 1 }
        continue
      }
      parents[Int(own)].note(operations.ofRow[parent.index])
      examples[Int(own)].append(SpanIndex(row))
      learnAbove(own, parent, recording, forest)
    }
    settle()
  }

  /// Puts the most frequent first.
  mutating func settle() {
    for operation in parents.indices { parents[operation].sort() }
    for pair in above.keys { above[pair]?.sort() }
  }

  /// Adds what another run showed; gives the numbers of its operations in this table.
  mutating func add(_ lesson: LineageLesson) -> [UInt32] {
    let place = lesson.operations.map { operations.intern($0) }
    let other = lesson.statistics
    while parents.count < operations.count {
      parents.append(Above())
      size.append(0)
      examples.append([])
    }
    for (old, above) in other.parents.enumerated() { parents[Int(place[old])].add(above, place) }
    let pair = { (old: UInt64) in
      Self.pair(place[Int(old >> 32)], place[Int(UInt32(truncatingIfNeeded: old))])
    }
    for (old, item) in other.above { above[pair(old), default: Above()].add(item, place) }
    for (old, count) in other.mostChildren {
      mostChildren[pair(old)] = max(mostChildren[pair(old)] ?? 0, count)
    }
    for (old, count) in other.withChild { withChild[pair(old), default: 0] += count }
    for (old, count) in other.sampled { sampled[place[Int(old)], default: 0] += count }
    return place
  }

  /// The counts without the rows of the run.
  var summary: LineageStatistics {
    var summary = self
    summary.operations = operations.summary
    summary.children = RowLists(owners: 0, rows: 0) { _ in nil }
    summary.examples = []
    return summary
  }

  private mutating func learnAbove(
    _ own: UInt32, _ parent: SpanIndex, _ recording: Recording, _ forest: SpanForest
  ) {
    let pair = Self.pair(own, operations.ofRow[parent.index])
    let next = forest.parent[parent.index]
    if !next.isNone {
      above[pair, default: Above()].note(operations.ofRow[next.index])
    } else if recording.spans.parentID[parent.index].isNone {
      above[pair, default: Above()].roots += 1
    }
  }

  private mutating func countChildren(_ row: Int) {
    var counts: [UInt32: Int] = [:]
    for child in children[row] { counts[operations.ofRow[Int(child)], default: 0] += 1 }
    sampled[operations.ofRow[row], default: 0] += 1
    for (operation, count) in counts {
      let pair = Self.pair(operations.ofRow[row], operation)
      mostChildren[pair] = max(mostChildren[pair] ?? 0, count)
      withChild[pair, default: 0] += 1
    }
  }

  static func pair(_ a: UInt32, _ b: UInt32) -> UInt64 { UInt64(a) << 32 | UInt64(b) }

  /// The most children of one operation that a span of another one was seen with.
  func mostChildren(of operation: UInt32, like child: UInt32) -> Int {
    mostChildren[Self.pair(operation, child)] ?? 0
  }

  /// What stands above a span of an operation that has a child of the operation `below`.
  func above(_ operation: UInt32, withChild below: UInt32) -> Above {
    if let known = above[Self.pair(below, operation)], known.total >= 3 { return known }
    return parents[Int(operation)]
  }
}
