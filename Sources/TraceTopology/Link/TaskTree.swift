/// Tasks joined by spawn: what the scheduler logs say, rings cut.
///
/// A Go trace cannot contain a ring; a task log may claim one.
enum TaskTree {
  /// Takes the parent from the first task of each ring, and says so.
  static func cutRings(_ tasks: inout TaskTable, _ diagnostics: inout Diagnostics) {
    guard tasks.mayHoldRings else { return }
    var seen = Array(repeating: UInt32(0), count: tasks.count)
    var walk: UInt32 = 0
    for row in 0..<tasks.count where seen[row] == 0 {
      walk &+= 1
      var at = TaskIndex(row)
      while !at.isNone, seen[at.index] == 0 {
        seen[at.index] = walk
        at = tasks.parent(at)
      }
      guard !at.isNone, seen[at.index] == walk else { continue }
      let head = earliest(inRingThrough: at, tasks)
      tasks[head].parent = .none
      tasks[head].parentSource = .none
      diagnostics.report(
        "spawn-cycle", .warning, input: nil,
        "tasks that spawn each other in a ring; the ring is cut above its first task")
    }
  }

  private static func earliest(inRingThrough first: TaskIndex, _ tasks: TaskTable) -> TaskIndex {
    var head = first
    var at = tasks.parent(first)
    while at != first {
      let isEarlier =
        (tasks[at].start.nanoseconds, tasks[at].number ?? 0)
        < (tasks[head].start.nanoseconds, tasks[head].number ?? 0)
      if isEarlier { head = at }
      at = tasks.parent(at)
    }
    return head
  }
}
