/// A span that ends before it starts.
///
/// Evidence: its two times, both as recorded.
struct NegativeDuration: ReviewRule {
  static let name = "negative-duration"
  static let caveat = "Which of the two times is wrong is not in the log."

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat)
    for row in 0..<spans.count where run.isListed(row) {
      guard let length = spans.end[row].since(spans.start[row]), length < 0 else { continue }
      faults.add(row, run)
    }
    return faults.findings(
      run,
      facts: { first in
        let length = spans.end[first.index].since(spans.start[first.index]) ?? 0
        return [FindingFact("duration", .duration(length))]
      }
    ) { text, _ in "\(text) ended before starting" }
  }
}
