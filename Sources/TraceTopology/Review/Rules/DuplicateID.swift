/// Spans of one trace that carry one id and contradict each other.
///
/// Evidence: records with the same two ids that are neither repetitions nor parts of one span, nor the
/// two sides of a call.
struct DuplicateID: ReviewRule {
  static let name = "duplicate-id"
  static let caveat =
    "Children of such spans hang under the one that was open; that may be the wrong one."

  private struct ID: Hashable {
    var trace: TraceIndex
    var span: SpanID
  }

  func findings(in run: ReviewFacts) -> [Finding] {
    guard run.hasConflicts else { return [] }
    let spans = run.recording.spans
    var rows: [ID: [Int]] = [:]
    for row in 0..<spans.count where run.isListed(row) && !spans.spanID[row].isNone {
      rows[ID(trace: spans.trace[row], span: spans.spanID[row]), default: []].append(row)
    }
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat)
    for members in rows.values {
      let own = members.filter { run.identity[SpanIndex($0)] != .sharedSpan }
      guard own.count > 1 else { continue }
      for row in own { faults.add(row, run) }
    }
    return faults.findings(run) { text, _ in "\(text) whose id another span carries" }
  }
}
