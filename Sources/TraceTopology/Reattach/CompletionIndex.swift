/// The tasks that each task set going: who waited for it, and when it let them go on.
struct CompletionIndex: Sendable {
  struct Release: Sendable {
    var time: Int64
    var to: TaskIndex
  }

  private let releases: [Release]
  private let byTask: RowLists

  init(_ recording: Recording) {
    // Only spans ask who waited for them.
    let waits = recording.spans.count > 0 ? recording.waits : WaitTable()
    var releases: [Release] = []
    var owners: [UInt32] = []
    for row in 0..<waits.count where !waits.by[row].isNone && waits.until[row].isKnown {
      // Taking a value lets its sender go on, but that is the next item, not the one before.
      guard waits.handoff[row] != .none, waits.handoff[row] != .take else { continue }
      releases.append(Release(time: waits.until[row].nanoseconds, to: waits.task[row]))
      owners.append(waits.by[row].raw)
    }
    var lists = RowLists(
      owners: releases.isEmpty ? 0 : recording.tasks.count, rows: releases.count
    ) { Int(owners[$0]) }
    let tasks = recording.tasks
    lists.sortEach { first, second in
      let a = releases[Int(first)]
      let b = releases[Int(second)]
      if a.time != b.time { return a.time < b.time }
      return (tasks.number(a.to) ?? 0) < (tasks.number(b.to) ?? 0)
    }
    byTask = lists
    self.releases = releases
  }

  /// The first task that this one let go on at `time` or after.
  func first(_ task: TaskIndex, from time: Int64) -> Release? {
    guard !releases.isEmpty else { return nil }
    let places = byTask.range(task.index)
    var low = places.lowerBound
    var high = places.upperBound
    while low < high {
      let middle = (low + high) / 2
      if release(at: middle).time < time { low = middle + 1 } else { high = middle }
    }
    return low < places.upperBound ? release(at: low) : nil
  }

  private func release(at place: Int) -> Release { releases[Int(byTask.list[place])] }
}
