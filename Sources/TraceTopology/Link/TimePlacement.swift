/// Brings all logs onto one clock and tells which of them belong to one process.
struct TimePlacement: Sendable {
  var join: ProcessJoin
  /// For each process row: where its times come from, and the shift that the fit found.
  var clocks: [ClockMap]
  var spanTasks: SpanTaskNumbers

  /// Moves the times of scheduler logs to the wall clock, by their snapshots first, then by what the
  /// spans of the same process show.
  static func place(_ recording: inout Recording) -> TimePlacement {
    var clocks = Clocks.maps(recording)
    Clocks.apply(clocks, to: &recording)
    // From here on an offset is a correction of times that are already on the wall clock.
    for row in 0..<clocks.count { clocks[row].offset = 0 }
    let spanTasks = SpanTaskNumbers(recording, taskKeys: EvidenceAttributeKeys.task)
    let runs = RunIndex(recording)
    let joiner = ProcessJoiner(recording, clocks: clocks, runs: runs, spanTasks: spanTasks)
    let join = joiner.join(&recording.diagnostics)
    let shifts = fit(recording, join, runs: runs, spanTasks: spanTasks, clocks: &clocks)
    Clocks.apply(shifts, to: &recording)
    return TimePlacement(join: join, clocks: clocks, spanTasks: spanTasks)
  }

  private static func fit(
    _ recording: Recording, _ join: ProcessJoin, runs: RunIndex, spanTasks: SpanTaskNumbers,
    clocks: inout [ClockMap]
  ) -> [ClockMap] {
    var shifts = clocks
    let numbers = TaskNumbers(recording.tasks)
    var ends: [Int: [(task: TaskIndex, time: Int64)]] = [:]
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index].index
      let log = join.scheduler[recording.spans.process[span].index]
      guard !log.isNone, clocks[log.index].source == .snapshot else { continue }
      let start = recording.spans.start[span]
      let task = numbers.task(spanTasks.numbers[index], of: log, at: start, recording.tasks)
      guard !task.isNone, start.isKnown else { continue }
      ends[log.index, default: []].append((task, start.nanoseconds))
      if recording.spans.end[span].isKnown {
        ends[log.index, default: []].append((task, recording.spans.end[span].nanoseconds))
      }
    }
    for (log, moments) in ends {
      let sorted = moments.sorted {
        ($0.time, recording.tasks[$0.task].number ?? 0) < (
          $1.time, recording.tasks[$1.task].number ?? 0
        )
      }
      guard let found = ClockFit.shift(ends: sorted, runs: runs) else { continue }
      shifts[log].offset = found.shift
      clocks[log] = ClockMap(
        source: .fitted, offset: found.shift, uncertainty: found.uncertainty)
    }
    return shifts
  }
}
