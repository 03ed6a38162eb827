/// What the file says of a filter: what was asked for, and how much of the run is left.
extension TopologyJSONWriter {
  func filter(_ selection: Selection, _ sink: inout ByteSink) {
    let filter = selection.filter
    sink.append(",\"filter\":{")
    if let since = selection.since { number("since", since, &sink) }
    if let until = selection.until { number("until", until, &sink) }
    if !filter.traces.isEmpty { texts("traces", filter.traces, &sink) }
    if !filter.services.isEmpty { texts("services", filter.services, &sink) }
    if let root = filter.root {
      sink.append("\"root\":")
      sink.append(json: root)
      sink.append(",")
    }
    if let least = filter.minimumDuration { number("minDuration", least, &sink) }
    if filter.errorsOnly { sink.append("\"errors\":true,") }
    let summary = selection.summary
    number("spansSelected", summary.spansSelected, &sink)
    number("spansShown", summary.spansShown, &sink)
    number("spans", summary.spans, &sink)
    number("tasksShown", summary.tasksShown, &sink)
    number("tasks", summary.tasks, &sink)
    number("treesShown", summary.treesShown, &sink)
    sink.append("\"trees\":")
    sink.append(summary.trees)
    sink.append("}")
  }

  private func number(_ key: String, _ value: some BinaryInteger, _ sink: inout ByteSink) {
    sink.append(json: key)
    sink.append(":")
    sink.append(Int64(clamping: value))
    sink.append(",")
  }

  private func texts(_ key: String, _ values: [String], _ sink: inout ByteSink) {
    sink.append(json: key)
    sink.append(":[")
    for index in 0..<values.count {
      if index > 0 { sink.append(",") }
      sink.append(json: values[index])
    }
    sink.append("],")
  }
}
