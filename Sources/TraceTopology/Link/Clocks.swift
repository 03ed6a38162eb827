/// Puts the times of scheduler logs on the wall clock.
enum Clocks {
  /// The two clocks of a snapshot are read one after the other, which takes this long at most unless
  /// the thread is taken off its processor between.
  private static let snapshotNoise: Int64 = 1000

  /// The clock of each process row, from the snapshots of its log.
  ///
  /// A long log holds several: a line is laid through them, because the wall clock may have been
  /// slewed in between. A log without a snapshot has the clock `none`.
  static func maps(_ recording: Recording) -> [ClockMap] {
    var points = Array(
      repeating: [(time: Int64, offset: Int64)](), count: recording.processes.count)
    for snapshot in recording.clocks {
      guard let offset = snapshot.wall.since(snapshot.monotonic) else { continue }
      points[snapshot.process.index].append((snapshot.monotonic.nanoseconds, offset))
    }
    return (0..<recording.processes.count).map { row in
      guard recording.processes.source[row] != .spans else {
        return ClockMap(source: .same, offset: 0, uncertainty: 0)
      }
      guard let line = DriftLine.fit(points[row], noise: snapshotNoise) else {
        return ClockMap(source: .none, offset: 0, uncertainty: nil)
      }
      let isWall = points[row].allSatisfy { $0.offset == 0 }
      return ClockMap(
        source: isWall ? .same : .snapshot, offset: line.offset,
        uncertainty: isWall ? 0 : max(2 * line.uncertainty, 64), drift: line.drift,
        reference: line.reference)
    }
  }

  /// Moves every time of the scheduler logs by the map of its process.
  static func apply(_ maps: [ClockMap], to recording: inout Recording) {
    let isMoved = maps.map { !$0.isIdentity }
    guard isMoved.contains(true) else { return }
    recording.tasks.moveTimes { isMoved[$0.index] ? maps[$0.index] : nil }
    let tasks = recording.tasks
    let map = { (task: TaskIndex) -> ClockMap? in
      guard !task.isNone else { return nil }
      let owner = tasks.process(task).index
      return isMoved[owner] ? maps[owner] : nil
    }
    recording.waits.moveTimes(of: map)
    recording.runs.moveTimes(of: map)
    recording.systemCalls.moveTimes(of: map)
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
