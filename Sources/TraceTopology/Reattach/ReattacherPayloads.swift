/// Placing lost parents by what spans say beside their parents.
extension Reattacher {
  /// The ancestor that children of a lost parent name.
  mutating func weighByStatedAncestor(_ node: SpanIndex, _ missing: MissingParent) -> Bool {
    guard !index.stated.isEmpty else { return false }
    let children = missing.children.sorted { nodes.key($0.index) < nodes.key($1.index) }
    let stated = children.compactMap { index.stated.ancestor(of: $0) }
    guard let best = stated.first(where: { $0.isWholeWay }) ?? stated.first,
      !missing.children.contains(best.span)
    else { return false }
    proposeByPayload(node, best.span, best.isWholeWay ? 0.999 : 0.95)
    return true
  }

  /// The one span of the trace and the process that started more children than the log holds.
  mutating func weighByDebt(_ node: SpanIndex, _ missing: MissingParent, _ place: Placeholder)
    -> Bool
  {
    guard !debts.isEmpty, !place.process.isNone else { return false }
    let owing = debts.debtors(in: missing.trace).filter {
      recording.spans.process[$0.index] == place.process && !missing.children.contains($0)
        && isOpen($0, at: place.start)
    }
    guard owing.count == 1, let debtor = owing.first else { return false }
    debts.settle(debtor)
    proposeByPayload(node, debtor, 0.97)
    return true
  }

  /// Whether a span may be the parent of one that is lost: not if all the children that it started
  /// in that process are there.
  func mayOwe(_ span: SpanIndex, to process: ProcessIndex) -> Bool {
    guard span.index < recording.spans.count, let count = debts.owed(by: span) else { return true }
    return count > 0 || process.isNone || recording.spans.process[span.index] != process
  }

  private func isOpen(_ span: SpanIndex, at time: Timestamp) -> Bool {
    guard let lead = time.since(nodes.start[span.index]) else { return true }
    return lead >= 0 && (nodes.end[span.index].since(time) ?? 0) >= 0
  }

  private mutating func proposeByPayload(
    _ node: SpanIndex, _ ancestor: SpanIndex, _ probability: Double
  ) {
    let hit = EvidenceSearch.Hit(
      span: ancestor, signature: Signature(firstHop: .payload), step: -1, kind: .payload)
    let evidence = Evidence(
      rule: .payload, task: .none, by: .none, at: nodes.start[node.index], span: ancestor)
    let weighed = Weigher.Weighed(hit: hit, probability: probability)
    noteSingle(node, weighed, evidence)
    propose(node, weighed, 1, [weighed], evidence: [evidence])
  }
}
