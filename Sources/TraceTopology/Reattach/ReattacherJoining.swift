/// Joining what was weighed.
extension Reattacher {
  /// Says for each answer how often such answers were right. The answers are changed where they stand.
  mutating func calibrate() {
    var place = result.reattachments.startIndex
    while place != result.reattachments.endIndex {
      defer { result.reattachments.formIndex(after: &place) }
      let node = result.reattachments[place].key
      let (raw, rule) = Self.claim(result.reattachments[place].value)
      guard let stated = settled(raw, node: node, rule: rule) else { continue }
      let shares = settled(
        result.reattachments[place].value.candidates.map(\.confidence), stated: stated,
        scale: raw > 0 ? stated / raw : 0)
      Self.settle(&result.reattachments.values[place], rounded(stated), shares)
    }
  }

  /// How often answers like the one that was found for a node were right; 0 if none was found.
  func worth(_ node: SpanIndex) -> Double {
    guard let answer = result.reattachments[node] else { return 0 }
    return settled(answer.confidence, node: node, rule: answer.rule) ?? answer.confidence
  }

  /// How often answers of a raw score were right; nil where the score says that already, or nothing was
  /// decided.
  private func settled(_ raw: Double, node: SpanIndex, rule: EvidenceKind?) -> Double? {
    guard let rule, !unattestedSpans.contains(node), !triedNodes.contains(node) else { return nil }
    return calibrated(raw, node: node, rule: rule)
  }

  /// The parent that was found for a node, if that is as good as known.
  func believed(_ node: SpanIndex) -> SpanIndex? {
    worth(node) >= Self.decisive ? result.reattachments[node]?.candidates.first?.span : nil
  }

  private static func claim(_ answer: Reattachment) -> (confidence: Double, rule: EvidenceKind?) {
    (answer.confidence, answer.rule)
  }

  private static func settle(
    _ answer: inout Reattachment, _ confidence: Double, _ shares: [Double]
  ) {
    answer.confidence = confidence
    for place in shares.indices { answer.candidates[place].confidence = shares[place] }
    answer.candidates.removeAll { $0.confidence < 0.001 }
  }

  /// The confidences of candidates, best first, where the best has `stated`: the others share what is
  /// left of certainty.
  func settled(_ raw: [Double], stated: Double, scale: Double) -> [Double] {
    let others = raw.dropFirst().prefix(2).reduce(0, +)
    let room = max(1 - stated, 0)
    let factor = others > 0 ? min(scale, room / others) : scale
    return raw.enumerated().map { number, value in
      rounded(number == 0 ? stated : min(value * factor, room))
    }
  }

  /// How often answers of this raw score were right.
  func calibrated(_ raw: Double, node: SpanIndex, rule: EvidenceKind) -> Double {
    let isLost = node.index >= recording.spans.count
    // What the run shows of itself says more than other programs do.
    if rule == .trace, traceTrust.isTelling { return traceTrust.confidence(raw) }
    let isOfPlaceholder = isLost && rule != .trace && rule != .order
    return ConfidenceTable.calibrated(raw, isOfPlaceholder ? .placeholder : rule)
  }

  /// Joins the proposals, most confident first; one that would close a ring is left.
  mutating func join() {
    var trees = TreeUnion(parents: result.parent)
    var proposals: [Proposal] = []
    for (node, answer) in result.reattachments where answer.confidence >= policy.minimumConfidence {
      guard let best = answer.candidates.first else { continue }
      proposals.append(
        Proposal(
          node: node, parent: best.span, confidence: answer.confidence,
          trace: nodes.traceID(node), span: nodes.spanID[node.index]))
    }
    proposals.sort {
      if $0.confidence != $1.confidence { return $0.confidence > $1.confidence }
      return ($0.trace, $0.span) < ($1.trace, $1.span)
    }
    for proposal in proposals {
      guard trees.join(proposal.node, proposal.parent) else {
        notebook?.note(proposal.node) { $0.closesRing = true }
        continue
      }
      let row = proposal.node.index
      result.parent[row] = proposal.parent
      result.kind[row] = .reattached
      if result.cause[row] == .none { result.cause[row] = .contextLost }
    }
  }

  /// Where most of a like were put back, what is left of it has lost its context, too.
  mutating func presumeLeft() {
    for (span, like) in presumption.heads where isDecided(span) {
      presumption.noteJoined(like: like)
    }
    for (span, like) in presumption.heads
    where result.kind[span.index] == .root && presumption.record(like: like).isOrphan {
      result.kind[span.index] = .orphan
      result.cause[span.index] = .contextLost
    }
  }

  /// Whether a span was joined, and surely enough at any threshold.
  private func isDecided(_ span: SpanIndex) -> Bool {
    result.kind[span.index] == .reattached
      && (result.reattachments[span]?.confidence ?? 0) >= Self.decisive
  }

  /// A child of a placeholder is as sure of its logged ancestor as the placeholder is.
  mutating func settleChildrenOfPlaceholders() {
    for number in 0..<forest.missing.count {
      let node = SpanIndex(recording.spans.count + number)
      let isJoined = result.kind[node.index] == .reattached
      for child in forest.missing[number].children {
        result.kind[child.index] = isJoined ? .reattached : .orphan
        guard let above = result.reattachments[node] else { continue }
        result.reattachments[child] = Reattachment(
          rule: .placeholder, confidence: above.confidence,
          evidence: [
            Evidence(
              rule: .placeholder, task: task(child), by: .none,
              at: recording.spans.start[child.index], span: node)
          ], candidates: [])
      }
    }
  }

  /// A span under a placeholder is no surer of its nearest logged ancestor than the weakest joint on the
  /// way there: nobody logged what lies between.
  mutating func settleJointsOverPlaceholders() {
    var isSettled = Array(repeating: false, count: result.parent.count)
    var way: [SpanIndex] = []
    for row in 0..<result.parent.count where result.kind[row] == .reattached {
      var node = SpanIndex(row)
      while !isSettled[node.index] {
        isSettled[node.index] = true
        way.append(node)
        let above = result.parent[node.index]
        guard isPlaced(above) else { break }
        node = above
      }
      while let lower = way.popLast() { settleJoint(of: lower) }
    }
  }

  /// Whether a node is a placeholder that was given a parent.
  private func isPlaced(_ node: SpanIndex) -> Bool {
    !node.isNone && node.index >= recording.spans.count && result.kind[node.index] == .reattached
  }

  private mutating func settleJoint(of node: SpanIndex) {
    let parent = result.parent[node.index]
    guard isPlaced(parent), var answer = result.reattachments[node],
      let above = result.reattachments[parent], above.confidence < answer.confidence
    else { return }
    answer.confidence = above.confidence
    if !answer.candidates.isEmpty { answer.candidates[0].confidence = above.confidence }
    result.reattachments[node] = answer
  }
}
