/// The waits that have ended and lasted longer than what makes a span hang, task by task.
struct LongWaits: Sendable {
  private let waits: WaitTable
  private let byTask: RowLists
  /// Rows of the wait table.
  let rows: [UInt32]

  var isEmpty: Bool { rows.isEmpty }

  init(_ run: ReviewFacts) {
    let waits = run.recording.waits
    let tasks = run.recording.tasks
    var rows: [UInt32] = []
    let limits = run.logs.map { $0?.hungAfter ?? .max }
    let least = limits.min() ?? .max
    for row in 0..<waits.count {
      guard let length = waits.until[row].since(waits.since[row]), length > least,
        length > limits[tasks.process(waits.task[row]).index]
      else { continue }
      rows.append(UInt32(truncatingIfNeeded: row))
    }
    byTask = RowLists(owners: rows.isEmpty ? 0 : tasks.count, rows: rows.count) { place in
      waits.task[Int(rows[place])].index
    }
    self.rows = rows
    self.waits = waits
  }

  func mayHold(_ task: TaskIndex) -> Bool { !isEmpty && !byTask[task.index].isEmpty }

  /// The waits of a task that overlap a time, in the order of its life.
  func rows(of task: TaskIndex, from start: Timestamp, to end: Timestamp) -> [Int] {
    guard mayHold(task) else { return [] }
    return byTask[task.index].compactMap { place in
      let row = Int(rows[Int(place)])
      let isOutside =
        waits.until[row].nanoseconds <= start.nanoseconds
        || waits.since[row].nanoseconds >= end.nanoseconds
      return isOutside ? nil : row
    }
  }
}
