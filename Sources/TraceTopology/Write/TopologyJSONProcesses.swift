/// The records of processes.
extension TopologyJSONWriter {
  func process(_ index: Int, _ sink: inout ByteSink) {
    let process = topology.processes[index]
    sink.append("\"id\":\"p")
    sink.append(index)
    sink.append("\"")
    text(",\"service\":", process.record.service, &sink)
    text(",\"instance\":", process.record.instance, &sink)
    text(",\"host\":", process.record.host, &sink)
    sink.append(",\"pid\":")
    sink.append(jsonOrNull: process.record.pid)
    text(",\"runtime\":", process.record.runtime, &sink)
    clock(process, &sink)
    scheduler(process, &sink)
    profile(index, &sink)
  }

  private func clock(_ process: TopologyProcess, _ sink: inout ByteSink) {
    sink.append(",\"clock\":{\"source\":")
    sink.append(json: process.clock.source.rawValue)
    sink.append(",\"offset\":")
    sink.append(process.clock.offset)
    sink.append(",\"drift\":")
    sink.append(Int64(exactly: (process.clock.drift * 1e9).rounded()) ?? 0)
    sink.append(",\"uncertainty\":")
    sink.append(jsonOrNull: process.clock.uncertainty)
    sink.append(",\"anchor\":")
    if let anchor = process.anchor {
      sink.append("{\"log\":\"")
      sink.append(anchor.log.nanoseconds)
      sink.append("\",\"unix\":\"")
      sink.append(anchor.wall.nanoseconds)
      sink.append("\"}")
    } else {
      sink.append("null")
    }
    sink.append(",\"skew\":")
    sink.append(jsonOrNull: process.skew?.offset)
    sink.append(",\"skewDrift\":")
    sink.append(jsonOrNull: process.skew.map { Int64(exactly: ($0.drift * 1e9).rounded()) ?? 0 })
    sink.append(",\"skewUncertainty\":")
    sink.append(jsonOrNull: process.skew?.uncertainty)
    sink.append("}")
  }

  private func scheduler(_ process: TopologyProcess, _ sink: inout ByteSink) {
    sink.append(",\"scheduler\":")
    guard process.hasSchedulerLog else { return sink.append("null") }
    sink.append("{\"joinedBy\":")
    sink.append(jsonOrNull: Array((process.tie?.rawValue ?? "").utf8)[...])
    sink.append("}")
  }
}
