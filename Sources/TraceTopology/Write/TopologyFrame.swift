/// The part of the outputs that no answer about lost causes changes: what stands in which order, when
/// time begins, how tasks and spans ended.
struct TopologyFrame: Sendable {
  /// Task rows in output order.
  let taskOrder: [TaskIndex]
  /// Span rows in output order; placeholders come after them.
  let spanOrder: [SpanIndex]
  let clock: TopologyClock
  let exits: ExitPaths

  init(
    _ recording: Recording, placed: TimePlacement, forest: SpanForest, order: SpanOrder,
    tasks: TaskJoin, processes: ProcessOrder
  ) {
    taskOrder = Self.taskOrder(
      recording, processes.number, isAbsorbed: placed.dumps.absorbed)
    spanOrder = order.sorted(leavingOut: forest.isAbsorbed)
    clock = TopologyClock(recording, clocks: placed.clocks)
    exits = ExitPaths(recording, placed, tasks, isAbsorbed: forest.isAbsorbed)
  }

  /// A task and the time by which it is put in order.
  private struct Start {
    var time: Int64
    var task: TaskIndex
  }

  /// By process, start, kind, number, label and end.
  private static func taskOrder(
    _ recording: Recording, _ number: [Int], isAbsorbed: Set<TaskIndex>
  ) -> [TaskIndex] {
    let tasks = recording.tasks
    let strings = recording.strings
    let byProcess = RowLists(owners: (number.max() ?? 0) + 1, rows: tasks.count) { row in
      isAbsorbed.contains(TaskIndex(row)) ? nil : number[tasks.process(TaskIndex(row)).index]
    }
    var order: [TaskIndex] = []
    order.reserveCapacity(byProcess.list.count)
    for process in 0...(number.max() ?? 0) {
      var starts = byProcess[process].map { row in
        Start(time: tasks.start(TaskIndex(raw: row)).nanoseconds, task: TaskIndex(raw: row))
      }
      TimeSort.sort(&starts, time: { $0.time }) { first, second in
        let a = tasks[first.task]
        let b = tasks[second.task]
        if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
        if a.number != b.number { return (a.number ?? 0) < (b.number ?? 0) }
        if a.label != b.label { return strings.isOrderedBefore(a.label, b.label) }
        return a.end.nanoseconds < b.end.nanoseconds
      }
      for start in starts { order.append(start.task) }
    }
    return order
  }
}
