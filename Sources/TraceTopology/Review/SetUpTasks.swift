/// Tasks that belong to the set-up of a program: spawned under no span, before the first span on any
/// task of their process, or by such a task that was over within the grace of leaks: the scheduler may
/// be late to run what the set-up leaves to others.
///
/// What they wait for is not over when their spawner is: one that stands alone may wait for the end of
/// the program.
struct SetUpTasks: Sendable {
  /// For each process row when the first span on one of its tasks began; none if there is no span.
  private var first: [Int64]
  private let run: ReviewFacts

  init(_ run: ReviewFacts) {
    self.run = run
    first = Array(repeating: .min, count: run.recording.processes.count)
    let spans = run.recording.spans
    for row in 0..<spans.count where run.isListed(row) && spans.start[row].isKnown {
      let task = run.task(of: SpanIndex(row))
      guard !task.isNone else { continue }
      let process = run.recording.tasks.process(task).index
      let start = spans.start[row].nanoseconds
      if first[process] == .min || start < first[process] { first[process] = start }
    }
  }

  func contains(_ task: TaskIndex) -> Bool {
    let spawner = run.recording.tasks.parent(task)
    guard run.creator(of: task).isNone else { return false }
    if isEarly(task) { return true }
    guard !spawner.isNone, isEarly(spawner), run.creator(of: spawner).isNone else { return false }
    let record = run.recording.tasks[spawner]
    guard record.outcome == .ended, let log = run.wholeLog(of: spawner),
      let life = record.end.since(record.start)
    else { return false }
    return life < log.leakGrace
  }

  private func isEarly(_ task: TaskIndex) -> Bool {
    let start = run.recording.tasks.start(task)
    guard start.isKnown else { return false }
    return start.nanoseconds < first[run.recording.tasks.process(task).index]
  }
}
