import Glibc

/// What the spans of one class with known parents show about the order and the lag of the others.
struct OrderModel {
  /// A parent for one span, with its probability.
  struct Answer: Sendable {
    var position: Int
    var entry: Int32
    var probability: Double
    var others: [(entry: Int32, probability: Double)]
  }

  /// A candidate that was found by a chain of evidence, with how reliable such chains are.
  typealias Found = [(span: SpanIndex, chance: Double)]

  let group: OrderClass
  let nodes: NodeFacts
  let labels: [Int32]
  private let found: EvidenceMemo
  /// How far each known parent's child is from where it was expected; nil where no parent is known.
  private var residualBefore: [Double?] = []
  private var residualAfter: [Double?] = []
  private var children: [UInt8] = []
  private var lag: LagDensity
  private var isLocal = false
  /// The score of "none of them".
  private var none = 0.0
  private var features: [FeatureWeights] = []
  private var jumps = FeatureWeights(values: OrderChain.jumpClasses)

  private static let candidateLimit = 24
  private static let searchLimit = 512
  private static let sampleSize = 600
  private static let runLimit = 32
  private static let featureSizes = [OrderClass.namesLimit, 4, 4, 4]

  /// Learns from the pinned labels; nil if they say nothing.
  init?(
    _ group: OrderClass, labels: [Int32], nodes: NodeFacts,
    found: EvidenceMemo
  ) {
    self.group = group
    self.labels = labels
    self.nodes = nodes
    self.found = found
    let own = labels.indices.map { position -> Double? in
      let label = labels[position]
      guard OrderClass.Label.isPinned(label) else { return nil }
      return Double(
        group.starts[position].subtractingSaturated(group.entries[Int(label)].expected))
    }
    children = Array(repeating: 0, count: group.entries.count)
    for label in labels where OrderClass.Label.isPinned(label) {
      children[Int(label)] = min(children[Int(label)] + 1, 250)
    }
    residualBefore = own
    residualAfter = own
    var known: Double?
    for position in own.indices {
      residualBefore[position] = known
      known = own[position] ?? known
    }
    known = nil
    for position in own.indices.reversed() {
      residualAfter[position] = known
      known = own[position] ?? known
    }
    let sample = Self.sample(group, labels)
    guard let global = LagDensity(sample.compactMap { own[$0] }) else { return nil }
    lag = global
    let before = residualBefore
    let after = residualAfter
    let deviations = sample.compactMap { position -> Double? in
      guard let value = own[position], let usual = Self.usual(before[position], after[position])
      else { return nil }
      return value - usual
    }
    if let local = LagDensity(deviations), local.sharpness > global.sharpness {
      lag = local
      isLocal = true
    }
    // Of the spans that chains decide, only those whose parent is gone are left to this model.
    let undecided = sample.filter { (found[group.spans[$0]].first?.chance ?? 0) < 0.75 }.count
    let left = Double(undecided + 1) / Double(sample.count + 1) * (1 - group.missingShare)
    none = log(max(group.missingShare, 0.02) / left)
    learn(sample)
  }

  private static func usual(_ before: Double?, _ after: Double?) -> Double? {
    if let before, let after { return (before + after) / 2 }
    return before ?? after
  }

  /// Positions of recorded examples, the same whatever was read first.
  private static func sample(_ group: OrderClass, _ labels: [Int32]) -> [Int] {
    let pinned = labels.indices.filter {
      OrderClass.Label.isPinned(labels[$0]) && group.isRecorded[$0]
    }
    let step = max(pinned.count / sampleSize, 1)
    return stride(from: 0, to: pinned.count, by: step).map { pinned[$0] }
  }

  // MARK: Candidates

  /// One small number for each feature.
  private typealias Traits = SIMD4<UInt8>

  /// The candidates of one span by lag alone, with the traits that weights are learned for.
  private func candidates(_ position: Int, without hidden: Int32? = nil) -> (
    question: OrderQuestion, traits: [Traits]
  ) {
    let start = group.starts[position]
    let centre = isLocal ? Self.usual(residualBefore[position], residualAfter[position]) ?? 0 : 0
    let from = start.subtractingSaturated(Int64(centre + lag.range.upperBound))
    let to = start.subtractingSaturated(Int64(centre + lag.range.lowerBound))
    var question = OrderQuestion(position: position, entries: [], scores: [], none: none)
    let first = firstEntry(from)
    let last = firstEntry(to == .max ? to : to + 1)
    guard last > first, last - first <= Self.searchLimit else { return (question, []) }
    let width = lag.range.upperBound - lag.range.lowerBound
    let rate = log(Double(last - first) / width)
    let label = labels[position]
    let own = group.spans[position]
    for index in first..<last {
      let entry = Int32(truncatingIfNeeded: index)
      if entry == hidden || group.entries[index].span == own { continue }
      let residual = Double(start.subtractingSaturated(group.entries[index].expected)) - centre
      question.keep(entry, lag.log(residual) - rate, limit: Self.candidateLimit)
    }
    let known = found[own]
    var traits: [Traits] = []
    traits.reserveCapacity(question.entries.count)
    for number in question.entries.indices {
      let entry = question.entries[number]
      let those = traitsOf(entry, position, isOwn: entry == label, known)
      traits.append(those)
      for (feature, weights) in features.enumerated() {
        question.scores[number] += weights[Int(those[feature])]
      }
    }
    return (question, traits)
  }

