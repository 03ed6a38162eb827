/// The records of problems, and what the run comes to.
extension TopologyJSONWriter {
  func diagnostic(_ index: Int, _ sink: inout ByteSink) {
    let item = topology.diagnostics[index]
    sink.append("\"code\":")
    sink.append(json: item.code)
    sink.append(",\"severity\":")
    sink.append(json: item.severity.rawValue)
    sink.append(",\"input\":")
    sink.append(jsonOrNull: Array((item.input ?? "").utf8)[...])
    sink.append(",\"offset\":")
    if let offset = item.offset { sink.append(offset) } else { sink.append("null") }
    sink.append(",\"count\":")
    sink.append(item.count)
    sink.append(",\"message\":")
    sink.append(json: item.message)
  }

  func summary(_ sink: inout ByteSink) {
    let summary = topology.summary
    sink.append(layout == .json ? "{\"spans\":" : "\"spans\":")
    sink.append(summary.spans)
    sink.append(",\"placeholders\":")
    sink.append(summary.placeholders)
    sink.append(",\"tasks\":")
    sink.append(summary.tasks)
    sink.append(",\"trees\":")
    sink.append(summary.trees)
    sink.append(",\"orphans\":{\"found\":")
    sink.append(summary.orphansFound)
    sink.append(",\"reattached\":")
    sink.append(summary.orphansReattached)
    sink.append(",\"left\":")
    sink.append(summary.orphansLeft)
    sink.append("}")
    counts("byCause", summary.byCause, &sink)
    counts("byRule", summary.byRule, &sink)
    sink.append(",\"findings\":")
    sink.append(summary.findings)
    // Where no scheduler log is whole nobody can say, and that is not "none".
    sink.append(",\"leakedTasks\":")
    if let leaked = summary.leakedTasks { sink.append(leaked) } else { sink.append("null") }
    sink.append(",\"diagnostics\":")
    sink.append(summary.diagnostics)
    if layout == .json { sink.append("}") }
  }

  private func counts(
    _ key: String, _ counts: [NamedCount], _ sink: inout ByteSink
  ) {
    sink.append(",")
    sink.append(json: key)
    sink.append(":{")
    for index in 0..<counts.count {
      if index > 0 { sink.append(",") }
      sink.append(json: counts[index].name)
      sink.append(":")
      sink.append(counts[index].count)
    }
    sink.append("}")
  }
}
