import Glibc

/// Turns candidates into probabilities, by what the spans with recorded parents show.
struct Weigher: Sendable {
  struct Weighed: Sendable {
    var hit: EvidenceSearch.Hit
    var probability: Double
  }

  let statistics: RuleStatistics
  let nodes: NodeFacts
  let correlated: CorrelatedSpans

  /// The hits as probabilities, one for each span: a softmax over evidence with "none of these" at 0.
  ///
  /// As many of them as somebody looks at, `ranks`, come best first; the others stand behind them. What the
  /// span that is asked about contradicts by its own values is left out.
  func weigh(
    _ hits: [EvidenceSearch.Hit], of span: SpanIndex = .none, name: StringID, end: Timestamp,
    ranks: Int = .max,
    inTrace: Bool = false,
    allowed: (SpanIndex) -> Bool
  ) -> [Weighed] {
    var scored = Scores(hits.count)
    // Neighbours mostly have been found in one way, and carry one name.
    var last: (code: UInt32, certainty: Double, score: Double)?
    for (number, hit) in hits.enumerated() where allowed(hit.span) {
      if correlated.contradicts(span, parent: hit.span) { continue }
      let code = hit.signature.code
      var score = 0.0
      if let last, last.code == code, last.certainty == hit.certainty {
        score = last.score
      } else {
        score = self.score(hit, name, inTrace)
        last = (code, hit.certainty, score)
      }
      scored.add(number, score, hits)
    }
    let isContained = statistics.isContained(name)
    var penalty = (name: StringID.none, value: 0.0)
    for number in scored.items.indices {
      let hit = hits[scored.items[number].hit]
      guard hit.kind != .payload else { continue }
      let candidate = nodes.name[hit.span.index]
      if penalty.name != candidate { penalty = (candidate, namePenalty(name, candidate)) }
      scored.items[number].score -= penalty.value
      if isContained, let rest = nodes.end[hit.span.index].since(end), rest < 0 {
        scored.items[number].score -= 3
      }
    }
    return ranked(scored.items, hits, ranks)
  }

  private func score(_ hit: EvidenceSearch.Hit, _ name: StringID, _ inTrace: Bool) -> Double {
    let (share, asked) = statistics.reliability(hit.signature, of: name, inTrace: inTrace)
    let chance = min(max(share * hit.certainty, 0.001), 0.999)
    // The more was counted, the less the prior trust in chains matters.
    let trust = 1.1 * 20 / (20 + Double(asked))
    return log(chance / (1 - chance)) + trust
  }

  /// One weighed hit while they are put in order.
  private struct Rank {
    var span: SpanIndex
    var place: Int
    var probability: Double
  }

  private func ranked(
    _ scored: [Scores.Item], _ hits: [EvidenceSearch.Hit], _ ranks: Int
  ) -> [Weighed] {
    var order: [Rank] = []
    order.reserveCapacity(scored.count)
    // Neighbours mostly have one score.
    var last = (score: 0.0, weight: 1.0)
    var total = 1.0
    for place in scored.indices {
      let item = scored[place]
      if item.score != last.score { last = (item.score, exp(item.score)) }
      total += last.weight
      order.append(Rank(span: hits[item.hit].span, place: place, probability: last.weight))
    }
    for place in order.indices { order[place].probability /= total }
    if order.count > Scores.few, ranks >= order.count {
      order.sort { isBetter($0, $1) }
    } else {
      for rank in 0..<min(ranks, order.count) {
        var best = rank
        for other in rank..<order.count where isBetter(order[other], order[best]) { best = other }
        order.swapAt(rank, best)
      }
    }
    return order.map { Weighed(hit: hits[scored[$0.place].hit], probability: $0.probability) }
  }

  /// The best score of each span.
  private struct Scores {
    struct Item {
      var hit: Int
      var score: Double
    }

    /// From here on spans are looked up, not looked through.
    static let few = 12

    var items: [Item] = []
    private var numbers: KeyNumbers?

    init(_ count: Int) {
      items.reserveCapacity(count)
      if count > Self.few { numbers = KeyNumbers(expecting: count) }
    }

    /// One span may be found in several ways: the best counts, another kind of step adds to it.
    mutating func add(_ hit: Int, _ score: Double, _ hits: [EvidenceSearch.Hit]) {
      let span = hits[hit].span
      var known: Int?
      if let found = numbers?.number(of: UInt64(span.raw)) {
        known = found.isNew ? nil : found.number
      } else {
        known = items.firstIndex { hits[$0.hit].span == span }
      }
      guard let known else {
        items.append(Item(hit: hit, score: score))
        return
      }
      let old = items[known]
      let isOtherWay =
        hits[old.hit].signature.firstHop != hits[hit].signature.firstHop
      let support = isOtherWay ? 0.4 * max(min(old.score, score), 0) : 0
      items[known] = score > old.score ? Item(hit: hit, score: score) : old
      items[known].score += support
    }
  }

  /// A span whose name was never a parent of this name is an unlikely one, the more so the more
  /// parents are known; unless it is known farther up, and what stood between was lost.
  private func namePenalty(_ name: StringID, _ candidateName: StringID) -> Double {
    let known = statistics.parentCount(name)
    guard known > 0, statistics.pairCount(name, parentName: candidateName) == 0 else { return 0 }
    if statistics.isFartherAncestor(name, ancestorName: candidateName) { return 0.3 }
    return min(3.5, 0.5 + log(Double(known)))
  }

  private func isBetter(_ a: Rank, _ b: Rank) -> Bool {
    if a.probability != b.probability { return a.probability > b.probability }
    let startA = nodes.start[a.span.index].nanoseconds
    let startB = nodes.start[b.span.index].nanoseconds
    if startA != startB { return startA > startB }
    return nodes.key(a.span.index) < nodes.key(b.span.index)
  }
}
