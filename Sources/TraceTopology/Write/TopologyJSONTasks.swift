/// The records of tasks, and what profiles say of tasks that they do not name.
extension TopologyJSONWriter {
  func task(_ index: Int, _ sink: inout ByteSink) {
    let row = topology.taskOrder[index]
    let task = topology.recording.tasks[row]
    sink.append("\"id\":\"t")
    sink.append(index)
    sink.append("\",\"process\":\"p")
    sink.append(topology.process(row))
    sink.append("\"")
    sink.append(names.taskKind[task.kind])
    if let number = task.number { sink.append(number) } else { sink.append("null") }
    if task.label != .empty { text(",\"label\":", task.label, &sink) }
    taskReference(",\"parent\":", task.parent, &sink)
    sink.append(names.parentSource[task.parentSource])
    sink.append(names.creation[task.creation])
    text(",\"entry\":", task.entry, &sink)
    site(",\"spawnSite\":", task.spawnSite, &sink)
    sink.append(",\"stackDepth\":")
    sink.append(task.stackDepth)
    sink.append(task.isSystem ? ",\"system\":true" : ",\"system\":false")
    sink.append(",\"start\":")
    sink.append(jsonOrNull: topology.clock.task(task.start, of: task.process))
    sink.append(",\"end\":")
    sink.append(jsonOrNull: topology.clock.task(task.end, of: task.process))
    sink.append(names.outcome[task.outcome])
    exit(topology.exits.path(of: row), &sink)
    taskState(task, row, &sink)
    let isAlone = topology.spawnedUnder.isEmpty
    spanReference(",\"spawnedUnder\":", isAlone ? .none : topology.spawnedUnder[row.index], &sink)
    if let labels = taskLabels[row] { self.labels(labels.map { ($0.key, $0.value) }, &sink) }
  }

  @inline(__always)
  func exit(_ path: ExitPath?, _ sink: inout ByteSink) {
    sink.append(names.exit(path))
  }

  private func taskState(_ task: TaskRecord, _ row: TaskIndex, _ sink: inout ByteSink) {
    sink.append(names.taskState[task.lastState])
    text(",\"waitingOn\":", task.waitReason, &sink)
    site(",\"waitSite\":", task.waitSite, &sink)
    if let minutes = task.blockedMinutes {
      sink.append(",\"blockedMinutes\":")
      sink.append(minutes)
    }
    sink.append(",\"time\":{\"running\":")
    sink.append(task.time.running)
    sink.append(",\"runnable\":")
    sink.append(task.time.runnable)
    sink.append(",\"waiting\":")
    sink.append(task.time.waiting)
    sink.append(",\"syscall\":")
    sink.append(task.time.syscall)
    waits(of: row, &sink)
    sink.append("}")
  }

  /// Labels of a profiler as an object; of a key that is there twice the last value counts, as it does
  /// for the profiler.
  private func labels(_ labels: [(key: StringID, value: StringID)], _ sink: inout ByteSink) {
    sink.append(",\"labels\":{")
    var isFirst = true
    for place in labels.indices {
      let isReplaced = labels[(place + 1)...].contains { $0.key == labels[place].key }
      guard !isReplaced else { continue }
      if !isFirst { sink.append(",") }
      isFirst = false
      sink.append(json: topology.recording.strings.bytes(labels[place].key))
      sink.append(":")
      sink.append(json: topology.recording.strings.bytes(labels[place].value))
    }
    sink.append("}")
  }

  /// How many goroutines of the process stood where, if a profile of it was read.
  func profile(_ process: Int, _ sink: inout ByteSink) {
    guard let records = profiles[process] else { return }
    sink.append(",\"profile\":[")
    for (place, record) in records.enumerated() {
      sink.append(place == 0 ? "{\"count\":" : ",{\"count\":")
      sink.append(record.count)
      labels(record.labels.map { ($0.key, $0.value) }, &sink)
      sink.append(",\"stack\":[")
      let frames = topology.recording.stacks[record.stack]
      for (depth, frame) in frames.enumerated() {
        if depth > 0 { sink.append(",") }
        siteValue(frame, &sink)
      }
      sink.append("]}")
    }
    sink.append("]")
  }
}
