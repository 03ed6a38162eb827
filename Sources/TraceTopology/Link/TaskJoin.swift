/// On which task each span began, and where that is known from.
struct TaskJoin: Sendable {
  var task: [TaskIndex]
  var source: [TaskSource]
  /// The task on which the span ended, where a log says so.
  var endTask: [TaskIndex]

  init(
    _ recording: Recording, _ placed: TimePlacement, forest: SpanForest
  ) {
    let join = placed.join
    let spanTasks = placed.spanTasks
    let count = recording.spans.count
    task = Array(repeating: .none, count: count)
    source = Array(repeating: .none, count: count)
    endTask = Array(repeating: .none, count: count)
    joinLogged(recording, forest)
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      guard let log = Self.scheduler(of: span, recording, join) else { continue }
      let found = placed.numbers.task(
        spanTasks.numbers[index], of: log, at: recording.spans.start[span.index], recording.tasks)
      set(span, found, .attribute)
    }
    joinRuntimeTasks(recording, join, forest)
    joinDumpLabels(recording, placed.dumps, forest)
    for item in spanTasks.labelled {
      guard let log = Self.scheduler(of: item.span, recording, join) else { continue }
      set(item.span, placed.numbers.task(label: item.label, of: log), .attribute)
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

  /// Spans that a label of a dumped goroutine names.
  private mutating func joinDumpLabels(
    _ recording: Recording, _ dumps: DumpJoin, _ forest: SpanForest
  ) {
    guard !dumps.labelled.isEmpty else { return }
    var tasks: [SpanID: [TaskIndex]] = [:]
    for item in dumps.labelled { tasks[item.span, default: []].append(item.task) }
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      // Labels are inherited by spawned goroutines: one that several carry tells nothing.
      guard let found = tasks[recording.spans.spanID[row]], found.count == 1 else { continue }
      set(SpanIndex(row), found[0], .dumpLabel)
    }
  }

  /// Spans for which the OpenTelemetry SDK opened a runtime task: where that was begun and ended.
  private mutating func joinRuntimeTasks(
    _ recording: Recording, _ join: ProcessJoin, _ forest: SpanForest
  ) {
    guard !recording.userTasks.isEmpty else { return }
    var spans: [ProcessIndex: [SpanIndex]] = [:]
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      spans[recording.spans.process[row], default: []].append(SpanIndex(row))
    }
    for (process, members) in spans where !process.isNone {
      let scheduler = join.scheduler[process.index]
      guard !scheduler.isNone else { continue }
      let matches = RuntimeTaskJoin.match(
        spans: members, scheduler: scheduler, recording, forest)
      for match in matches {
        let sides = recording.userTasks[match.side]
        set(match.span, sides.begunOn, .runtimeTask)
        endTask[match.span.index] = sides.endedOn
      }
    }
  }
}
