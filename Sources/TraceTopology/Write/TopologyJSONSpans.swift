/// The records of spans, and the parts that records share.
extension TopologyJSONWriter {
  func span(_ index: Int, _ sink: inout ByteSink) {
    let node = topology.spanOrder[index]
    let isPlaceholder = topology.isPlaceholder(node)
    sink.append("\"id\":\"s")
    sink.append(index)
    sink.append("\",\"traceId\":\"")
    let trace = topology.traceID(node)
    sink.append(hex: trace.high)
    sink.append(hex: trace.low)
    sink.append("\",\"spanId\":\"")
    sink.append(hex: topology.spanID(node).value)
    sink.append("\"")
    text(",\"name\":", topology.name(node), &sink)
    sink.append(names.spanKind[topology.spanKind(node)])
    if let process = topology.process(node) {
      sink.append("\"p")
      sink.append(process)
      sink.append("\"")
    } else {
      sink.append("null")
    }
    tasks(node, &sink)
    sink.append(",\"start\":")
    sink.append(jsonOrNull: topology.clock.span(topology.start(node)))
    sink.append(",\"end\":")
    sink.append(jsonOrNull: topology.clock.span(topology.end(node)))
    exit(isPlaceholder ? nil : topology.exits.path(of: node), &sink)
    time(of: node, &sink)
    sink.append(names.status[topology.status(node)])
    recordedParent(node, isPlaceholder, &sink)
    spanReference(",\"parent\":", topology.parent[node.index], &sink)
    attachment(node, &sink)
    if isPlaceholder {
      sink.append(",\"placeholder\":true")
      if let inferred = topology.inferred(node) { self.inferred(inferred, &sink) }
    }
    links(node, isPlaceholder, &sink)
    attributes(node, &sink)
  }

  /// What is concluded of a span that nobody logged.
  private func inferred(_ inferred: InferredSpan, _ sink: inout ByteSink) {
    text(",\"inferred\":{\"name\":", inferred.name, &sink)
    sink.append(",\"confidence\":")
    sink.append(jsonConfidence: inferred.confidence)
    stretch(",\"start\":{", inferred.start, &sink)
    stretch(",\"end\":{", inferred.end, &sink)
    sink.append("}")
  }

  private func stretch(
    _ key: StaticString, _ stretch: InferredSpan.Stretch?, _ sink: inout ByteSink
  ) {
    guard let stretch, let from = topology.clock.span(stretch.from),
      let to = topology.clock.span(stretch.to)
    else { return }
    sink.append(key)
    sink.append("\"from\":")
    sink.append(jsonOrNull: from)
    sink.append(",\"to\":")
    sink.append(jsonOrNull: to)
    sink.append(",\"confidence\":")
    sink.append(jsonConfidence: stretch.confidence)
    sink.append("}")
  }

  @inline(__always)
  private func tasks(_ node: SpanIndex, _ sink: inout ByteSink) {
    let task = topology.task(of: node)
    let source = node.index < topology.taskSource.count ? topology.taskSource[node.index] : .none
    // Where a span ended is known only where a log says so; it is not guessed from where it began.
    let end = node.index < topology.endTaskOfSpan.count ? topology.endTaskOfSpan[node.index] : .none
    guard !task.isNone || !end.isNone || source != .none else { return sink.append(names.noTask) }
    taskReference(",\"task\":", task, &sink)
    sink.append(names.taskSource[source])
    taskReference(",\"endTask\":", end, &sink)
  }

  /// The key stands before it, with the status.
  private func recordedParent(_ node: SpanIndex, _ isPlaceholder: Bool, _ sink: inout ByteSink) {
    let parent = isPlaceholder ? .none : topology.recording.spans.parentID[node.index]
    guard !parent.isNone else { return sink.append("null") }
    sink.append("\"")
    sink.append(hex: parent.value)
    sink.append("\"")
  }

  private func attachment(_ node: SpanIndex, _ sink: inout ByteSink) {
    let kind = topology.kind[node.index]
    sink.append(names.attachment[kind])
    sink.append(names.cause[topology.cause[node.index]])
    guard isWeighed[node.index] else { return sink.append("}") }
    if kind == .recorded, let identity = topology.identity[node] {
      sink.append(",\"via\":")
      sink.append(json: identity.name)
    }
    if let found = topology.reattachments[node] {
      if kind == .reattached, let rule = found.rule {
        sink.append(",\"rule\":")
        sink.append(json: rule.name)
        sink.append(",\"confidence\":")
        sink.append(jsonConfidence: found.confidence)
      }
      if kind == .reattached {
        evidence(found.evidence, topology.recording, &sink)
      }
      candidates(found.candidates, isChosen: kind == .reattached, &sink)
    }
    sink.append("}")
  }

