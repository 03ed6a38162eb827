import Glibc

/// What the spans of one class with known parents show about the order and the lag of the others.
struct OrderModel {
  /// Parents for one span, the likeliest first, with their probabilities; three at most.
  struct Answer: Sendable {
    var position: Int
    var parents: [(span: SpanIndex, probability: Double)]
  }

  /// Candidates that were found by chains of evidence, best first, with how reliable such chains are.
  struct Found: Sendable {
    let spans: [SpanIndex]
    let chances: [Double]

    init(_ weighed: [Weigher.Weighed] = []) {
      spans = weighed.map(\.hit.span)
      chances = weighed.map(\.probability)
    }

    /// How reliable the best one is; 0 if there is none.
    var best: Double { chances.first ?? 0 }

    /// How reliable the chain to a span is; nil if none leads there.
    func chance(_ span: SpanIndex) -> Double? { spans.firstIndex(of: span).map { chances[$0] } }
  }

  let group: OrderClass
  let nodes: NodeFacts
  private(set) var labels: [Int32]
  private let found: EvidenceMemo
  private let children: ChildCounts
  private var lag: LagDensity
  /// The share of the parents that are not among the candidates.
  private var unlisted = 0.0
  private var isLocal = false
  /// Positions whose parents are known.
  private var pinned: [Int32]
  /// The score of "none of them" for spans whose tasks were not woken for them, and for the others.
  private(set) var nones = (taken: 0.0, woken: 0.0)
  /// The weight of each value of each feature, four values for a feature.
  private var weights: [Double] = []
  /// The weight of each class of steps from the parent of a span to that of the next one: where the first
  /// of the two is known, and where it is not.
  private(set) var jumps = FeatureWeights(values: OrderChain.jumpClasses)
  private(set) var openJumps = FeatureWeights(values: OrderChain.jumpClasses)
  /// Whether the order is kept within each task, rather than among all spans of the class.
  private(set) var isLaned = false
  private var window = OrderWindow()

  private static let candidateLimit = 24
  private static let searchLimit = 512
  private static let sampleSize = 600
  /// From so many examples on that no chain decides, these alone are learned from.
  private static let fewestOpen = 30
  private static let featureCount = 4
  /// The feature that counts the children which a candidate has besides.
  private static let others = 2
  private static let values = max(4, OrderClass.namesLimit)

  /// Learns from the pinned labels, with `hidden` left out; nil if they say nothing. `children` counts
  /// the children by these labels.
  init?(
    _ group: OrderClass, hidden: HiddenParents? = nil, nodes: NodeFacts, found: EvidenceMemo,
    children: ChildCounts
  ) {
    self.group = group
    self.nodes = nodes
    self.found = found
    self.children = children
    labels = hidden?.labels ?? group.labels
    pinned = hidden.map { Self.pinned(group, $0) } ?? group.pinned
    let all = Self.sample(group, hidden)
    let open = all.filter { found[$0].best < Reattacher.decisive }
    let sample = open.count >= Self.fewestOpen ? open : all
    guard let global = LagDensity(sample.compactMap { group.residual($0, nodes) }) else {
      return nil
    }
    lag = global
    let deviations = sample.compactMap { position in
      usual(position).flatMap { usual in
        group.residual(position, nodes).map { $0 - usual }
      }
    }
    if let local = LagDensity(deviations), local.sharpness > global.sharpness {
      lag = local
      isLocal = true
    }
    let asked = learn(sample)
    // Steps are learned from all examples; where these are the same, they need not be asked again.
    learnJumps(sample.count == all.count ? asked : self.asked(all))
    nones = (
      none(group.missingShares.taken, all.filter { !group.isWoken($0, nodes) }),
      none(group.missingShares.woken, all.filter { group.isWoken($0, nodes) })
    )
  }

  /// The score of "none of them" where this share of parents is missing. Of the spans that chains decide,
  /// only those whose parent is gone are left to this model.
  private func none(_ missing: Double, _ sample: [Int]) -> Double {
    let open = sample.count { found[$0].best < Reattacher.decisive }
    let left = Double(open + 1) / Double(sample.count + 1)
    let without = missing + (1 - missing) * left * unlisted
    return log(max(without, 0.001) / (left * (1 - missing) * (1 - unlisted)))
  }

  /// The same model where some parents are hidden.
  func hiding(_ hidden: HiddenParents) -> OrderModel {
    var model = self
    model.labels = hidden.labels
    model.pinned = Self.pinned(group, hidden)
    return model
  }

