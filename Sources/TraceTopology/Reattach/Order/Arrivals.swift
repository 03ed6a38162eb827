/// When the work of spans reached their tasks: a task that was woken had received when it was woken, and
/// one that was spawned for its work when it was spawned, however late it went on.
///
///     task        |---- before ----|  asleep   ^ woken   (ready)    |-- span --|
///
/// All are told at once, task by task, as what tells it stands in memory; then they are read by name, each
/// in the order of starts, which is nearly the order of the rows.
struct Arrivals: Sendable {
  /// For each row when its work arrived; `unknown` where that was not asked, or is when the span began.
  private var times: [Timestamp]

  /// Of the spans of some names; nil without a log of the tasks: work arrives when a span begins.
  init?(
    _ index: EvidenceIndex, _ nodes: NodeFacts, _ recording: Recording, of asked: [StringID]
  ) {
    guard index.tasks.count > 0 else { return nil }
    let rows = recording.spans.count
    var isAsked = Array(repeating: false, count: recording.strings.count)
    for name in asked { isAsked[name.index] = true }
    var times = LargePages.filled(Timestamp.unknown, count: rows)
    let names = nodes.name
    index.open.eachArriving { task, span, start, busy in
      guard span.index < rows, isAsked[names[span.index].index] else { return }
      times[span.index] = Timestamp(index.arrival(on: task, start: start, busy: busy))
    }
    self.times = times
  }

  func time(_ span: SpanIndex, _ nodes: NodeFacts) -> Int64 {
    let time = times[span.index]
    return (time.isKnown ? time : nodes.start[span.index]).nanoseconds
  }
}

extension EvidenceIndex {
  /// When the work of a span reached its task, which was busy with others until `busy`.
  fileprivate func arrival(on task: TaskIndex, start: Int64, busy: Int64) -> Int64 {
    if let edge = handoffs.latest(task, at: start), edge.time > busy { return edge.time }
    let spawn = tasks.start(task)
    guard busy == .min, spawn.isKnown else { return start }
    return min(spawn.nanoseconds, start)
  }
}
