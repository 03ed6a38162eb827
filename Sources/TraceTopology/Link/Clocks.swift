/// Puts the times of scheduler logs on the wall clock.
enum Clocks {
  /// The clock of each process row, from the snapshots of its log.
  ///
  /// The median of the snapshots is taken: between two of them the wall clock may have been slewed,
  /// never by much within one recording. A log without a snapshot has the clock `none`.
  static func maps(_ recording: Recording) -> [ClockMap] {
    var offsets = Array(repeating: [Int64](), count: recording.processes.count)
    for snapshot in recording.clocks {
      guard let offset = snapshot.wall.since(snapshot.monotonic) else { continue }
      offsets[snapshot.process.index].append(offset)
    }
    return (0..<recording.processes.count).map { row in
      guard recording.processes.source[row] != .spans else {
        return ClockMap(source: .same, offset: 0, uncertainty: 0)
      }
      let known = offsets[row].sorted()
      guard let low = known.first, let high = known.last else {
        return ClockMap(source: .none, offset: 0, uncertainty: nil)
      }
      let offset = known[known.count / 2]
      let isWall = offset == 0 && low == high
      return ClockMap(
        source: isWall ? .same : .snapshot, offset: offset,
        uncertainty: isWall ? 0 : max(high.subtractingSaturated(low), 64))
    }
  }

  /// Moves every time of the scheduler logs by the map of its process.
  static func apply(_ maps: [ClockMap], to recording: inout Recording) {
    let isMoved = maps.map { $0.offset != 0 }
    guard isMoved.contains(true) else { return }
    let owners = recording.tasks.rows.map { $0.process.index }
    let map = { (task: TaskIndex) -> ClockMap? in
      task.isNone || !isMoved[owners[task.index]] ? nil : maps[owners[task.index]]
    }
    for row in 0..<recording.tasks.count {
      let task = TaskIndex(row)
      guard let map = map(task) else { continue }
      recording.tasks[task].start = map.wall(recording.tasks[task].start)
      recording.tasks[task].end = map.wall(recording.tasks[task].end)
    }
    recording.waits.moveTimes(of: map)
    recording.runs.moveTimes(of: map)
    for row in 0..<recording.regions.count {
      guard let map = map(recording.regions[row].task) else { continue }
      recording.regions[row].start = map.wall(recording.regions[row].start)
      recording.regions[row].end = map.wall(recording.regions[row].end)
    }
    for row in 0..<recording.logs.count {
      guard let map = map(recording.logs[row].task) else { continue }
      recording.logs[row].time = map.wall(recording.logs[row].time)
    }
    for row in 0..<recording.loggedSpans.count {
      guard let map = map(recording.loggedSpans[row].task) else { continue }
      recording.loggedSpans[row].time = map.wall(recording.loggedSpans[row].time)
    }
    for row in 0..<recording.logExtents.count {
      let map = maps[recording.logExtents[row].process.index]
      recording.logExtents[row].first = map.wall(recording.logExtents[row].first)
      recording.logExtents[row].last = map.wall(recording.logExtents[row].last)
    }
  }
}
