/// OpenTelemetry span links: from a span of this recording to a span named by its wire ids.
struct SpanLinkTable: Sendable {
  private(set) var span = SpanColumn()
  private(set) var trace: [TraceID] = []
  private(set) var target: [SpanID] = []

  var count: Int { span.count }

  mutating func append(span: SpanIndex, trace: TraceID, target: SpanID) {
    self.span.append(span)
    self.trace.append(trace)
    self.target.append(target)
  }

  /// Takes back every row of spans from `row` on.
  mutating func truncate(toSpan row: Int) {
    let dropped = span.truncate(toSpan: row)
    trace.removeLast(dropped)
    target.removeLast(dropped)
  }

  /// Takes back the rows of some spans and closes the gap that those spans leave.
  mutating func removeSpans(_ rows: Range<Int>) {
    let kept = span.removeSpans(rows)
    trace = kept.map { trace[$0] }
    target = kept.map { target[$0] }
  }

  /// Gives the links of some spans to others; a link that a span has already is not repeated.
  mutating func move(_ newOwner: [SpanIndex: SpanIndex]) {
    let old = self
    var moved = span
    let order = moved.move(newOwner)
    self = SpanLinkTable()
    for (place, row) in order.enumerated() {
      let isOwn = moved[place] == old.span[row]
      let isKnown = rows(of: moved[place]).contains {
        trace[$0] == old.trace[row] && target[$0] == old.target[row]
      }
      guard isOwn || !isKnown else { continue }
      append(span: moved[place], trace: old.trace[row], target: old.target[row])
    }
  }

  /// The rows of one span.
  func rows(of owner: SpanIndex) -> Range<Int> { span.rows(of: owner) }

  mutating func append(_ other: SpanLinkTable, spanOffset: Int) {
    for row in 0..<other.count {
      append(
        span: SpanIndex(other.span[row].index + spanOffset), trace: other.trace[row],
        target: other.target[row])
    }
  }
}
