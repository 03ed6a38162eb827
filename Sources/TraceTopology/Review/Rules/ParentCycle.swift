/// A span above which a ring of parents had to be cut.
///
/// Evidence: following the recorded parents leads back to the span.
struct ParentCycle: ReviewRule {
  static let name = "parent-cycle"
  static let caveat = "Which of the parents is wrong is not in the log."

  func findings(in run: ReviewFacts) -> [Finding] {
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat)
    for row in 0..<run.recording.spans.count
    where run.isListed(row) && run.recordedCause[row] == .cycle {
      faults.add(row, run)
    }
    return faults.findings(run) { text, _ in "\(text) in a ring of parents" }
  }
}
