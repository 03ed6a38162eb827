/// Where the ancestors of some spans lie in time, and where other spans of their traces do.
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
  private let statistics: LineageStatistics
  private let byTrace: RowLists
  private let parent: [SpanIndex]
  private let clock: SharedTimes

  init(
    _ recording: Recording, _ statistics: LineageStatistics, byTrace: RowLists,
    parent: [SpanIndex], clock: SharedTimes
  ) {
    self.recording = recording
    self.statistics = statistics
    self.byTrace = byTrace
    self.parent = parent
    self.clock = clock
  }

  /// The operations of which there may be examples.
  var operations: Int { statistics.examples.owners }

  /// Examples of each operation that are asked for times.
  var limit: Int {
    let filled = (0..<recording.traces.count).count { byTrace.count(of: $0) > 0 }
    let usual = max(byTrace.list.count / max(filled, 1), 1) * max(statistics.examples.owners, 1)
    return min(
      max(Self.observationLimit / usual, Self.limits.lowerBound), Self.limits.upperBound)
  }

  /// Calls `note` with the pair of operations and the place of each observation of some operations.
  func each(
    of operations: Range<Int>, limit: Int, _ note: (UInt64, LineagePlace, Bool) -> Void
  ) {
    for operation in operations {
      for example in statistics.examples[operation].prefix(limit) {
        learn(SpanIndex(raw: example), UInt32(truncatingIfNeeded: operation), note)
      }
    }
  }

  private func learn(
    _ example: SpanIndex, _ own: UInt32, _ note: (UInt64, LineagePlace, Bool) -> Void
  ) {
    let trace = recording.spans.trace[example.index]
    let rows = byTrace[trace.index]
    guard rows.count <= Self.largestTrace else { return }
    let operations = statistics.operations.ofRow
    let ancestors = ancestors(of: example)
    let lost = ancestors.spans
    let above = lost.map { operations[$0.index] }
    // What is nearer than the ancestor is taken as lost.
    let containers = TraceContainers(
      of: [example], in: TraceRows(unsorted: rows), times: clock, hidden: [], without: lost)
    for row in rows {
      let span = SpanIndex(Int(row))
      guard span != example else { continue }
      let operation = operations[span.index]
      let isAncestor = lost.contains(span)
      // Ancestors of this operation must be known: that this is none of them, or that there is one.
      guard isAncestor || ancestors.areAll || above.contains(operation),
        let place = containers.place(in: span, times: clock)
      else { continue }
      note(LineageStatistics.pair(own, operation), place, isAncestor)
    }
  }

  /// The ancestors of a span, nearest first, and whether the last one heads its tree.
  private func ancestors(of span: SpanIndex) -> (spans: [SpanIndex], areAll: Bool) {
    var found: [SpanIndex] = []
    var at = span
    while found.count < Self.depth {
      let next = parent[at.index]
      guard !next.isNone else { return (found, recording.spans.parentID[at.index].isNone) }
      found.append(next)
      at = next
    }
    return (found, false)
  }
}
