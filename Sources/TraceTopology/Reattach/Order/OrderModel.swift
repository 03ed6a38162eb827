import Glibc

/// What the spans of one class with known parents show about the order and the lag of the others.
struct OrderModel {
  /// Parents for one span, the likeliest first, with their probabilities; three at most.
  struct Answer: Sendable {
    var position: Int
    var parents: [(span: SpanIndex, probability: Double)]
    var shares = Shares()
    var question = OrderQuestion.open
  }

  /// How likely it is that a parent is one of the logged candidates, one of the lost ones, or none.
  struct Shares: Sendable {
    var logged = 0.0
    var lost = 0.0
    var none = 0.0
  }

  /// Candidates that were found by chains of evidence, best first, with how reliable such chains are.
  struct Found: Sendable {
    var spans: [SpanIndex] = []
    var chances: [Double] = []

    /// How reliable the best one is; 0 if there is none.
    var best: Double { chances.first ?? 0 }

    /// How reliable the chain to a span is; nil if none leads there.
    func chance(_ span: SpanIndex) -> Double? { spans.firstIndex(of: span).map { chances[$0] } }
  }

  let group: OrderClass
  let nodes: NodeFacts
  private(set) var labels: [Int32]
  let found: EvidenceMemo
  let children: ChildCounts
  private(set) var lag: LagDensity
  /// The share of the parents that are not among the candidates.
  private var unlisted = 0.0
  private var isLocal = false
  /// Positions whose parents are known.
  private var pinned: [Int32]
  /// The lag behind lost parents; nil where there are none, or too little is known of them.
  private(set) var lostLag: LagDensity?
  /// The share of the lost parents that are among the candidates.
  private(set) var lostListed = 0.0
  /// How much likelier an entry that no log holds is than its lag says, if it was there: no chain could
  /// lead to it.
  private(set) var lostBonus = 0.0
  private(set) var withinTrace: Set<Int>
  /// The score of "none of them" for spans whose tasks were not woken for them, and for the others.
  private(set) var nones = (taken: 0.0, woken: 0.0)
  /// The weight of each value of each feature, as many values for each.
  private(set) var weights: [Double] = []
  /// The weight of each class of steps from the parent of a span to that of the next one: where the first
  /// of the two is known, and where it is not.
  private(set) var jumps = FeatureWeights(values: OrderChain.jumpClasses)
  private(set) var openJumps = FeatureWeights(values: OrderChain.jumpClasses)
  /// Whether the order is kept within each task, rather than among all spans of the class.
  private(set) var isLaned = false
  var window = OrderWindow()
  /// When the stretches of the lag begin, for the question that is asked.
  var begins: [Int64] = []

