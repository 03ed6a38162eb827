import Glibc

/// Turns candidates into probabilities, by what the spans with recorded parents show.
struct Weigher: Sendable {
  struct Weighed: Sendable {
    var hit: EvidenceSearch.Hit
    var probability: Double
  }

  let statistics: RuleStatistics
  let nodes: NodeFacts

  /// The hits as probabilities, best first: a softmax over evidence with "none of these" at 0.
  func weigh(
    _ hits: [EvidenceSearch.Hit], name: StringID, end: Timestamp, allowed: (SpanIndex) -> Bool
  ) -> [Weighed] {
    var scored: [(hit: EvidenceSearch.Hit, score: Double)] = []
    for hit in hits where allowed(hit.span) {
      let chance = min(max(statistics.reliability(hit.signature, of: name), 0.001), 0.999)
      var score = log(chance / (1 - chance)) + 1.1
      score -= namePenalty(name, hit.span)
      if statistics.isContained(name), let rest = nodes.end[hit.span.index].since(end), rest < 0 {
        score -= 3
      }
      scored.append((hit, score))
    }
    let total = scored.reduce(1.0) { $0 + exp($1.score) }
    return scored.map { Weighed(hit: $0.hit, probability: exp($0.score) / total) }
      .sorted { isBetter($0, $1) }
  }

  /// A span whose name was never a parent of this name is an unlikely one, the more so the more
  /// parents are known; unless it is known farther up, and what stood between was lost.
  private func namePenalty(_ name: StringID, _ candidate: SpanIndex) -> Double {
    let known = statistics.parentCount(name)
    let candidateName = nodes.name[candidate.index]
    guard known > 0, statistics.pairCount(name, parentName: candidateName) == 0 else { return 0 }
    if statistics.isFartherAncestor(name, ancestorName: candidateName) { return 0.3 }
    return min(3.5, 0.5 + log(Double(known)))
  }

  private func isBetter(_ a: Weighed, _ b: Weighed) -> Bool {
    if a.probability != b.probability { return a.probability > b.probability }
    let startA = nodes.start[a.hit.span.index].nanoseconds
    let startB = nodes.start[b.hit.span.index].nanoseconds
    if startA != startB { return startA > startB }
    return nodes.key(a.hit.span.index) < nodes.key(b.hit.span.index)
  }
}
