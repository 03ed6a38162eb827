/// Ties a span to the goroutine that ran in the span's function when it began and when it ended.
///
/// The weakest of the ties, for traces of programs that write neither goroutine ids nor runtime
/// tasks: few goroutines run at one moment, fewer still at both ends of a span. One of them must be
/// seen in the function that the span names (`code.function.name`): as its entry, or in a stack of
/// its waits and spawns while the span was open. Two that are leave the span alone.
struct RunningJoin {
  /// A span with the goroutine that began and ended it.
  struct Match: Sendable {
    var span: SpanIndex
    var task: TaskIndex
  }

  /// What a clock may be off by; a clock that is worse tells nothing about who ran.
  private static let largestUncertainty: Int64 = 20_000
  /// What lies between taking a span's time and the scheduler's own clock.
  private static let slack: Int64 = 300
  /// Goroutines that run, or sit in system calls, at one moment, beyond which nobody asks.
  private static let mostRunning = 4096

  private let recording: Recording
  private let runs: RunIndex
  private let waits: RowLists
  private let children: RowLists
  private let function: [SpanIndex: StringID]

  init(_ recording: Recording) {
    self.recording = recording
    runs = RunIndex(recording)
    let waits = recording.waits
    self.waits = RowLists(owners: recording.tasks.count, rows: waits.count) { waits.task[$0].index }
    let tasks = recording.tasks
    var children = RowLists(owners: tasks.count, rows: tasks.count) { row in
      let parent = tasks.parent(TaskIndex(row))
      return parent.isNone ? nil : parent.index
    }
    children.sortEach {
      tasks.start(TaskIndex(raw: $0)).nanoseconds < tasks.start(TaskIndex(raw: $1)).nanoseconds
    }
    self.children = children
    function = Self.functions(recording)
  }

  /// The function that each span names.
  private static func functions(_ recording: Recording) -> [SpanIndex: StringID] {
    let keys = EvidenceAttributeKeys.function.map { recording.strings.find($0) }
    var found: [SpanIndex: StringID] = [:]
    for row in 0..<recording.attributes.count where keys.contains(recording.attributes.key[row]) {
      guard case .string(let text) = recording.attributes.value[row] else { continue }
      found[recording.attributes.span[row]] = text
    }
    return found
  }

  /// The spans that only one goroutine can have run, in the order of their start.
  ///
  /// - Parameters:
  ///   - spans: those of the process.
  ///   - log: its trace.
  ///   - uncertainty: how far the times of the trace may be off, in nanoseconds.
  /// - Returns: none if the clock is too uncertain to tell who ran.
  func match(_ spans: [SpanIndex], of log: ProcessIndex, uncertainty: Int64) -> [Match] {
    guard uncertainty <= Self.largestUncertainty else { return [] }
    let slack = Self.slack + uncertainty
    let order = spans.filter { function[$0] != nil && recording.spans.end[$0.index].isKnown }
      .sorted {
        let a = recording.spans.start[$0.index].nanoseconds
        let b = recording.spans.start[$1.index].nanoseconds
        if a != b { return a < b }
        return recording.spans.spanID[$0.index] < recording.spans.spanID[$1.index]
      }
    guard !order.isEmpty else { return [] }
    let stretches = stretches(of: log)
    var found: [Match] = []
    var running: [(task: TaskIndex, end: Int64)] = []
    var next = 0
    for span in order where recording.spans.start[span.index].isKnown {
      let start = recording.spans.start[span.index].nanoseconds
      while next < stretches.count, stretches[next].start <= start.addingSaturated(slack) {
        running.append((stretches[next].task, stretches[next].end))
        next += 1
      }
      running.removeAll { $0.end < start.subtractingSaturated(slack) }
      guard running.count <= Self.mostRunning else { continue }
      if let task = only(span, Set(running.map(\.task)), slack) {
        found.append(Match(span: span, task: task))
      }
    }
    return found
  }

  private func stretches(of log: ProcessIndex) -> [(start: Int64, end: Int64, task: TaskIndex)] {
    let runs = recording.runs
    return (0..<runs.count).compactMap { row in
      let task = runs.task[row]
      let record = recording.tasks[task]
      guard record.process == log, record.kind == .goroutine, runs.start[row].isKnown else {
        return nil
      }
      let end = runs.end[row].isKnown ? runs.end[row].nanoseconds : .max
      return (runs.start[row].nanoseconds, end, task)
    }.sorted { ($0.start, $0.end, $0.task.raw) < ($1.start, $1.end, $1.task.raw) }
  }

  /// The one goroutine among those that runs at the end of the span, too, and is seen in its function.
  private func only(_ span: SpanIndex, _ running: Set<TaskIndex>, _ slack: Int64) -> TaskIndex? {
    guard let function = function[span] else { return nil }
    let end = recording.spans.end[span.index].nanoseconds
    let fits = running.filter { task in
      runs.isRunning(task, at: end, slack: slack) && isSeen(task, in: function, during: span)
    }
    return fits.count == 1 ? fits.first : nil
  }

  private func isSeen(_ task: TaskIndex, in function: StringID, during span: SpanIndex) -> Bool {
    if recording.tasks[task].entry == function { return true }
    let from = recording.spans.start[span.index].nanoseconds
    let to = recording.spans.end[span.index].nanoseconds
    return isSeenWaiting(task, in: function, from, to)
      || isSeenSpawning(task, in: function, from, to)
  }

  private func isSeenWaiting(
    _ task: TaskIndex, in function: StringID, _ from: Int64, _ to: Int64
  ) -> Bool {
    let waits = recording.waits
    let rows = self.waits[task.index].within(from...max(from, to)) {
      waits.since[Int($0)].nanoseconds
    }
    return rows.contains { recording.sites[waits.site[Int($0)]]?.function == function }
  }

  private func isSeenSpawning(
    _ task: TaskIndex, in function: StringID, _ from: Int64, _ to: Int64
  ) -> Bool {
    let tasks = recording.tasks
    let rows = children[task.index].within(from...max(from, to)) {
      tasks.start(TaskIndex(Int($0))).nanoseconds
    }
    return rows.contains { row in
      recording.stacks[tasks[TaskIndex(Int(row))].creationStack].contains {
        recording.sites[$0]?.function == function
      }
    }
  }
}
