/// Weighs how well a scheduler log fits the spans of a process.
extension ProcessJoiner {
  struct Pairing {
    var log: Int
    var resource: Int
    var share: Double
    var by: ProcessTie
    var hasPID: Bool
    var isNamed: Bool
    /// Fitting share, with the process id and the name of the file as tie-breakers that outweigh
    /// small differences.
    var score: Double { share + (hasPID ? 0.25 : 0) + (isNamed ? 0.1 : 0) }
  }

  func weigh(_ log: Int, _ resource: Int) -> Pairing? {
    let process = ProcessIndex(resource)
    let share: Double
    let by: ProcessTie
    if let asked = numbered[process], !asked.isEmpty {
      share = Double(asked.count { fits($0.span, $0.number, log) }) / Double(asked.count)
      by = .taskIDs
    } else if let asked = others[process], !asked.isEmpty,
      let found = stretches.first(where: { $0.ofLog[ProcessIndex(log)] != nil })
    {
      let fitting = asked.count { hasStretch($0, found, of: ProcessIndex(log)) }
      share = Double(fitting) / Double(asked.count)
      by = found.tie
    } else {
      return nil
    }
    let pid = recording.processes.record[resource].pid.map { UInt64(bitPattern: $0) }
    let threads = recording.logExtents.first { $0.process.index == log }?.threads ?? []
    return Pairing(
      log: log, resource: resource, share: share, by: by,
      hasPID: pid.map { threads.contains($0) } ?? false, isNamed: places.isNamed(log, resource))
  }

  /// Whether the goroutine of this number was on a processor at both ends of the span.
  private func fits(_ span: SpanIndex, _ number: UInt64, _ log: Int) -> Bool {
    let start = recording.spans.start[span.index]
    let end = recording.spans.end[span.index]
    let task = numbers.task(number, of: ProcessIndex(log), at: start, recording.tasks)
    guard !task.isNone, start.isKnown else { return false }
    guard runs.isRunning(task, at: start.nanoseconds, slack: Self.slack) else { return false }
    return !end.isKnown || runs.isRunning(task, at: end.nanoseconds, slack: Self.slack)
  }

  /// Whether a stretch of this name begins and ends with the span.
  private func hasStretch(_ span: SpanIndex, _ stretches: NamedStretches, of log: ProcessIndex)
    -> Bool
  {
    let start = recording.spans.start[span.index]
    guard start.isKnown,
      let rows = stretches.byName[log]?[recording.spans.name[span.index]]
    else { return false }
    var place = stretches.firstPlace(
      in: rows, from: start.nanoseconds.subtractingSaturated(Self.slack))
    while place < rows.count {
      let stretch = stretches.rows[rows[place]]
      guard let late = stretch.start.since(start), late <= Self.slack else { return false }
      let endLate = stretch.end.since(recording.spans.end[span.index]) ?? 0
      if endLate.magnitude <= UInt64(Self.slack) { return true }
      place += 1
    }
    return false
  }
}
