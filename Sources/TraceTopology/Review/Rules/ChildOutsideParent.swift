/// A span that began before the parent that its log names.
///
/// Evidence: the two start times, on the clock that all hosts share as far as calls tie them together,
/// further apart than a millisecond and what that clock may be off by.
///
/// Not reported: spans that outlive their parents, which is usual for work that nobody waits for.
struct ChildOutsideParent: ReviewRule {
  static let name = "child-outside-parent"
  static let caveat = "The clock of a host that no call ties to the others cannot be checked."

  /// What writers round times to: nanoseconds.
  private static let slack: Int64 = 1_000_000

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat)
    for row in 0..<spans.count where run.isListed(row) && run.reattached.kind[row] == .recorded {
      guard let early = early(row, run), early > 0 else { continue }
      faults.add(row, run, and: [run.spanName(run.reattached.parent[row].index)])
    }
    return faults.findings(
      run, facts: { [FindingFact("early", .duration((early($0.index, run) ?? 0)))] }
    ) { text, first in
      let parent = NodeLabel.shortened(run.spanName(run.reattached.parent[first.index].index))
      return "\(text) began before the parent \"\(parent)\""
    }
  }

  /// By how much a span began before its parent, beyond what clocks explain; nil if nobody can say.
  private func early(_ row: Int, _ run: ReviewFacts) -> Int64? {
    let spans = run.recording.spans
    let parent = run.reattached.parent[row]
    guard !parent.isNone, parent.index < spans.count else { return nil }
    let own = spans.process[row]
    let above = spans.process[parent.index]
    var slack = Self.slack
    if own != above {
      // Two hosts whose clocks nothing ties together cannot be compared.
      guard !own.isNone, !above.isNone, let a = run.clocks.skew(of: own),
        let b = run.clocks.skew(of: above)
      else { return nil }
      slack = slack.addingSaturated(a.uncertainty ?? 0).addingSaturated(b.uncertainty ?? 0)
    }
    let start = run.clocks.time(spans.start[row], of: own)
    guard let early = run.clocks.time(spans.start[parent.index], of: above).since(start) else {
      return nil
    }
    return early.subtractingSaturated(slack)
  }
}
