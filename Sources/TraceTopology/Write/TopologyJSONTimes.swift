/// Where the time of tasks, spans and trees went.
extension TopologyJSONWriter {
  /// The members of an object for time: what is not there is none.
  func members(_ use: TimeUse, _ sink: inout ByteSink) {
    guard use.isTold else {
      sink.append(#""running":0,"runnable":0,"waiting":0,"syscall":0"#)
      return unknown(use, &sink)
    }
    sink.append("\"running\":")
    sink.append(use.running)
    sink.append(",\"runnable\":")
    sink.append(use.runnable)
    sink.append(",\"waiting\":")
    sink.append(use.waiting)
    sink.append(",\"syscall\":")
    sink.append(use.syscall)
    unknown(use, &sink)
    reasons(use.waits, &sink)
  }

  @inline(__always)
  private func unknown(_ use: TimeUse, _ sink: inout ByteSink) {
    guard use.unknown > 0 else { return }
    sink.append(",\"unknown\":")
    sink.append(use.unknown)
  }

  func reasons(_ waits: [TimeUse.Wait], _ sink: inout ByteSink) {
    guard !waits.isEmpty else { return }
    let strings = topology.recording.strings
    sink.append(",\"waitingFor\":{")
    let sorted = waits.sorted { a, b in
      a.nanoseconds != b.nanoseconds
        ? a.nanoseconds > b.nanoseconds : strings.isOrderedBefore(a.reason, b.reason)
    }
    for (number, item) in sorted.enumerated() {
      if number > 0 { sink.append(",") }
      sink.append(json: strings.bytes(item.reason))
      sink.append(":")
      sink.append(item.nanoseconds)
    }
    sink.append("}")
  }

  /// What the task of a span did while it was open; left out where no scheduler log tells.
  func time(of node: SpanIndex, _ sink: inout ByteSink) {
    guard let use = topology.times.spans[node] else { return }
    sink.append(",\"time\":{")
    members(use, &sink)
    sink.append("}")
  }

  /// How long a task waited for what, where all its waits are written down.
  func waits(of task: TaskIndex, _ sink: inout ByteSink) {
    guard topology.recording.waits.isWhole, task.index < taskWaits.owners else { return }
    let table = topology.recording.waits
    var use = TimeUse()
    for row in taskWaits[task.index] {
      guard let length = table.until[Int(row)].since(table.since[Int(row)]), length > 0 else {
        continue
      }
      use.wait(table.reason[Int(row)], length)
    }
    reasons(use.waits, &sink)
  }

  func times(ofTree root: SpanIndex, _ sink: inout ByteSink) {
    if let use = topology.times.spans.tree(root) {
      sink.append(",\"time\":{")
      members(use, &sink)
      sink.append("}")
    }
    guard let path = topology.times.paths[root] else { return }
    sink.append(",\"criticalPath\":{\"length\":")
    sink.append(path.length)
    sink.append(",\"time\":{")
    members(path.use, &sink)
    sink.append("},\"steps\":[")
    for (number, step) in path.steps.enumerated() {
      sink.append(number == 0 ? "{\"start\":" : ",{\"start\":")
      sink.append(jsonOrNull: topology.clock.span(Timestamp(step.from)))
      sink.append(",\"end\":")
      sink.append(jsonOrNull: topology.clock.span(Timestamp(step.to)))
      spanReference(",\"span\":", step.span, &sink)
      taskReference(",\"task\":", step.task, &sink)
      sink.append(",\"time\":{")
      members(step.use, &sink)
      sink.append("}}")
    }
    sink.append("],\"stepsLeft\":")
    sink.append(path.left)
    sink.append("}")
  }
}
