/// The records of findings.
extension TopologyJSONWriter {
  func finding(_ index: Int, _ sink: inout ByteSink) {
    let finding = topology.findings[index]
    sink.append("\"id\":\"f")
    sink.append(index)
    sink.append("\",\"rule\":")
    sink.append(json: finding.rule)
    sink.append(",\"severity\":")
    sink.append(json: finding.severity.rawValue)
    sink.append(",\"fingerprint\":")
    sink.append(json: finding.fingerprint)
    sink.append(",\"count\":")
    sink.append(finding.count)
    // Rules about tasks have tasks alone; of a span its task is only where it ran.
    let tasks = finding.tasks.map { taskNumber[$0.index] }
    let spans = finding.spans.map { spanNumber[$0.index] }
    sink.append(",\"subject\":\"")
    sink.append(spans.isEmpty ? "t" : "s")
    sink.append(spans.first ?? tasks.first ?? 0)
    sink.append("\"")
    numbers("tasks", "t", tasks, &sink)
    numbers("spans", "s", spans, &sink)
    sink.append(",\"message\":")
    sink.append(json: finding.message)
    sink.append(",\"evidence\":{")
    var isFirst = true
    for fact in finding.evidence {
      if !isFirst { sink.append(",") }
      isFirst = false
      sink.append(json: fact.name)
      sink.append(":")
      value(fact.value, &sink)
    }
    sink.append("},\"doesNotClaim\":")
    sink.append(json: finding.caveat)
  }

  private func numbers(
    _ key: String, _ letter: String, _ numbers: [UInt32], _ sink: inout ByteSink
  ) {
    sink.append(",")
    sink.append(json: key)
    sink.append(":[")
    for (place, number) in numbers.enumerated() {
      sink.append(place == 0 ? "\"" : ",\"")
      sink.append(letter)
      sink.append(number)
      sink.append("\"")
    }
    sink.append("]")
  }

  private func value(_ value: FindingFact.Value, _ sink: inout ByteSink) {
    switch value {
    case .text(let text): sink.append(json: text)
    case .count(let count): sink.append(count)
    case .duration(let nanoseconds): sink.append(nanoseconds)
    case .share(let share): sink.append(jsonConfidence: share)
    case .site(let site): siteValue(site, &sink)
    case .task(let task): reference("t", task.isNone ? .max : taskNumber[task.index], &sink)
    case .span(let span): reference("s", span.isNone ? .max : spanNumber[span.index], &sink)
    case .moment(let time, let process):
      sink.append(jsonOrNull: topology.clock.task(time, of: process))
    }
  }

  private func reference(_ letter: String, _ number: UInt32, _ sink: inout ByteSink) {
    guard number != .max else {
      sink.append("null")
      return
    }
    sink.append("\"")
    sink.append(letter)
    sink.append(number)
    sink.append("\"")
  }
}

extension Topology {
  /// For each root the numbers of the findings about spans of its tree, and about tasks that were
  /// spawned under one.
  var findingsByTree: [SpanIndex: [Int]] {
    guard !findings.isEmpty else { return [:] }
    var root = Array(repeating: SpanIndex.none, count: parent.count)
    var found: [SpanIndex: [Int]] = [:]
    for (number, finding) in findings.enumerated() {
      let creators = finding.tasks.compactMap { task in
        task.index < spawnedUnder.count ? spawnedUnder[task.index] : nil
      }
      for span in finding.spans + creators where !span.isNone {
        let head = Self.root(of: span, parent, &root)
        if found[head]?.last != number { found[head, default: []].append(number) }
      }
    }
    return found
  }

  /// The root of a span's tree, noted for all spans on the way.
  private static func root(
    of span: SpanIndex, _ parent: [SpanIndex], _ root: inout [SpanIndex]
  ) -> SpanIndex {
    var at = span
    while root[at.index].isNone, !parent[at.index].isNone { at = parent[at.index] }
    let head = root[at.index].isNone ? at : root[at.index]
    at = span
    while !at.isNone, root[at.index].isNone {
      root[at.index] = head
      at = parent[at.index]
    }
    return head
  }
}
