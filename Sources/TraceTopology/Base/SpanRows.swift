/// Where the rows of each span stand in a table, looked up at once instead of searched for.
///
///     owners   1  1  3
///     start    0  0  2  2  3     rows of span n = start[n] ..< start[n + 1]
struct SpanRows: Sendable {
  private var start: [UInt32] = []

  init(_ column: SpanColumn, _ spans: Int) {
    guard column.count > 0 else { return }
    start.reserveCapacity(spans + 1)
    var row = 0
    for span in 0..<spans {
      start.append(UInt32(truncatingIfNeeded: row))
      while row < column.count, column[row].index <= span { row += 1 }
    }
    start.append(UInt32(truncatingIfNeeded: row))
  }

  /// None for what is no span of the log.
  subscript(span: SpanIndex) -> Range<Int> {
    guard span.index < start.count - 1 else { return 0..<0 }
    return Int(start[span.index])..<Int(start[span.index + 1])
  }
}
