/// Finds the tasks of a process by the number that its spans call them.
///
/// A number stands for several tasks where ids come back to life (callbacks from C).
struct TaskNumbers: Sendable {
  /// The first task of each number, in the order of the tasks.
  private var process: [UInt32] = []
  private var number: [UInt64] = []
  private var first: [TaskIndex] = []
  /// Places in these, by open addressing.
  private var slots: [UInt32] = []
  /// Further tasks of a number, by the place of the first one.
  private var others: [Int: [TaskIndex]] = [:]
  private var labels: [UInt64: TaskIndex] = [:]

  /// The tasks of a recording; none if it has no spans, which alone name tasks.
  init(_ recording: Recording) {
    guard recording.spans.count > 0 else { return }
    let tasks = recording.tasks
    var size = 64
    while size < 2 * tasks.count { size *= 2 }
    slots = Array(repeating: .max, count: size)
    for row in 0..<tasks.count {
      let task = tasks[TaskIndex(row)]
      guard task.kind != .userTask else { continue }
      guard let number = task.number else {
        labels[UInt64(task.process.raw) << 32 | UInt64(task.label.raw)] = TaskIndex(row)
        continue
      }
      let slot = slot(task.process.raw, number)
      if slots[slot] == .max {
        slots[slot] = UInt32(truncatingIfNeeded: first.count)
        process.append(task.process.raw)
        self.number.append(number)
        first.append(TaskIndex(row))
      } else {
        others[Int(slots[slot]), default: []].append(TaskIndex(row))
      }
    }
  }

  /// Where this number stands, or would stand; there are slots.
  private func slot(_ owner: UInt32, _ wanted: UInt64) -> Int {
    var slot = NeighborHash.hash(UInt64(owner), wanted) & (slots.count - 1)
    while slots[slot] != .max {
      let place = Int(slots[slot])
      if number[place] == wanted, process[place] == owner { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  /// The task of this number that lives at `time`; the first of its number where time does not tell.
  func task(_ number: UInt64, of process: ProcessIndex, at time: Timestamp, _ tasks: TaskTable)
    -> TaskIndex
  {
    guard !slots.isEmpty else { return .none }
    let place = Int(slots[slot(process.raw, number)])
    guard place < first.count else { return .none }
    let found = first[place]
    guard let more = others[place] else { return found }
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
