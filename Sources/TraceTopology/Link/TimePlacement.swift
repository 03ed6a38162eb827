/// Brings all logs onto one clock and tells which of them belong to one process.
///
/// A log with a wall clock is placed by its snapshots; one without (Go before 1.25) by what its tasks
/// and the spans of a process must agree on. Then the spans refine the clock.
struct TimePlacement: Sendable {
  var join: ProcessJoin
  /// For each process row: where its times come from, and the shift that the spans showed.
  var clocks: [ClockMap]
  /// For each process row the first time of its log, on the log's own clock.
  var logStart: [Timestamp]
  var spanTasks: SpanTaskNumbers
  var numbers: TaskNumbers
  var dumps: DumpJoin

  /// Moves the times of scheduler logs to the wall clock and joins their processes.
  static func place(_ recording: inout Recording, policy: Policy = .standard) -> TimePlacement {
    ProcessNaming.apply(policy.processNames, to: &recording)
    let dumps = DumpJoin(&recording)
    TaskTree.cutRings(&recording.tasks, &recording.diagnostics)
    var logStart = Array(repeating: Timestamp.unknown, count: recording.processes.count)
    for extent in recording.logExtents { logStart[extent.process.index] = extent.first }
    var clocks = Clocks.maps(recording)
    Clocks.apply(clocks, to: &recording)
    // From here on an offset is a correction of times that are already on the wall clock.
    for row in 0..<clocks.count { clocks[row].offset = 0 }
    let numbers = TaskNumbers(recording)
    let spanTasks = SpanTaskNumbers(recording, taskKeys: EvidenceAttributeKeys.task)
    var joiner = ProcessJoiner(
      recording, runs: runIndex(recording), spanTasks: spanTasks, numbers: numbers)
    let shifts = joiner.align(&clocks)
    Clocks.apply(shifts, to: &recording)
    joiner = ProcessJoiner(
      recording, runs: runIndex(recording), spanTasks: spanTasks, numbers: numbers)
    var join = joiner.join(clocks, &recording.diagnostics)
    for (dump, trace) in dumps.process { join.canonical[dump.index] = join.canonical[trace.index] }
    var placement = TimePlacement(
      join: join, clocks: clocks, logStart: logStart, spanTasks: spanTasks, numbers: numbers,
      dumps: dumps)
    let refinement = placement.refine(recording)
    Clocks.apply(refinement, to: &recording)
    return placement
  }

  /// Gives up what only the joining of spans and tasks needs.
  mutating func forgetNumbers() {
    spanTasks = SpanTaskNumbers(Recording(), taskKeys: [])
    numbers = TaskNumbers(Recording())
  }

  /// The stretches of running; none if there are no spans, which alone are compared with them.
  private static func runIndex(_ recording: Recording) -> RunIndex {
    RunIndex(recording.spans.count > 0 ? recording : Recording())
  }

  /// Fits each snapshot's clock against the spans that name their task.
  private mutating func refine(_ recording: Recording) -> [ClockMap] {
    var ends: [Int: [(task: TaskIndex, time: Int64)]] = [:]
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index].index
      let log = join.scheduler[recording.spans.process[span].index]
      guard !log.isNone, clocks[log.index].source != .same else { continue }
      let start = recording.spans.start[span]
      let task = numbers.task(spanTasks.numbers[index], of: log, at: start, recording.tasks)
      guard !task.isNone, start.isKnown else { continue }
      ends[log.index, default: []].append((task, start.nanoseconds))
      if recording.spans.end[span].isKnown {
        ends[log.index, default: []].append((task, recording.spans.end[span].nanoseconds))
      }
    }
    return ClockRefinement(recording: recording, runs: Self.runIndex(recording)).shifts(
      ends, &clocks)
  }
}
