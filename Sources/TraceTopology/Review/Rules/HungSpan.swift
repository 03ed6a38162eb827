/// A span to which nothing happened for too long: its task waited, and so did all that it had started.
///
/// Evidence: one wait of the span's task inside the span, or what is left of it once the times are
/// taken away in which a span below was open or a task spawned below did something, is longer than the
/// limit. The wait has ended, so the log says who woke the task.
///
/// Not reported: waits that last until the end of the log (`open-span`, `leaked-task`); waits for a
/// lock that others got meanwhile; waits for the garbage collector; time on a processor or in system
/// calls; spans of a cut log.
struct HungSpan: ReviewRule {
  static let name = "hung-span"
  static let caveat =
    "A wait may be meant, such as a long poll or a sleep. Time in one system call is not looked at."

  /// The longest quiet stretch of a span.
  private struct Hang {
    var span: SpanIndex
    var wait: Int
    var length: Int64
  }

  func findings(in run: ReviewFacts) -> [Finding] {
    let waits = LongWaits(run)
    guard !waits.isEmpty else { return [] }
    let spans = run.recording.spans
    var activity: SpanActivity?
    var groups = SpanGroups<Hang>()
    for row in 0..<spans.count where spans.end[row].isKnown && run.isListed(row) {
      let task = run.task(of: SpanIndex(row))
      guard let log = run.wholeLog(of: task), waits.mayHold(task),
        let length = spans.end[row].since(spans.start[row]), length > log.hungAfter
      else { continue }
      let known = activity ?? SpanActivity(run, waits)
      activity = known
      let found = waits.rows(of: task, from: spans.start[row], to: spans.end[row])
        .filter { !run.isForCollector($0) && !known.isMovingQueue($0, run.recording.waits) }
        .map {
          Hang(span: SpanIndex(row), wait: $0, length: known.quiet(row, wait: $0, run, waits))
        }
        .max { ($0.length, $1.wait) < ($1.length, $0.wait) }
      guard let found, found.length > log.hungAfter else { continue }
      groups.add(found, key: key(found, run))
    }
    return groups.findings { finding($0, $1, run) }
  }

  private func key(_ hang: Hang, _ run: ReviewFacts) -> [String] {
    let waits = run.recording.waits
    return [
      run.service(run.recording.spans.process[hang.span.index]), run.spanName(hang.span.index),
      run.text(waits.reason[hang.wait]), run.key(waits.site[hang.wait]),
    ]
  }

  private func finding(_ key: [String], _ items: [Hang], _ run: ReviewFacts) -> Finding {
    let spans = run.sorted(items.map(\.span))
    let waits = run.recording.waits
    let lengths = items.map(\.length).sorted()
    let worst =
      items.first { $0.length == lengths.last && $0.span == worstSpan(items, run) } ?? items[0]
    let reason = run.text(waits.reason[worst.wait])
    var message = "\(run.phrase(items.count, spans[0])) waited up to "
    message += NodeLabel.duration(lengths.last ?? 0)
    if !reason.isEmpty { message += ": \(reason)" }
    if let place = run.place(waits.site[worst.wait]) { message += " at \(place)" }
    let waker = waits.by[worst.wait]
    var facts = [
      FindingFact("waitingOn", .text(reason)),
      FindingFact("waitSite", .site(waits.site[worst.wait])),
      FindingFact("longest", .duration(lengths.last ?? 0)),
      FindingFact("median", .duration(lengths[lengths.count / 2])),
      FindingFact("span", .span(worst.span)),
      FindingFact(
        "since",
        .moment(waits.since[worst.wait], run.recording.tasks.process(waits.task[worst.wait]))),
      FindingFact("wokenByTasks", .count(items.count { !waits.by[$0.wait].isNone })),
    ]
    if !waker.isNone {
      let entry = run.text(run.recording.tasks[waker].entry)
      message += "; woken by "
      message +=
        entry.isEmpty ? "another \(run.noun(waker))" : NodeLabel.shortened(entry, to: 100)
      facts.append(FindingFact("wokenBy", .task(waker)))
    }
    return Finding(
      rule: Self.name, severity: .warning, key: key,
      tasks: run.distinct(spans.map { run.task(of: $0) }), spans: spans, message: message,
      evidence: facts, caveat: Self.caveat)
  }

  /// Of those that hung longest the first.
  private func worstSpan(_ items: [Hang], _ run: ReviewFacts) -> SpanIndex {
    let longest = items.map(\.length).max() ?? 0
    return run.first(items.filter { $0.length == longest }.map(\.span))
  }
}

extension ReviewFacts {
  /// Whether a task waited for the garbage collector, and not for the program.
  fileprivate func isForCollector(_ wait: Int) -> Bool {
    let reason = text(recording.waits.reason[wait])
    return reason.hasPrefix("GC ") || reason == "wait until GC ends"
  }
}
