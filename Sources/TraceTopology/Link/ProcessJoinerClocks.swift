/// Finds the clocks of traces that have none.
extension ProcessJoiner {
  /// Finds the clock of each trace that has none, against the resource that it fits best; a second
  /// resource that fits nearly as well leaves the clock unknown.
  ///
  /// - Parameter clocks: gets the clocks that were found.
  /// - Returns: for each process row what is to be added to its times.
  func align(_ clocks: inout [ClockMap]) -> [ClockMap] {
    var shifts = clocks
    for log in schedulers where clocks[log].source == .none {
      let found = resources.filter { isAllowed(log, $0) }.compactMap { alignment(log, $0) }
        .sorted { $0.share > $1.share }
      guard let best = found.first else { continue }
      if found.count > 1, found[1].share > best.share - 0.1 { continue }
      shifts[log].offset = best.offset
      shifts[log].drift = best.drift
      shifts[log].reference = best.reference
      clocks[log] = ClockMap(
        source: .fitted, offset: 0, uncertainty: best.uncertainty, drift: best.drift)
    }
    return shifts
  }

  private func alignment(_ log: Int, _ resource: Int) -> ClockAlignment.Found? {
    let alignment = ClockAlignment(recording: recording, runs: runs)
    if let asked = numbered[ProcessIndex(resource)], !asked.isEmpty {
      var ends: [(task: TaskIndex, time: Int64)] = []
      for item in asked {
        let task = numbers.task(item.number, of: ProcessIndex(log), at: .unknown, recording.tasks)
        guard !task.isNone else { continue }
        let span = item.span.index
        for time in [recording.spans.start[span], recording.spans.end[span]] where time.isKnown {
          ends.append((task, time.nanoseconds))
        }
      }
      // Numbers that the trace does not know speak against it.
      guard ends.count * 10 >= asked.count * 16 else { return nil }
      let sorted = ends.sorted { ($0.time, $0.task.raw) < ($1.time, $1.task.raw) }
      return alignment.byRuns(sorted) ?? alignment.byLine(sorted)
    }
    guard let spans = others[ProcessIndex(resource)],
      let begun = stretches[0].ofLog[ProcessIndex(log)]
    else { return nil }
    let tasks = begun.map { recording.userTasks[$0].task }
    let sorted = spans.filter { recording.spans.start[$0.index].isKnown }.sorted {
      let a = recording.spans.start[$0.index].nanoseconds
      let b = recording.spans.start[$1.index].nanoseconds
      return a != b ? a < b : recording.spans.spanID[$0.index] < recording.spans.spanID[$1.index]
    }
    return alignment.byNames(sorted, tasks)
      ?? alignment.inParts(sorted, time: { recording.spans.start[$0.index].nanoseconds }) {
        alignment.byNames($0, tasks, pairs: $1)
      }
  }
}