  private static func pinned(_ group: OrderClass, _ hidden: HiddenParents) -> [Int32] {
    group.pinned.filter { !hidden.isHidden(Int($0)) }
  }

  /// The mean of the last known residual before a position and the first one after it; nil where there
  /// is neither.
  private func usual(_ position: Int) -> Double? {
    var low = 0
    var high = pinned.count
    while low < high {
      let middle = (low + high) / 2
      if pinned[middle] < position { low = middle + 1 } else { high = middle }
    }
    let after = low < pinned.count && pinned[low] == position ? low + 1 : low
    let before = low > 0 ? group.residual(Int(pinned[low - 1]), nodes) : nil
    guard after < pinned.count, let behind = group.residual(Int(pinned[after]), nodes) else {
      return before
    }
    return before.map { ($0 + behind) / 2 } ?? behind
  }

  /// Positions of recorded examples, the same whatever was read first.
  private static func sample(_ group: OrderClass, _ hidden: HiddenParents?) -> [Int] {
    let pinned =
      hidden.map { hidden in group.recorded.filter { !hidden.isHidden(Int($0)) } }
      ?? group.recorded
    let step = max(pinned.count / sampleSize, 1)
    return stride(from: 0, to: pinned.count, by: step).map { Int(pinned[$0]) }
  }

  // MARK: Candidates

  /// Asks for the candidates of one span by lag alone, with the traits that weights are learned for.
  /// An entry `without` is none of them.
  mutating func ask(
    _ position: Int, without gone: SpanIndex? = nil, _ questions: inout OrderQuestions
  ) {
    questions.ask(position, none: group.isWoken(position, nodes) ? nones.woken : nones.taken)
    let start = group.starts[position]
    let centre = isLocal ? usual(position) ?? 0 : 0
    let from = start.subtractingSaturated(Self.whole(centre + lag.range.upperBound))
    let to = start.subtractingSaturated(Self.whole(centre + lag.range.lowerBound))
    window.fill(group, from: from, to: to, limit: Self.searchLimit)
    guard window.count > 0 else { return }
    let width = lag.range.upperBound - lag.range.lowerBound
    let rate = log(Double(window.count) / width)
    let lag = lag
    window.cut(stretches: lag.stretches) { stretch, expected in
      lag.isReached(stretch, by: Double(start.subtractingSaturated(expected)) - centre)
    }
    let span = group.spans[position]
    let known = found[position]
    let own = Times(start: nodes.start[span.index], end: nodes.end[span.index])
    let label = labels[position]
    let counts = children.counts
    var left = Self.candidateLimit
    for stretch in lag.likeliest where left > 0 {
      let level = lag.level(stretch) - rate
      // Few stretches hold as many candidates as are looked at: the others are not put in order.
      window.gather(stretch, nodes)
      for (place, entry) in window.entries.enumerated() where left > 0 {
        if entry.span == gone || entry.span == span { continue }
        left -= 1
        let others = counts[entry.span.index] &- (Int(label) == entry.span.index ? 1 : 0)
        let traits = traits(of: entry, own, others: Int(others), known)
        var score = level
        if !weights.isEmpty {
          for feature in 0..<Self.featureCount {
            score += weights[feature * Self.values + Int(traits[feature])]
          }
        }
        questions.add(rank: window.rank + place, entry.span, score: score, traits)
      }
    }
  }

  /// A time as a whole number, held at the ends of what 64 bits hold.
  private static func whole(_ value: Double) -> Int64 {
    Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
  }

  private struct Times {
    var start: Timestamp
    var end: Timestamp
  }

  /// `others` are the children that the parent is known to have besides.
  private func traits(
    of parent: OrderWindow.Entry, _ own: Times, others: Int, _ known: Found
  ) -> OrderQuestions.Traits {
    let end = nodes.end[parent.span.index]
    let start = own.start.since(nodes.start[parent.span.index]) ?? 0
    let openAtStart = end.since(own.start) ?? 0
    let openAtEnd = end.since(own.end) ?? 0
    let standing: UInt8 = start < 0 ? 3 : openAtStart < 0 ? 2 : openAtEnd < 0 ? 1 : 0
    let chance = known.chance(parent.span) ?? -1
    let strength: UInt8 = chance < 0 ? 0 : chance < 0.3 ? 1 : chance < 0.7 ? 2 : 3
    return OrderQuestions.Traits(
      parent.name, standing, UInt8(truncatingIfNeeded: max(min(others, 3), 0)), strength)
  }

  // MARK: Learning

