/// What the ids of a trace say about the parent that a row names.
enum RecordedParent {
  /// The first row with its id, and whether it is the only one.
  case row(Int, isAlone: Bool)
  /// No row has its id.
  case missing(SpanID)
  /// There is none, and why if one is named.
  case none(LossCause)

  /// `table` holds the rows of the trace.
  @inline(__always)
  init(of row: Int, _ spans: SpanTable, _ table: SpanIDTable) {
    let wanted = spans.parentID[row]
    if wanted.isNone {
      self = .none(spans.hasDamagedID(row) ? .damagedInput : .none)
    } else if wanted == spans.spanID[row] {
      self = .none(.cycle)
    } else if let found = table.find(wanted) {
      self = .row(found.row, isAlone: found.isAlone)
    } else {
      self = .missing(wanted)
    }
  }
}

extension [MissingParent] {
  /// Adds a child of a parent that no row of its trace is; `table` knows the numbers of those before.
  mutating func add(
    _ row: Int, below id: SpanID, _ trace: TraceIndex, _ table: inout SpanIDTable
  ) {
    if let known = table.missing(id) {
      self[known].children.append(SpanIndex(row))
    } else {
      table.setMissing(id, count)
      append(MissingParent(trace: trace, spanID: id, children: [SpanIndex(row)]))
    }
  }
}
