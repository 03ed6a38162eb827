/// OpenTelemetry span links: from a span of this recording to a span named by its wire ids.
///
/// Rows stand in the order of their spans.
struct SpanLinkTable: Sendable {
  private(set) var span: [SpanIndex] = []
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
    var kept = count
    while kept > 0, span[kept - 1].index >= row { kept -= 1 }
    span.removeLast(count - kept)
    trace.removeLast(trace.count - kept)
    target.removeLast(target.count - kept)
  }

  /// Takes back the rows of some spans and closes the gap that those spans leave.
  mutating func removeSpans(_ rows: Range<Int>) {
    var kept = 0
    for row in 0..<count where !rows.contains(span[row].index) {
      let owner = span[row].index
      span[kept] = owner >= rows.upperBound ? SpanIndex(owner - rows.count) : span[row]
      trace[kept] = trace[row]
      target[kept] = target[row]
      kept += 1
    }
    span.removeLast(span.count - kept)
    trace.removeLast(trace.count - kept)
    target.removeLast(target.count - kept)
  }

  /// The rows of one span.
  func rows(of owner: SpanIndex) -> Range<Int> {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if span[middle] < owner { low = middle + 1 } else { high = middle }
    }
    var last = low
    while last < count, span[last] == owner { last += 1 }
    return low..<last
  }

  mutating func append(_ other: SpanLinkTable, spanOffset: Int) {
    span.append(contentsOf: other.span.lazy.map { SpanIndex($0.index + spanOffset) })
    trace.append(contentsOf: other.trace)
    target.append(contentsOf: other.target)
  }
}
