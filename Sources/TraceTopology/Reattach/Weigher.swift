import Glibc

/// Turns candidates into probabilities, by what the spans with recorded parents show.
struct Weigher: Sendable {
  struct Weighed: Sendable {
    var hit: EvidenceSearch.Hit
    var probability: Double
  }

  let statistics: RuleStatistics
  let nodes: NodeFacts

  /// The hits as probabilities, best first, one for each span: a softmax over evidence with "none of
  /// these" at 0.
  func weigh(
    _ hits: [EvidenceSearch.Hit], name: StringID, end: Timestamp, allowed: (SpanIndex) -> Bool
  ) -> [Weighed] {
    var scored: [Scored] = []
    for hit in hits where allowed(hit.span) {
      let (share, asked) = statistics.reliability(hit.signature, of: name)
      let chance = min(max(share * hit.certainty, 0.001), 0.999)
      // The more was counted, the less the prior trust in chains matters.
      let trust = 1.1 * 20 / (20 + Double(asked))
      add(Scored(hit: hit, score: log(chance / (1 - chance)) + trust), to: &scored)
    }
    for number in scored.indices where scored[number].hit.kind != .payload {
      scored[number].score -= namePenalty(name, scored[number].hit.span)
      if statistics.isContained(name),
        let rest = nodes.end[scored[number].hit.span.index].since(end), rest < 0
      {
        scored[number].score -= 3
      }
    }
    let total = scored.reduce(1.0) { $0 + exp($1.score) }
    return ranked(scored, total)
  }

  /// Best first. They are a handful, and a closure over all that the weigher knows costs more than
  /// moving them.
  private func ranked(_ scored: [Scored], _ total: Double) -> [Weighed] {
    var ranked: [Weighed] = []
    ranked.reserveCapacity(scored.count)
    for item in scored {
      let weighed = Weighed(hit: item.hit, probability: exp(item.score) / total)
      var place = ranked.count
      while place > 0, isBetter(weighed, ranked[place - 1]) { place -= 1 }
      ranked.insert(weighed, at: place)
    }
    return ranked
  }

  private struct Scored {
    var hit: EvidenceSearch.Hit
    var score: Double
  }

  /// One span may be found in several ways: the best counts, another kind of step adds to it.
  private func add(_ new: Scored, to scored: inout [Scored]) {
    guard let known = scored.firstIndex(where: { $0.hit.span == new.hit.span }) else {
      scored.append(new)
      return
    }
    let old = scored[known]
    let isOtherWay = old.hit.signature.firstHop != new.hit.signature.firstHop
    let support = isOtherWay ? 0.4 * max(min(old.score, new.score), 0) : 0
    scored[known] = new.score > old.score ? new : old
    scored[known].score += support
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