  private func firstEntry(_ time: Int64) -> Int {
    var low = 0
    var high = group.entries.count
    while low < high {
      let middle = (low + high) / 2
      if group.entries[middle].expected < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func traitsOf(_ entry: Int32, _ position: Int, isOwn: Bool, _ known: Found) -> Traits {
    let parent = group.entries[Int(entry)]
    let others = Int(children[Int(entry)]) - (isOwn ? 1 : 0)
    let span = group.spans[position]
    let start = nodes.start[span.index].since(nodes.start[parent.span.index]) ?? 0
    let openAtStart = nodes.end[parent.span.index].since(nodes.start[span.index]) ?? 0
    let openAtEnd = nodes.end[parent.span.index].since(nodes.end[span.index]) ?? 0
    let standing = start < 0 ? 3 : openAtStart < 0 ? 2 : openAtEnd < 0 ? 1 : 0
    let chance = known.first { $0.span == parent.span }?.chance ?? -1
    let strength = chance < 0 ? 0 : chance < 0.3 ? 1 : chance < 0.7 ? 2 : 3
    return Traits(
      UInt8(truncatingIfNeeded: parent.name), UInt8(standing), UInt8(max(min(others, 3), 0)),
      UInt8(strength))
  }

  // MARK: Learning

  private mutating func learn(_ sample: [Int]) {
    var questions: [(question: OrderQuestion, traits: [Traits], truth: Int)] = []
    for position in sample {
      let (question, traits) = candidates(position)
      guard let truth = question.entries.firstIndex(of: labels[position]) else { continue }
      questions.append((question, traits, truth))
    }
    for feature in Self.featureSizes.indices {
      var observed = Array(repeating: 0.0, count: Self.featureSizes[feature])
      var expected = observed
      for item in questions {
        observed[Int(item.traits[item.truth][feature])] += 1
        for (number, share) in Self.shares(item.question.scores).enumerated() {
          expected[Int(item.traits[number][feature])] += share
        }
      }
      let weights = FeatureWeights(observed: observed, expected: expected)
      features.append(weights)
      for item in questions.indices {
        for number in questions[item].traits.indices {
          questions[item].question.scores[number] +=
            weights[Int(questions[item].traits[number][feature])]
        }
      }
    }
    learnJumps(questions.map { ($0.question, $0.truth) })
  }

  private mutating func learnJumps(_ questions: [(question: OrderQuestion, truth: Int)]) {
    var observed = Array(repeating: 0.0, count: OrderChain.jumpClasses)
    var expected = observed
    for item in questions {
      guard let before = neighbour(item.question.position, -1) else { continue }
      observed[OrderChain.jump(from: before, to: item.question.entries[item.truth])] += 1
      for (number, share) in Self.shares(item.question.scores).enumerated() {
        expected[OrderChain.jump(from: before, to: item.question.entries[number])] += share
      }
    }
    jumps = FeatureWeights(observed: observed, expected: expected)
  }

  /// The label of the next span in one direction, if its parent is known.
  private func neighbour(_ position: Int, _ step: Int) -> Int32? {
    var at = position + step
    while labels.indices.contains(at), labels[at] == OrderClass.Label.skipped { at += step }
    guard labels.indices.contains(at), OrderClass.Label.isPinned(labels[at]) else { return nil }
    return labels[at]
  }

  private static func shares(_ scores: [Double]) -> [Double] {
    let peak = scores.max() ?? 0
    let weights = scores.map { exp($0 - peak) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  // MARK: Answering

  /// Answers every open position in runs between known ones. `hidden` gives entries that shall not be
  /// candidates, by position.
  func answers(hidden: [Int: Int32] = [:]) -> [Answer] {
    var answers: [Answer] = []
    var run: [Int] = []
    var before: Int32?
    let chain = OrderChain(jumps: jumps)
    func close(after: Int32?) {
      defer { run.removeAll(keepingCapacity: true) }
      // A trial asks about what it hides, and about what stands beside that.
      guard !run.isEmpty, hidden.isEmpty || run.contains(where: { hidden[$0] != nil }) else {
        return
      }
      let questions = run.map { candidates($0, without: hidden[$0]).question }
      let shares = chain.posteriors(questions, before: before, after: after)
      for (question, shares) in zip(questions, shares) {
        if let answer = Self.best(question, shares) { answers.append(answer) }
      }
    }
    for position in labels.indices {
      let label = labels[position]
      if OrderClass.Label.isPinned(label) {
        close(after: label)
        before = label
      } else if label == OrderClass.Label.open {
        run.append(position)
        if run.count >= Self.runLimit {
          close(after: nil)
          before = nil
        }
      }
    }
    close(after: nil)
    return answers
  }

  private static func best(_ question: OrderQuestion, _ shares: [Double]) -> Answer? {
    let ranked = zip(question.entries, shares).sorted {
      $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0
    }
    guard let first = ranked.first else { return nil }
    return Answer(
      position: question.position, entry: first.0, probability: first.1,
      others: ranked.prefix(3).map { (entry: $0.0, probability: $0.1) })
  }
}
