/// Finds the parent of a lost span within its own trace, by names and times alone: where no scheduler
/// log reaches (another process), the trace still tells which spans were open.
struct TraceStructure: Sendable {
  private let recording: Recording
  private let statistics: RuleStatistics
  private let byTrace: RowLists
  private let isAbsorbed: [Bool]
  private let clocks: HostClocks
  private let childNames: Set<UInt64>

  /// Names of ancestors that are tried: parents, grandparents, …
  private static let depth = 4

  init(_ recording: Recording, _ statistics: RuleStatistics, _ forest: SpanForest) {
    self.recording = recording
    self.statistics = statistics
    isAbsorbed = forest.isAbsorbed
    clocks = forest.clocks
    let spans = recording.spans
    byTrace = RowLists(owners: recording.traces.count, rows: spans.count) { row in
      forest.isAbsorbed[row] ? nil : spans.trace[row].index
    }
    var names: Set<UInt64> = []
    for row in 0..<spans.count where !forest.parent[row].isNone {
      names.insert(UInt64(forest.parent[row].raw) << 32 | UInt64(spans.name[row].raw))
    }
    childNames = names
  }

  /// The span of this trace that was open at `time` and whose name is that of an ancestor of `name`,
  /// with how likely it is; nearest ancestors first. `time` is on the clock that all hosts share.
  func ancestor(of name: StringID, trace: TraceIndex, time: Int64, excluding: Set<SpanIndex>)
    -> (span: SpanIndex, probability: Double)?
  {
    guard name != .empty, byTrace[trace.index].count <= 4096 else { return nil }
    var below = name
    for distance in 0..<Self.depth {
      guard let above = statistics.commonestParent(below) else { return nil }
      let open = byTrace[trace.index].map { SpanIndex(raw: $0) }.filter { span in
        recording.spans.name[span.index] == above && isOpen(span, at: time)
          && !excluding.contains(span)
      }
      // A span that has such a child already is a less likely parent than one that misses it.
      let lacking = open.filter {
        !childNames.contains(UInt64($0.raw) << 32 | UInt64(below.raw))
      }
      let fitting = lacking.isEmpty ? open : lacking
      if let best = fitting.max(by: { isOrderedBefore($0, $1) }) {
        let base = distance == 0 ? 0.95 : 0.9
        return (best, base / Double(fitting.count))
      }
      below = above
    }
    return nil
  }

  private func isOpen(_ span: SpanIndex, at time: Int64) -> Bool {
    let process = recording.spans.process[span.index]
    let start = clocks.time(recording.spans.start[span.index], of: process)
    let end = clocks.time(recording.spans.end[span.index], of: process)
    guard start.isKnown, start.nanoseconds <= time else { return false }
    return !end.isKnown || end.nanoseconds >= time
  }

  private func isOrderedBefore(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let spans = recording.spans
    return (spans.start[a.index].nanoseconds, spans.spanID[a.index])
      < (spans.start[b.index].nanoseconds, spans.spanID[b.index])
  }
}
