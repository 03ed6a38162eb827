/// One trace may name itself by 64 bits in one place and by 128 bits in another: older tracers cut the
/// id (Jaeger, Zipkin B3, Datadog), so the low halves are equal and the high half of one is zero.
enum TraceIDForms {
  /// Puts the spans of short ids into the trace of the one long id that ends alike; a short id that fits
  /// several long ones stays a trace of its own.
  static func join(_ recording: inout Recording) {
    let target = targets(recording.traces)
    guard !target.isEmpty else { return }
    var moved = 0
    for row in 0..<recording.spans.count {
      guard let whole = target[recording.spans.trace[row]] else { continue }
      recording.spans.setTrace(whole, of: SpanIndex(row))
      moved += 1
    }
    guard moved > 0 else { return }
    recording.diagnostics.report(
      "joined-trace", .note, input: nil, count: moved,
      "\(moved) spans name their trace by 64 of its 128 bits; they are put into it")
  }

  private static func targets(_ traces: TraceTable) -> [TraceIndex: TraceIndex] {
    guard traces.low.indices.contains(where: { traces.high[$0] == 0 && traces.low[$0] != 0 }),
      traces.high.contains(where: { $0 != 0 })
    else { return [:] }
    var long: [UInt64: TraceIndex] = [:]
    for row in 0..<traces.count where traces.high[row] != 0 {
      // Several long ids with one low half: `none` says that none of them is the one.
      long[traces.low[row]] = long[traces.low[row]] == nil ? TraceIndex(row) : TraceIndex.none
    }
    var target: [TraceIndex: TraceIndex] = [:]
    for row in 0..<traces.count where traces.high[row] == 0 && traces.low[row] != 0 {
      guard let whole = long[traces.low[row]], !whole.isNone else { continue }
      target[TraceIndex(row)] = whole
    }
    return target
  }
}

extension TraceID {
  /// Whether two ids may stand for one trace: equal, or one is the low half of the other.
  func isForm(of other: TraceID) -> Bool {
    self == other || (low == other.low && low != 0 && (high == 0 || other.high == 0))
  }
}
