/// Where the ancestors of some spans lie in time, and where other spans of their traces do.
///
/// Examples are looked at trace by trace: the spans of one lie far apart in a recording of many, and
/// are brought together once for all examples among them.
struct LineageExamples: Sendable {
  /// Examples of each operation that are asked for times, and what all of them may tell together: with
  /// a fifth of it, answers in runs of hundreds of operations are right less often.
  private static let limits = 4...200
  private static let observationLimit = 1_000_000
  /// A trace larger than this tells no times: asking all of its spans would cost too much.
  private static let largestTrace = 1024
  /// How far up ancestors are looked for.
  private static let depth = 32

  private let recording: Recording
  private let operations: [UInt32]
  private let byTrace: RowLists
  private let parent: [SpanIndex]
  private let clock: SharedTimes
  /// The examples, those of a trace together.
  private let rows: [UInt32]

  init(
    _ recording: Recording, _ statistics: LineageStatistics, byTrace: RowLists,
    parent: [SpanIndex], clock: SharedTimes
  ) {
    self.recording = recording
    operations = statistics.operations.ofRow
    self.byTrace = byTrace
    self.parent = parent
    self.clock = clock
    let limit = Self.limit(byTrace, operations: statistics.examples.owners)
    let traces = recording.spans.trace
    var rows: [UInt32] = []
    for operation in 0..<statistics.examples.owners {
      for row in statistics.examples[operation].prefix(limit)
      where byTrace.count(of: traces[Int(row)].index) <= Self.largestTrace {
        rows.append(row)
      }
    }
    TimeSort.sort(&rows) { Int64(traces[Int($0)].raw) }
    self.rows = rows
  }

  /// How many examples there are.
  var count: Int { rows.count }

  /// Examples of each operation that are asked for times.
  private static func limit(_ byTrace: RowLists, operations: Int) -> Int {
    let filled = (0..<byTrace.owners).count { byTrace.count(of: $0) > 0 }
    let usual = max(byTrace.list.count / max(filled, 1), 1) * max(operations, 1)
    return min(max(observationLimit / usual, limits.lowerBound), limits.upperBound)
  }

  /// Calls `note` with the operations, the example's first, and the place of each observation of some
  /// examples, and whether that is an ancestor.
  func each(
    of stretch: Range<Int>, _ note: (UInt32, UInt32, LineagePlace, Bool) -> Void
  ) {
    var trace = TraceIndex.none
    var columns = Columns()
    for row in rows[stretch] {
      if recording.spans.trace[Int(row)] != trace {
        trace = recording.spans.trace[Int(row)]
        columns.fill(byTrace[trace.index], operations, clock)
      }
      learn(row, &columns, note)
    }
  }

  private func learn(
    _ example: UInt32, _ trace: inout Columns,
    _ note: (UInt32, UInt32, LineagePlace, Bool) -> Void
  ) {
    guard let own = trace.place(of: example) else { return }
    let areAll = findAncestors(of: example, &trace)
    var stretch = AskedStretch()
    stretch.ask(start: trace.spans[own].start, end: trace.spans[own].end)
    // What is nearer than the ancestor is taken as lost.
    for place in trace.spans.indices where place != own && !trace.spans[place].isAncestor {
      let (start, end) = (trace.spans[place].start, trace.spans[place].end)
      if stretch.isContained(start: start, end: end) {
        stretch.addContainer(start: start, end: end)
      }
    }
    let operation = trace.spans[own].operation
    for place in trace.spans.indices where place != own {
      let other = trace.spans[place]
      if other.isAncestor { trace.spans[place].isAncestor = false }
      // Ancestors of this operation must be known: that this is none of them, or that there is one.
      guard other.isAncestor || areAll || trace.above.contains(other.operation),
        let lies = stretch.place(start: other.start, end: other.end)
      else { continue }
      note(operation, other.operation, lies, other.isAncestor)
    }
  }

  /// Marks the ancestors of a span; whether the last one heads its tree.
  private func findAncestors(of example: UInt32, _ trace: inout Columns) -> Bool {
    trace.above.removeAll(keepingCapacity: true)
    var at = SpanIndex(raw: example)
    while trace.above.count < Self.depth {
      let next = parent[at.index]
      guard !next.isNone else { return recording.spans.parentID[at.index].isNone }
      trace.above.append(operations[next.index])
      if let place = trace.place(of: next.raw) { trace.spans[place].isAncestor = true }
      at = next
    }
    return false
  }

  /// The spans of one trace, brought together in the order of their rows.
  private struct Columns {
    struct Span {
      var row: UInt32
      var operation: UInt32
      var start: Timestamp
      var end: Timestamp
      /// Whether it is an ancestor of the example that is looked at.
      var isAncestor = false
    }

    var spans: [Span] = []
    /// The operations of the ancestors of the example, nearest first.
    var above: [UInt32] = []

    mutating func fill(
      _ rows: ArraySlice<UInt32>, _ operations: [UInt32], _ clock: SharedTimes
    ) {
      spans.removeAll(keepingCapacity: true)
      for row in rows {
        spans.append(
          Span(
            row: row, operation: operations[Int(row)], start: clock.start[Int(row)],
            end: clock.end[Int(row)]))
      }
    }

    /// Where a row stands; nil if it is not of this trace.
    func place(of row: UInt32) -> Int? {
      var low = 0
      var high = spans.count
      while low < high {
        let middle = (low + high) / 2
        if spans[middle].row < row { low = middle + 1 } else { high = middle }
      }
      return low < spans.count && spans[low].row == row ? low : nil
    }
  }
}
