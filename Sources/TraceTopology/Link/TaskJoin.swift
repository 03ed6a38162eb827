/// On which task each span began, and where that is known from.
struct TaskJoin: Sendable {
  var task: [TaskIndex]
  /// Empty if there is no log of tasks.
  var source: [TaskSource]
  /// The task on which the span ended, where a log says so; empty if there is no log of tasks.
  var endTask: [TaskIndex]

  init(
    _ recording: Recording, _ placed: TimePlacement, forest: SpanForest
  ) {
    let join = placed.join
    let spanTasks = placed.spanTasks
    let count = recording.spans.count
    task = Array(repeating: .none, count: count)
    let hasLog =
      recording.tasks.count > 0
      || (0..<recording.processes.count).contains { recording.processes.source[$0] != .spans }
    source = Array(repeating: .none, count: hasLog ? count : 0)
    endTask = Array(repeating: .none, count: hasLog ? count : 0)
    joinLogged(recording, forest)
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      guard let log = Self.scheduler(of: span, recording, join) else { continue }
      let found = placed.numbers.task(
        spanTasks.numbers[index], of: log, at: recording.spans.start[span.index], recording.tasks)
      set(span, found, .attribute)
    }
    joinStretches(NamedStretches.runtimeTasks(recording), .runtimeTask, recording, join, forest)
    joinStretches(NamedStretches.regions(recording), .region, recording, join, forest)
    joinDumpLabels(recording, placed.dumps, forest)
    for item in spanTasks.labelled {
      guard let log = Self.scheduler(of: item.span, recording, join) else { continue }
      set(item.span, placed.numbers.task(label: item.label, of: log), .attribute)
    }
    joinRunning(recording, placed, forest)
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

  /// Spans that a stretch of the trace stands for: where that was begun and ended. It tells the end
  /// of spans whose begin is known already.
  private mutating func joinStretches(
    _ stretches: NamedStretches, _ from: TaskSource, _ recording: Recording, _ join: ProcessJoin,
    _ forest: SpanForest
  ) {
    guard !stretches.rows.isEmpty else { return }
    for (scheduler, members) in Self.members(recording, join, forest) {
      let matches = StretchJoin.match(
        spans: members, scheduler: scheduler, stretches, recording, forest)
      for match in matches {
        let begun = task[match.span.index]
        set(match.span, match.stretch.begunOn, from)
        guard endTask[match.span.index].isNone, begun.isNone || begun == match.stretch.begunOn
        else { continue }
        endTask[match.span.index] = match.stretch.endedOn
      }
    }
  }

  /// Spans that nothing else ties to a goroutine: the one that ran in their function at both ends.
  private mutating func joinRunning(
    _ recording: Recording, _ placed: TimePlacement, _ forest: SpanForest
  ) {
    guard recording.runs.count > 0, task.contains(where: { $0.isNone }) else { return }
    var running: RunningJoin?
    for (scheduler, members) in Self.members(recording, placed.join, forest) {
      let open = members.filter { task[$0.index].isNone }
      guard !open.isEmpty, placed.clocks[scheduler.index].source != .none else { continue }
      let join = running ?? RunningJoin(recording)
      running = join
      let uncertainty = placed.clocks[scheduler.index].uncertainty
      for match in join.match(open, of: scheduler, uncertainty: uncertainty ?? .max) {
        set(match.span, match.task, .running)
        endTask[match.span.index] = match.task
      }
    }
  }

  /// The spans of each process with a scheduler log, by that log.
  private static func members(
    _ recording: Recording, _ join: ProcessJoin, _ forest: SpanForest
  ) -> [(ProcessIndex, [SpanIndex])] {
    var spans = Array(repeating: [SpanIndex](), count: recording.processes.count)
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      let process = recording.spans.process[row]
      guard !process.isNone, !join.scheduler[process.index].isNone else { continue }
      spans[process.index].append(SpanIndex(row))
    }
    return spans.indices.filter { !spans[$0].isEmpty }.map { (join.scheduler[$0], spans[$0]) }
  }
}
