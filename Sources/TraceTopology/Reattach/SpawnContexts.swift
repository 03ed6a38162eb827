/// Under which span each task was spawned.
enum SpawnContexts {
  /// For each task the span that was open on its spawner at the spawn; empty if there are no spans.
  static func spans(_ recording: Recording, _ index: EvidenceIndex) -> [SpanIndex] {
    let tasks = recording.tasks
    guard recording.spans.count > 0 else { return [] }
    return (0..<tasks.count).map { row in
      let task = TaskIndex(row)
      let parent = tasks.parent(task)
      let start = tasks.start(task)
      guard !parent.isNone, start.isKnown else { return .none }
      return index.open.view(parent, at: start.nanoseconds).open
    }
  }
}