  private static let sampleSize = 600
  /// From so many examples on that no chain decides, these alone are learned from.
  private static let fewestOpen = 30

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
    withinTrace = hidden?.withinTrace ?? group.withinTrace
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
    learnLostLag(sample)
    var examples = examples(sample)
    learnNones(sample, &examples, of: all)
    weights = examples.weights(of: 0..<OrderTraits.featuresAlone)
    // Steps are learned from all examples; where these are the same, they need not be asked again.
    learnJumps(sample.count == all.count ? examples : self.examples(all))
    if group.siblings != nil { learnSiblings(&examples) }
    if lostLag != nil {
      let left = Self.left(all.count { found[$0].best < Reattacher.decisive }, of: all.count)
      lostBonus = -log(left * (1 - unlisted))
    }
  }

  /// The score of "none of them" where this share of parents is missing. Of the spans that chains decide,
  /// only those whose parent is gone are left to this model.
  private func none(_ missing: Double, _ sample: [Int]) -> Double {
    let open = sample.count { found[$0].best < Reattacher.decisive }
    let left = Self.left(open, of: sample.count)
    let without = missing * (1 - lostListed) + (1 - missing) * left * unlisted
    return log(max(without, 0.001) / (left * (1 - missing) * (1 - unlisted)))
  }

  private static func left(_ open: Int, of count: Int) -> Double {
    Double(open + 1) / Double(count + 1)
  }

  /// How long after lost parents their children began: told by logged ones, as if these were lost.
  private mutating func learnLostLag(_ sample: [Int]) {
    guard group.lostCount > 0 else { return }
    var lags: [Double] = []
    for position in sample {
      guard let parent = group.parent(position), let expected = group.expectedIfLost(parent) else {
        continue
      }
      let lag = Double(group.starts[position].subtractingSaturated(expected))
      lags.append(lag - centre(position))
    }
    lostLag = LagDensity(lags)
    if lostLag != nil { lostListed = group.lostCoverage }
  }

  /// The lag around which others are expected.
  func centre(_ position: Int) -> Double { isLocal ? usual(position) ?? 0 : 0 }

  /// The same model where some parents are hidden.
  func hiding(_ hidden: HiddenParents) -> OrderModel {
    var model = self
    model.labels = hidden.labels
    model.withinTrace = hidden.withinTrace
    model.pinned = Self.pinned(group, hidden)
    return model
  }

  private static func pinned(_ group: OrderClass, _ hidden: HiddenParents) -> [Int32] {
    group.pinned.filter { !hidden.isHidden(Int($0)) }
  }

  /// The mean of the last known residual before a position and the first one after it; nil where there
  /// is neither.
  private func usual(_ position: Int) -> Double? {
    group.usualResidual(position, among: pinned, nodes)
  }

  /// Positions of recorded examples, the same whatever was read first.
  static func sample(_ group: OrderClass, _ hidden: HiddenParents? = nil) -> [Int] {
    let pinned =
      hidden.map { hidden in group.recorded.filter { !hidden.isHidden(Int($0)) } }
      ?? group.recorded
    let step = max(pinned.count / sampleSize, 1)
    return stride(from: 0, to: pinned.count, by: step).map { Int(pinned[$0]) }
  }

  // MARK: Learning

  /// Questions with recorded answers that are among their candidates.
  private mutating func examples(_ sample: [Int]) -> OrderExamples {
    var questions = OrderQuestions()
    var truths: [Int] = []
    var missing: [Double] = []
    for position in sample {
      ask(position, isLost: false, &questions)
      let parent = SpanIndex(raw: UInt32(truncatingIfNeeded: labels[position]))
      let candidates = questions.candidates(questions.count - 1)
      if let truth = candidates.first(where: { questions[$0].span == parent }) {
        truths.append(truth)
        missing.append(group.missingShare(position, nodes))
      } else {
        questions.removeLast()
      }
    }
    return OrderExamples(questions, truths: truths, missing: missing)
  }

  /// Learns how likely "none of them" is.
  private mutating func learnNones(_ sample: [Int], _ examples: inout OrderExamples, of all: [Int])
  {
    unlisted = Double(sample.count - examples.truths.count + 1) / Double(sample.count + 2)
    nones = (
      none(group.missingShares.taken, all.filter { !group.isWoken($0, nodes) }),
      none(group.missingShares.woken, all.filter { group.isWoken($0, nodes) })
    )
    examples.tellNones { none($0) }
  }

  /// Learns what steps from one parent to the next show, and whether these are steps within a lane.
  private mutating func learnJumps(_ known: OrderExamples) {
    var examples = known
    var before = ranksBefore(examples)
    jumps = examples.jumps(before)
    if group.lanes != nil {
      let pooled = examples.gain(jumps, before)
      isLaned = true
      let within = ranksBefore(examples)
      let jumpsWithin = examples.jumps(within)
      isLaned = examples.gain(jumpsWithin, within) > pooled
      if isLaned { (jumps, before) = (jumpsWithin, within) }
    }
    // Of a parent that is not known it is not known either that it has a child.
    examples.forget(.others, weights)
    openJumps = examples.jumps(before)
  }

  /// Learns what siblings show beyond what steps do: both tell of the same order.
  private mutating func learnSiblings(_ examples: inout OrderExamples) {
    examples.add(jumps, after: ranksBefore(examples))
    examples.add(jumps, before: examples.questions.positions.map { rankAfter($0) })
    weights += examples.weights(of: OrderTraits.featuresAlone..<OrderTraits.features)
  }

  private func ranksBefore(_ examples: OrderExamples) -> [Int?] {
    examples.questions.positions.map { rankBefore($0) }
  }

  /// What stands beside each span for the chain.
  var sequence: OrderSequence { OrderSequence(isLaned ? group.lanes : nil) }

  /// The rank of the parent of the span before, if that is known.
  private func rankBefore(_ position: Int) -> Int? {
    told(before: position).flatMap { rank(labels[$0]) }
  }

  /// The same of the span behind.
  private func rankAfter(_ position: Int) -> Int? {
    let behind = told(after: position)
    return behind < labels.count ? rank(labels[behind]) : nil
  }

  /// The next position that says something; the number of positions if there is none.
  func told(after position: Int) -> Int {
    let sequence = sequence
    var at = sequence.after(position)
    while at < labels.count, labels[at] == OrderClass.Label.skipped { at = sequence.after(at) }
    return at
  }

  /// The last position before one that says something.
  func told(before position: Int) -> Int? {
    let sequence = sequence
    var at = sequence.before(position)
    while at >= 0, labels[at] == OrderClass.Label.skipped { at = sequence.before(at) }
    return at >= 0 ? at : nil
  }

  /// The place of a known parent among all entries, likely close to `guesses` in the lists of these; nil for
  /// other labels.
  func rank(_ label: Int32, near guesses: [Int] = []) -> Int? {
    guard OrderClass.Label.isPinned(label) else { return nil }
    return group.rank(
      of: SpanIndex(raw: UInt32(truncatingIfNeeded: label)), nodes, near: guesses)
  }
}
