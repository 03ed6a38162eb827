/// The recorded parents of the spans of some traces, told by ids alone: one look at each trace, which
/// needs no other.
///
/// Traces in which several records carry one id are left to who can tell these apart.
struct TraceParents: Sendable {
  let traces: Range<Int>
  /// For each row, trace by trace, the row of its parent.
  private(set) var parents: [SpanIndex] = []
  /// Why rows have none although they name one.
  private(set) var causes: [(row: Int, cause: LossCause)] = []
  private(set) var missing: [MissingParent] = []
  /// The traces that are left.
  private(set) var left: [Int] = []

  init(_ traces: Range<Int>, _ byTrace: RowLists, _ recording: Recording) {
    self.traces = traces
    parents.reserveCapacity(byTrace.rows(of: traces).count)
    var table = SpanIDTable()
    for trace in traces {
      let rows = byTrace[trace]
      guard recording.traces[TraceIndex(trace)] != .zero,
        Self.enter(rows, recording.spans, &table)
      else {
        left.append(trace)
        parents.append(contentsOf: repeatElement(.none, count: rows.count))
        continue
      }
      for row in rows.lazy.map({ Int($0) }) {
        parents.append(parent(of: row, TraceIndex(trace), recording.spans, &table))
      }
    }
  }

  /// Puts the rows of a trace into its table; false where two of them have one id.
  private static func enter(
    _ rows: ArraySlice<UInt32>, _ spans: SpanTable, _ table: inout SpanIDTable
  ) -> Bool {
    table.begin(count: rows.count)
    for row in rows.lazy.map({ Int($0) }) {
      let id = spans.spanID[row]
      guard !id.isNone else { continue }
      guard table.find(id) == nil else { return false }
      table.insert(id, row: row)
    }
    return true
  }

  private mutating func parent(
    of row: Int, _ trace: TraceIndex, _ spans: SpanTable, _ table: inout SpanIDTable
  ) -> SpanIndex {
    switch RecordedParent(of: row, spans, table) {
    case .row(let parent, _): return SpanIndex(parent)
    case .none(let cause):
      if cause != .none { causes.append((row, cause)) }
    case .missing(let id):
      causes.append((row, .missingParent))
      missing.add(row, below: id, trace, &table)
    }
    return .none
  }
}