  private func evidence(
    _ chain: [Evidence], _ recording: Recording, _ sink: inout ByteSink
  ) {
    sink.append(",\"evidence\":[")
    for index in 0..<chain.count {
      let item = chain[index]
      sink.append(index > 0 ? ",{\"rule\":" : "{\"rule\":")
      sink.append(json: item.rule.name)
      taskReference(",\"task\":", item.task, &sink)
      if item.by != item.task { taskReference(",\"by\":", item.by, &sink) }
      sink.append(",\"at\":")
      sink.append(jsonOrNull: topology.clock.span(item.at))
      if !item.span.isNone { spanReference(",\"span\":", item.span, &sink) }
      sink.append("}")
    }
    sink.append("]")
  }

  /// Left out where there was no choice.
  private func candidates(_ candidates: [Candidate], isChosen: Bool, _ sink: inout ByteSink) {
    guard candidates.count > (isChosen ? 1 : 0) else { return }
    sink.append(",\"candidates\":[")
    for index in 0..<candidates.count {
      sink.append(index > 0 ? ",{\"span\":\"s" : "{\"span\":\"s")
      sink.append(spanNumber[candidates[index].span.index])
      sink.append("\",\"confidence\":")
      sink.append(jsonConfidence: candidates[index].confidence)
      sink.append("}")
    }
    sink.append("]")
  }

  private func links(_ node: SpanIndex, _ isPlaceholder: Bool, _ sink: inout ByteSink) {
    let rows = linkRows[node]
    guard !rows.isEmpty else { return sink.append(",\"links\":[]") }
    sink.append(",\"links\":[")
    for row in rows {
      if row > rows.lowerBound { sink.append(",") }
      sink.append("{\"traceId\":\"")
      sink.append(hex: topology.recording.links.trace[row].high)
      sink.append(hex: topology.recording.links.trace[row].low)
      sink.append("\",\"spanId\":\"")
      sink.append(hex: topology.recording.links.target[row].value)
      sink.append("\"")
      spanReference(",\"span\":", topology.linkTarget(row), &sink)
      sink.append("}")
    }
    sink.append("]")
  }

  private func attributes(_ node: SpanIndex, _ sink: inout ByteSink) {
    sink.append(",\"attributes\":{")
    let rows = attributeRows[node]
    var isFirst = true
    for row in rows {
      // Of a key that stands twice the last one counts.
      let key = topology.recording.attributes.key[row]
      var later = row + 1
      while later < rows.upperBound, topology.recording.attributes.key[later] != key { later += 1 }
      guard later == rows.upperBound else { continue }
      attribute(row, isFirst: isFirst, &sink)
      isFirst = false
    }
    sink.append("}")
    guard !topology.inherited.keys.isEmpty else { return }
    let inherited = topology.inherited.rows(of: node, topology.recording.attributes)
    guard !inherited.isEmpty else { return }
    sink.append(",\"inherited\":{")
    for place in 0..<inherited.count { attribute(inherited[place], isFirst: place == 0, &sink) }
    sink.append("}")
  }

  private func attribute(_ row: Int, isFirst: Bool, _ sink: inout ByteSink) {
    if !isFirst { sink.append(",") }
    sink.append(json: topology.recording.attributes.key[row], of: topology.recording.strings)
    sink.append(":")
    value(topology.recording.attributes.value[row], &sink)
  }

  private func value(_ value: AttributeValue, _ sink: inout ByteSink) {
    switch value {
    case .string(let text): sink.append(json: text, of: topology.recording.strings)
    case .integer(let number): sink.append(number)
    case .bool(let flag): sink.append(flag ? "true" : "false")
    case .double(let number):
      if number.isFinite { sink.append("\(number)") } else { sink.append(json: "\(number)") }
    }
  }

  // MARK: Parts

  /// `key` is what stands before the value: `,"name":`.
  @inline(__always)
  func text(_ key: StaticString, _ id: StringID, _ sink: inout ByteSink) {
    sink.append(key)
    sink.append(jsonOrNull: id, of: topology.recording.strings)
  }

  @inline(__always)
  func taskReference(_ key: StaticString, _ task: TaskIndex, _ sink: inout ByteSink) {
    sink.append(key)
    guard !task.isNone, taskNumber[task.index] != .max else { return sink.append("null") }
    sink.append("\"t")
    sink.append(taskNumber[task.index])
    sink.append("\"")
  }

  @inline(__always)
  func spanReference(_ key: StaticString, _ node: SpanIndex, _ sink: inout ByteSink) {
    sink.append(key)
    guard !node.isNone, spanNumber[node.index] != .max else { return sink.append("null") }
    sink.append("\"s")
    sink.append(spanNumber[node.index])
    sink.append("\"")
  }

  @inline(__always)
  func site(_ key: StaticString, _ id: SiteID, _ sink: inout ByteSink) {
    sink.append(key)
    siteValue(id, &sink)
  }

  /// A place in the source as an object; `null` for none.
  func siteValue(_ id: SiteID, _ sink: inout ByteSink) {
    guard let site = topology.recording.sites[id] else { return sink.append("null") }
    text("{\"function\":", site.function, &sink)
    text(",\"file\":", site.file, &sink)
    sink.append(",\"line\":")
    if site.line > 0 { sink.append(site.line) } else { sink.append("null") }
    sink.append("}")
  }
}
