/// To what class each row of a recording belongs.
final class SpanClasses: Sendable {
  private let names: [StringID]
  private let taskOf: [TaskIndex]
  private let tasks: TaskTable
  /// For each row whether a child carries its name.
  private let isOuter: [Bool]

  init(_ recording: Recording, _ forest: SpanForest, _ nodes: NodeFacts) {
    names = recording.spans.name
    taskOf = nodes.task.rows
    tasks = recording.tasks
    var isOuter = Array(repeating: false, count: names.count)
    for (row, name) in names.enumerated() {
      let parent = forest.parent[row]
      if !parent.isNone, names[parent.index] == name { isOuter[parent.index] = true }
    }
    self.isOuter = isOuter
  }

  subscript(row: Int) -> SpanClass {
    let task = taskOf[row]
    return SpanClass(
      name: names[row], spawnSite: task.isNone ? .none : tasks.spawnSite(task),
      isOuter: isOuter[row])
  }
}
