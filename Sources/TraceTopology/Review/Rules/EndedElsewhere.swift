/// A span that was begun on one task and ended on another.
///
/// Evidence: the log names the task that ended it; or the task that began it was over before the span,
/// by more than the clocks may be off.
///
/// Not reported: a span that another task ended while the first one lived, where no log names that task.
struct EndedElsewhere: ReviewRule {
  static let name = "ended-elsewhere"
  static let caveat =
    "Handing a span over may be meant; a span that another task ended while the first one lived is seen "
    + "only where the log names the task that ended it."

  /// How much later than its task a span must end, beyond what the clocks may be off by: nanoseconds.
  private static let slack: Int64 = 50_000

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var groups = SpanGroups<SpanOnTask>()
    for row in 0..<spans.count where spans.end[row].isKnown && run.isListed(row) {
      let task = run.task(of: SpanIndex(row))
      guard !task.isNone, run.wholeLog(of: task) != nil, isElsewhere(row, task, run) else {
        continue
      }
      let item = SpanOnTask(span: SpanIndex(row), task: task)
      groups.add(item, key: run.keyByEntry(item))
    }
    return groups.findings { finding($0, $1, run) }
  }

  private func isElsewhere(_ row: Int, _ task: TaskIndex, _ run: ReviewFacts) -> Bool {
    let end = run.endTaskOfSpan[row]
    if !end.isNone { return end != task }
    guard run.recording.tasks.outcome(task) == .ended else { return false }
    let record = run.recording.tasks[task]
    guard let late = run.recording.spans.end[row].since(record.end) else { return false }
    return late > Self.slack.addingSaturated(run.uncertainty[record.process.index])
  }

  private func finding(_ key: [String], _ items: [SpanOnTask], _ run: ReviewFacts) -> Finding {
    let spans = run.sorted(items.map(\.span))
    let task = items.first { $0.span == spans.first }?.task ?? .none
    let record = run.recording.tasks[task]
    let end = run.endTaskOfSpan[spans[0].index]
    var message = "\(run.phrase(items.count, spans[0])) ended on another \(run.noun(task)) than "
    message += items.count == 1 ? "it began on" : "they began on"
    let entry = run.text(record.entry)
    if !entry.isEmpty { message += " (\(NodeLabel.shortened(entry, to: 100)))" }
    var facts = [FindingFact("task", .task(task)), FindingFact("entry", .text(entry))]
    if end.isNone {
      facts.append(FindingFact("taskEnd", .moment(record.end, record.process)))
      facts.append(
        FindingFact(
          "after", .duration(run.recording.spans.end[spans[0].index].since(record.end) ?? 0))
      )
    } else {
      facts.append(FindingFact("endTask", .task(end)))
    }
    return Finding(
      rule: Self.name, severity: .note, key: key, tasks: run.distinct(items.map(\.task)),
      spans: spans, message: message, evidence: facts, caveat: Self.caveat)
  }
}
