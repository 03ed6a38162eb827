/// A span that never ended, on a task that was still alive when its log ended.
///
/// Evidence: the span has no end in a whole log; its task has not ended in a whole log, and this is
/// what it was doing. A span on no known task is reported as a note, as nobody can say.
///
/// Not reported: spans of a process whose log is cut (`SpanDamage`), and those whose task's log is cut.
struct OpenSpan: ReviewRule {
  static let name = "open-span"
  static let caveat =
    "Work that was going on when the recording stopped looks the same as work that hangs."

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    var groups = SpanGroups<SpanOnTask>()
    for row in 0..<spans.count where !spans.end[row].isKnown && run.isListed(row) {
      guard run.damage.spares(spans.process[row]) else { continue }
      let task = run.task(of: SpanIndex(row))
      if !task.isNone {
        guard run.wholeLog(of: task) != nil, run.recording.tasks.outcome(task) == .open else {
          continue
        }
      }
      groups.add(SpanOnTask(span: SpanIndex(row), task: task), key: key(row, task, run))
    }
    return groups.findings { finding($0, $1, run) }
  }

  private func key(_ row: Int, _ task: TaskIndex, _ run: ReviewFacts) -> [String] {
    let service = run.service(run.recording.spans.process[row])
    guard !task.isNone else { return [service, run.spanName(row)] }
    let wait = run.recording.tasks.wait(task)
    let state = run.recording.tasks.lastState(task)
    return [
      service, run.spanName(row), state.name,
      state == .waiting ? run.text(wait.reason) : "", state == .waiting ? run.key(wait.site) : "",
    ]
  }

  private func finding(_ key: [String], _ items: [SpanOnTask], _ run: ReviewFacts) -> Finding {
    let spans = run.sorted(items.map(\.span))
    let task = items.first { $0.span == spans.first }?.task ?? .none
    var message = "\(run.phrase(items.count, spans[0])) never ended"
    var facts: [FindingFact] = []
    if !task.isNone {
      let wait = run.recording.tasks.wait(task)
      let state = run.recording.tasks.lastState(task)
      message += "; the \(run.noun(task)) is \(state.name)"
      facts.append(FindingFact("state", .text(state.name)))
      if state == .waiting {
        let reason = run.text(wait.reason)
        if !reason.isEmpty { message += ": \(reason)" }
        if let place = run.place(wait.site) { message += " at \(place)" }
        facts.append(FindingFact("waitingOn", .text(reason)))
        facts.append(FindingFact("waitSite", .site(wait.site)))
      }
      facts.append(FindingFact("task", .task(task)))
    }
    return Finding(
      rule: Self.name, severity: task.isNone ? .note : .warning, key: key,
      tasks: run.distinct(items.map(\.task)), spans: spans, message: message, evidence: facts,
      caveat: Self.caveat)
  }
}
