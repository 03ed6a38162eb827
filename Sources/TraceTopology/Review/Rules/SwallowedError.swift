/// An error that stopped at a parent which reports success.
///
/// Evidence: the status of a span is an error, that of its parent is `ok`, which a program sets itself.
///
/// Not reported: parents without a status.
struct SwallowedError: ReviewRule {
  static let name = "swallowed-error"
  static let caveat = "A retry or a fallback that worked looks the same."

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat, severity: .note)
    for row in 0..<spans.count where spans.status(row) == .error && run.isListed(row) {
      let parent = run.reattached.parent[row]
      guard !parent.isNone, parent.index < spans.count, spans.status(parent.index) == .ok else {
        continue
      }
      faults.add(row, run, and: [run.spanName(parent.index)])
    }
    return faults.findings(run) { text, first in
      let parent = NodeLabel.shortened(run.spanName(run.reattached.parent[first.index].index))
      return "\(text) failed, and the parent \"\(parent)\" reports ok"
    }
  }
}
