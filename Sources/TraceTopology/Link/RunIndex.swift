/// The running stretches of each task, in order of time.
struct RunIndex: Sendable {
  private let runs: RunTable
  private let byTask: RowLists

  init(_ recording: Recording) {
    let runs = recording.runs
    self.runs = runs
    var lists = RowLists(owners: runs.count > 0 ? recording.tasks.count : 0, rows: runs.count) {
      runs.task[$0].index
    }
    lists.sortEach { runs.start[Int($0)].nanoseconds < runs.start[Int($1)].nanoseconds }
    byTask = lists
  }

  /// The stretches of a task that overlap `from ... to`, as pairs of start and end in nanoseconds;
  /// a stretch whose end is unknown lasts for ever.
  func stretches(of task: TaskIndex, from: Int64, to: Int64) -> [(start: Int64, end: Int64)] {
    let rows = self.rows(of: task)
    var low = rows.startIndex
    var high = rows.endIndex
    while low < high {
      let middle = (low + high) / 2
      if end(rows[middle]) < from { low = middle + 1 } else { high = middle }
    }
    var found: [(start: Int64, end: Int64)] = []
    while low < rows.endIndex {
      let start = runs.start[Int(rows[low])]
      if start.nanoseconds > to || found.count == 256 { break }
      found.append((start.nanoseconds, end(rows[low])))
      low += 1
    }
    return found
  }

  /// The number of stretches of a task.
  func count(of task: TaskIndex) -> Int { rows(of: task).count }

  /// All stretches of a task whose end is known, as pairs of start and end in nanoseconds.
  func stretches(of task: TaskIndex) -> [(start: Int64, end: Int64)] {
    rows(of: task).compactMap { row in
      let end = end(row)
      return end == .max ? nil : (runs.start[Int(row)].nanoseconds, end)
    }
  }

  /// Whether the task is on a processor at `time`, give or take `slack`.
  func isRunning(_ task: TaskIndex, at time: Int64, slack: Int64) -> Bool {
    !stretches(
      of: task, from: time.subtractingSaturated(slack), to: time.addingSaturated(slack)
    ).isEmpty
  }

  private func rows(of task: TaskIndex) -> ArraySlice<UInt32> {
    runs.count > 0 ? byTask[task.index] : []
  }

  private func end(_ row: UInt32) -> Int64 {
    let end = runs.end[Int(row)]
    return end.isKnown ? end.nanoseconds : .max
  }
}
