/// Finds the tasks of a process by the number that its spans call them.
///
/// A number stands for several tasks where ids come back to life (callbacks from C).
struct TaskNumbers: Sendable {
  private struct Key: Hashable {
    var process: UInt32
    var number: UInt64
  }

  private var first: [Key: TaskIndex] = [:]
  private var others: [Key: [TaskIndex]] = [:]
  private var labels: [UInt64: TaskIndex] = [:]

  /// The tasks of a recording; none if it has no spans, which alone name tasks.
  init(_ recording: Recording) {
    guard recording.spans.count > 0 else { return }
    let tasks = recording.tasks
    first.reserveCapacity(tasks.count)
    for row in 0..<tasks.count {
      let task = tasks[TaskIndex(row)]
      guard task.kind != .userTask else { continue }
      guard let number = task.number else {
        labels[UInt64(task.process.raw) << 32 | UInt64(task.label.raw)] = TaskIndex(row)
        continue
      }
      let key = Key(process: task.process.raw, number: number)
      if first[key] == nil {
        first[key] = TaskIndex(row)
      } else {
        others[key, default: []].append(TaskIndex(row))
      }
    }
  }

  /// The task of this number that lives at `time`; the first of its number where time does not tell.
  func task(_ number: UInt64, of process: ProcessIndex, at time: Timestamp, _ tasks: TaskTable)
    -> TaskIndex
  {
    let key = Key(process: process.raw, number: number)
    guard let found = first[key] else { return .none }
    guard let more = others[key] else { return found }
    for candidate in [found] + more {
      let task = tasks[candidate]
      let begun = time.since(task.start).map { $0 >= 0 } ?? true
      let alive = task.end.since(time).map { $0 >= 0 } ?? true
      if begun, alive { return candidate }
    }
    return found
  }

  /// The task with this text id.
  func task(label: StringID, of process: ProcessIndex) -> TaskIndex {
    labels[UInt64(process.raw) << 32 | UInt64(label.raw)] ?? .none
  }
}
