/// A sample of the spans of each operation, and what their children are: taken by several threads, each of
/// which looks at rows of its own.
struct LineageSample: Sendable {
  /// Spans of each operation that are learned from, and of all together: a run of thousands of
  /// operations shows the usual parents of each in fewer spans, and learning from nearly every span
  /// would cost more than all questions.
  private static let sizes = 64...512
  private static let limit = 200_000
  /// Fewer rows are not worth a thread of their own.
  private static let rowsAtOnce = 4096

  private(set) var samples: LineageSamples
  private(set) var calls = CallTable()
  /// How many spans of each operation were sampled.
  private(set) var sampled: [Int]
  /// The operations of the children of one span, while they are counted.
  private var below: [UInt32] = []

  private init(operations count: Int, expecting expected: Int) {
    samples = LineageSamples(operations: count, expecting: expected)
    sampled = Array(repeating: 0, count: count)
    calls.reserve(expected)
  }

  init(
    _ recording: Recording, _ forest: SpanForest, _ operations: OperationTable,
    _ children: RowLists, _ threads: Threads
  ) async {
    let rows = recording.spans.count
    var size = Array(repeating: 0, count: operations.count)
    for row in 0..<rows where !forest.isAbsorbed[row] { size[Int(operations.ofRow[row])] += 1 }
    let share = Self.limit / max(operations.count, 1)
    let most = min(max(share, Self.sizes.lowerBound), Self.sizes.upperBound)
    let step = size.map { SpanID.sampleStep(most, of: $0) }
    let expected = zip(size, step).reduce(0) { $0 + $1.0 / $1.1 + 1 }
    // What is counted at once takes no more room than the rows.
    let parts = await threads.stretches(of: rows, atLeast: max(Self.rowsAtOnce, step.count)) {
      stretch in
      var part = LineageSample(operations: step.count, expecting: 0)
      for row in stretch where !forest.isAbsorbed[row] {
        let own = operations.ofRow[row]
        guard recording.spans.spanID[row].isSampled(every: step[Int(own)]) else { continue }
        part.countChildren(row, operations.ofRow, children)
        part.add(row, recording, forest, operations.ofRow)
      }
      return part
    }
    self.init(operations: step.count, expecting: expected)
    for part in parts {
      samples.append(part.samples)
      calls.append(part.calls)
      for operation in sampled.indices { sampled[operation] += part.sampled[operation] }
    }
    samples.close()
  }

  private mutating func add(
    _ row: Int, _ recording: Recording, _ forest: SpanForest, _ operation: [UInt32]
  ) {
    let parent = forest.parent[row]
    guard parent.isNone else {
      return samples.add(
        row, operation[row], below: operation[parent.index],
        Self.above(parent, recording, forest, operation))
    }
    if recording.spans.parentID[row].isNone { samples.addRoot(operation[row]) }
  }

  /// What stands above a parent.
  private static func above(
    _ parent: SpanIndex, _ recording: Recording, _ forest: SpanForest, _ operation: [UInt32]
  ) -> LineageSamples.Above {
    let next = forest.parent[parent.index]
    guard next.isNone else { return .operation(operation[next.index]) }
    return recording.spans.parentID[parent.index].isNone ? .nothing : .unknown
  }

  /// Counts the children of one span by their operations, which are few.
  private mutating func countChildren(_ row: Int, _ operation: [UInt32], _ children: RowLists) {
    let own = operation[row]
    sampled[Int(own)] += 1
    let count = children.count(of: row)
    guard count > 1 else {
      if count == 1 { calls.note(own, child: operation[Int(children.first(of: row))], 1) }
      return
    }
    below.removeAll(keepingCapacity: true)
    for child in children[row] { below.append(operation[Int(child)]) }
    below.sort()
    var from = 0
    while from < below.count {
      var to = from + 1
      while to < below.count, below[to] == below[from] { to += 1 }
      calls.note(own, child: below[from], to - from)
      from = to
    }
  }
}