  /// Questions with recorded answers that are among their candidates, and which those are.
  private mutating func asked(_ sample: [Int]) -> (OrderQuestions, truths: [Int]) {
    var questions = OrderQuestions()
    var truths: [Int] = []
    for position in sample {
      ask(position, &questions)
      let parent = SpanIndex(raw: UInt32(truncatingIfNeeded: labels[position]))
      let candidates = questions.candidates(questions.count - 1)
      if let truth = candidates.first(where: { questions.spans[$0] == parent }) {
        truths.append(truth)
      } else {
        questions.removeLast()
      }
    }
    return (questions, truths)
  }

  /// Learns the weights of the features; gives the questions, with them.
  private mutating func learn(_ sample: [Int]) -> (OrderQuestions, truths: [Int]) {
    var (questions, truths) = asked(sample)
    unlisted = Double(sample.count - truths.count + 1) / Double(sample.count + 2)
    var shares: [Double] = []
    var learned: [Double] = []
    for feature in 0..<Self.featureCount {
      var observed = Array(repeating: 0.0, count: Self.values)
      var expected = observed
      for question in truths.indices {
        observed[Int(questions.traits[truths[question]][feature])] += 1
        questions.shares(question, &shares)
        for (share, candidate) in zip(shares, questions.candidates(question)) {
          expected[Int(questions.traits[candidate][feature])] += share
        }
      }
      let weights = FeatureWeights(observed: observed, expected: expected)
      for value in 0..<Self.values { learned.append(weights[value]) }
      for candidate in questions.scores.indices {
        questions.scores[candidate] += weights[Int(questions.traits[candidate][feature])]
      }
    }
    weights = learned
    return (questions, truths)
  }

  private mutating func learnJumps(_ asked: (OrderQuestions, truths: [Int])) {
    var (questions, truths) = asked
    if group.lanes != nil {
      let pooled = gain(questions, truths, jumps(questions, truths))
      isLaned = true
      isLaned = gain(questions, truths, jumps(questions, truths)) > pooled
    }
    jumps = jumps(questions, truths)
    // Of a parent that is not known it is not known either that it has a child.
    for candidate in questions.scores.indices {
      let others = Int(questions.traits[candidate][Self.others])
      questions.scores[candidate] -= weights[Self.others * Self.values + others]
    }
    openJumps = jumps(questions, truths)
  }

  private func jumps(_ questions: OrderQuestions, _ truths: [Int]) -> FeatureWeights {
    var observed = Array(repeating: 0.0, count: OrderChain.jumpClasses)
    var expected = observed
    var shares: [Double] = []
    for question in truths.indices {
      guard let before = rankBefore(questions.positions[question]) else { continue }
      observed[OrderChain.jump(from: before, to: questions.ranks[truths[question]])] += 1
      questions.shares(question, &shares)
      for (share, candidate) in zip(shares, questions.candidates(question)) {
        expected[OrderChain.jump(from: before, to: questions.ranks[candidate])] += share
      }
    }
    return FeatureWeights(observed: observed, expected: expected)
  }

  /// How much surer of the right answers the steps make, by the sum of the logarithms of their shares.
  private func gain(
    _ questions: OrderQuestions, _ truths: [Int], _ jumps: FeatureWeights
  ) -> Double {
    var gain = 0.0
    var shares: [Double] = []
    for question in truths.indices {
      guard let before = rankBefore(questions.positions[question]) else { continue }
      questions.shares(question, &shares)
      var total = 0.0
      for (share, candidate) in zip(shares, questions.candidates(question)) {
        total += share * exp(jumps[OrderChain.jump(from: before, to: questions.ranks[candidate])])
      }
      let right = jumps[OrderChain.jump(from: before, to: questions.ranks[truths[question]])]
      if total > 0 { gain += right - log(total) }
    }
    return gain
  }

  /// What stands beside each span for the chain.
  var sequence: OrderSequence { OrderSequence(isLaned ? group.lanes : nil) }

  /// The rank of the parent of the span before, if that is known.
  private func rankBefore(_ position: Int) -> Int? {
    told(before: position).flatMap { rank(labels[$0]) }
  }

  /// The last position before one that says something.
  func told(before position: Int) -> Int? {
    let sequence = sequence
    var at = sequence.before(position)
    while at >= 0, labels[at] == OrderClass.Label.skipped { at = sequence.before(at) }
    return at >= 0 ? at : nil
  }

  /// The place of a known parent among all entries; nil for other labels.
  func rank(_ label: Int32) -> Int? {
    guard OrderClass.Label.isPinned(label) else { return nil }
    return group.rank(of: SpanIndex(raw: UInt32(truncatingIfNeeded: label)), nodes)
  }
}
