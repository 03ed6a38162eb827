/// Boxes of spans that nobody logged.
extension DOTDrawing {
  /// What a lost span most likely was, as a question.
  func missingBox(_ node: SpanIndex) -> DOTBox {
    let isOrphan = topology.kind[node.index] == .orphan
    let spanID = Self.hex(topology.spanID(node))
    let inferred = topology.inferred(node)
    var facts = inferred == nil ? [] : ["missing"]
    facts.append("id \(spanID)")
    if isOrphan {
      facts.append("no parent found")
      let weighed = topology.reattachments[node]?.candidates.count ?? 0
      if weighed > 0 { facts.append(NodeLabel.count(weighed, "candidate")) }
    }
    if topology.kind[node.index] == .reattached { facts.append("reattached") }
    let likely = inferred.map { topology.recording.strings.text($0.name) }
    let name = likely.map { "\(shortName($0))?" } ?? "(missing span)"
    var tooltip = tooltipHead(likely.map { "\($0)?" } ?? name, facts, nil)
    tooltip.append("trace \(Self.hex(topology.traceID(node))) span \(spanID)")
    if let inferred { tooltip += lines(inferred, node) }
    if inferred?.start == nil,
      let place = offset(topology.start(node), process: topology.process(node))
    {
      tooltip.append("began at \(place) at the latest")
    }
    return DOTBox(
      look: isOrphan ? .lostPlaceholder : .placeholder, name: name, facts: facts, tooltip: tooltip)
  }

  private func lines(_ inferred: InferredSpan, _ node: SpanIndex) -> [String] {
    var lines = ["the name is inferred (\(NodeLabel.percent(inferred.confidence)))"]
    for (what, stretch) in [("began", inferred.start), ("ended", inferred.end)] {
      guard let stretch, let from = offset(stretch.from, process: topology.process(node)),
        let to = offset(stretch.to, process: topology.process(node))
      else { continue }
      lines.append("\(what) \(from) to \(to) (\(NodeLabel.percent(stretch.confidence)))")
    }
    return lines
  }
}
