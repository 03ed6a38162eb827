/// A span that never ended, although the task that began it has.
///
/// Evidence: the span has no end in a whole log; the task that began it ended in a whole log.
///
/// Not reported: spans whose task is unknown or alive (`open-span`), and spans of a cut log.
struct AbandonedSpan: ReviewRule {
  static let name = "abandoned-span"
  static let caveat =
    "Whether the task returned without ending the span or left by runtime.Goexit is not in the log; a "
    + "span that was handed to another task looks the same if that never ended it."

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var groups = SpanGroups<SpanOnTask>()
    for row in 0..<spans.count where !spans.end[row].isKnown && run.isListed(row) {
      let task = run.task(of: SpanIndex(row))
      guard run.damage.spares(spans.process[row]), run.wholeLog(of: task) != nil,
        run.recording.tasks.outcome(task) == .ended
      else { continue }
      let item = SpanOnTask(span: SpanIndex(row), task: task)
      groups.add(item, key: run.keyByEntry(item))
    }
    return groups.findings { finding($0, $1, run) }
  }

  private func finding(_ key: [String], _ items: [SpanOnTask], _ run: ReviewFacts) -> Finding {
    let spans = run.sorted(items.map(\.span))
    let task = items.first { $0.span == spans.first }?.task ?? .none
    let record = run.recording.tasks[task]
    let entry = run.text(record.entry)
    var message = "\(run.phrase(items.count, spans[0])) never ended, and the \(run.noun(task))"
    message += items.count == 1 ? " has" : "s have"
    if !entry.isEmpty { message += " left \(NodeLabel.shortened(entry, to: 100))" }
    if entry.isEmpty { message += " exited" }
    return Finding(
      rule: Self.name, severity: .warning, key: key, tasks: run.distinct(items.map(\.task)),
      spans: spans, message: message,
      evidence: [
        FindingFact("task", .task(task)), FindingFact("entry", .text(entry)),
        FindingFact("spawnSite", .site(record.spawnSite)),
        FindingFact("taskEnd", .moment(record.end, record.process)),
      ],
      caveat: Self.caveat)
  }
}
