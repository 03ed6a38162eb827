/// Trying the answers of a run on itself.
extension TraceStructure {
  /// Spans of one operation, and all, that are taken as lost.
  private static let trialsOfOperation = 40
  private static let trialLimit = 1_000

  /// Takes spans of recorded trees as lost, with as many of their ancestors as the run lacks, and looks
  /// how often the nearest ancestor that is left is found.
  mutating func trial() -> AnswerTrust {
    var trust = AnswerTrust()
    var asked = 0
    for operation in statistics.examples.indices where asked < Self.trialLimit {
      for example in statistics.examples[operation].prefix(Self.trialsOfOperation) {
        guard asked < Self.trialLimit else { break }
        let children = statistics.children[example.index].map { SpanIndex(raw: $0) }
        guard !children.isEmpty, isStarted(example) else { continue }
        let truth = hide(example)
        defer { hidden.removeAll(keepingCapacity: true) }
        guard !truth.isNone else { continue }
        asked += 1
        let question = MissingParent(
          trace: recording.spans.trace[example.index],
          spanID: recording.spans.spanID[example.index], children: children)
        guard let found = ancestor(of: question) else { continue }
        trust.add(found.probability, isRight: found.span == truth)
      }
    }
    trust.close()
    return trust
  }

  /// Hides a span and, as often as parents are lost, those above it; gives the nearest that is left.
  private mutating func hide(_ span: SpanIndex) -> SpanIndex {
    hidden.insert(span)
    var at = parent(of: span)
    var draw = recording.spans.spanID[span.index].draw
    while !at.isNone, Double(draw % 1024) < statistics.lossRate * 1024, hidden.count < 8 {
      hidden.insert(at)
      at = parent(of: at)
      draw /= 1024
    }
    return at
  }
}
