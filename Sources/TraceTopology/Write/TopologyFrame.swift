/// The part of the outputs that no answer about lost causes changes: what stands in which order, when
/// time begins, how tasks and spans ended.
struct TopologyFrame: Sendable {
  /// Task rows in output order, or, if they are only counted, in any.
  let taskOrder: [TaskIndex]
  /// Span rows in output order, or, if they are only counted, in any; placeholders come after them.
  let spanOrder: [SpanIndex]
  let clock: TopologyClock
  let exits: ExitPaths

  init(
    _ recording: Recording, placed: TimePlacement, forest: SpanForest, order: SpanOrder,
    tasks: TaskJoin, processes: ProcessOrder, isListed: Bool
  ) {
    taskOrder = Self.taskOrder(
      recording, isListed ? processes.number : nil, isAbsorbed: placed.dumps.absorbed)
    spanOrder =
      isListed
      ? order.sorted(leavingOut: forest.isAbsorbed) : Self.rows(leavingOut: forest.isAbsorbed)
    clock = TopologyClock(recording, clocks: placed.clocks)
    exits = ExitPaths(recording, placed, tasks, isAbsorbed: forest.isAbsorbed)
  }

  /// The rows as they stand.
  private static func rows(leavingOut isLeftOut: [Bool]) -> [SpanIndex] {
    var rows: [SpanIndex] = []
    LargePages.reserve(isLeftOut.count, in: &rows)
    for row in isLeftOut.indices where !isLeftOut[row] { rows.append(SpanIndex(row)) }
    return rows
  }

  /// By process, start, kind, number, label and end; as they stand where processes have no numbers. Tasks
  /// stand nearly so in the logs, and are many: they are put in order where they are.
  private static func taskOrder(
    _ recording: Recording, _ number: [Int]?, isAbsorbed: Set<TaskIndex>
  ) -> [TaskIndex] {
    let tasks = recording.tasks
    let strings = recording.strings
    var order = (0..<tasks.count).map { TaskIndex($0) }
    if !isAbsorbed.isEmpty { order.removeAll { isAbsorbed.contains($0) } }
    guard let number else { return order }
    NearlySorted.sort(&order) { first, second in
      let processA = number[tasks.process(first).index]
      let processB = number[tasks.process(second).index]
      if processA != processB { return processA < processB }
      let startA = tasks.start(first)
      let startB = tasks.start(second)
      if startA != startB { return startA.nanoseconds < startB.nanoseconds }
      let a = tasks[first]
      let b = tasks[second]
      if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
      if a.number != b.number { return (a.number ?? 0) < (b.number ?? 0) }
      if a.label != b.label { return strings.isOrderedBefore(a.label, b.label) }
      return a.end.nanoseconds < b.end.nanoseconds
    }
    return order
  }
}
