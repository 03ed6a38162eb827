/// The records of the places where tasks wait.
extension TopologyJSONWriter {
  func wait(_ index: Int, _ sink: inout ByteSink) {
    let place = topology.waitSites[index]
    sink.append("\"id\":\"w")
    sink.append(index)
    sink.append("\",\"process\":\"p")
    sink.append(place.process)
    sink.append("\"")
    text(",\"reason\":", place.reason, &sink)
    site(",\"site\":", place.site, &sink)
    for (key, value) in [
      ("count", Int64(place.count)), ("total", place.total), ("p50", place.median),
      ("p99", place.p99), ("max", place.greatest), ("cut", Int64(place.cut)),
      ("wokenByTasks", Int64(place.byTasks)),
    ] {
      sink.append(",")
      sink.append(json: key)
      sink.append(":")
      sink.append(value)
    }
    sink.append(",\"wokenBy\":[")
    for (number, waker) in place.wakers.enumerated() {
      sink.append(number == 0 ? "{\"count\":" : ",{\"count\":")
      sink.append(waker.count)
      site(",\"site\":", waker.site, &sink)
      text(",\"entry\":", waker.entry, &sink)
      sink.append("}")
    }
    sink.append("]")
  }
}
