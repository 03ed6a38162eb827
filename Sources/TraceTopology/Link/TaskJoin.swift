/// On which task each span began, and where that is known from.
struct TaskJoin: Sendable {
  var task: [TaskIndex]
  var source: [TaskSource]

  init(
    _ recording: Recording, _ join: ProcessJoin, spanTasks: SpanTaskNumbers, forest: SpanForest
  ) {
    let count = recording.spans.count
    task = Array(repeating: .none, count: count)
    source = Array(repeating: .none, count: count)
    let numbers = TaskNumbers(recording.tasks)
    joinLogged(recording, forest)
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      guard let log = Self.scheduler(of: span, recording, join) else { continue }
      let found = numbers.task(
        spanTasks.numbers[index], of: log, at: recording.spans.start[span.index], recording.tasks)
      set(span, found, .attribute)
    }
    for item in spanTasks.labelled {
      guard let log = Self.scheduler(of: item.span, recording, join) else { continue }
      set(item.span, numbers.task(label: item.label, of: log), .attribute)
    }
  }

  private static func scheduler(of span: SpanIndex, _ recording: Recording, _ join: ProcessJoin)
    -> ProcessIndex?
  {
    let process = recording.spans.process[span.index]
    guard !process.isNone, !join.scheduler[process.index].isNone else { return nil }
    return join.scheduler[process.index]
  }

  private mutating func set(_ span: SpanIndex, _ found: TaskIndex, _ from: TaskSource) {
    guard !found.isNone, task[span.index].isNone else { return }
    task[span.index] = found
    source[span.index] = from
  }

  /// Spans that a scheduler log names itself: the first time that it does so tells where they began.
  private mutating func joinLogged(_ recording: Recording, _ forest: SpanForest) {
    guard !recording.loggedSpans.isEmpty else { return }
    var first: [SpanID: LoggedSpan] = [:]
    for logged in recording.loggedSpans where !logged.task.isNone {
      if let known = first[logged.span], known.time.nanoseconds <= logged.time.nanoseconds {
        continue
      }
      first[logged.span] = logged
    }
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      guard let logged = first[recording.spans.spanID[row]] else { continue }
      if let trace = logged.trace, trace != recording.traces[recording.spans.trace[row]] {
        continue
      }
      set(SpanIndex(row), logged.task, .loggedID)
    }
  }
}
