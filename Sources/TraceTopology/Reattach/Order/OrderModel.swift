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
  /// How far each known parent's child is from where it was expected; no number where no parent is known.
  private var residualBefore: [Double] = []
  private var residualAfter: [Double] = []
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
    let own = Self.residuals(group, labels)
    children = Self.children(group, labels)
    (residualBefore, residualAfter) = Self.neighbours(own)
    let sample = Self.sample(group, labels)
    guard let global = LagDensity(sample.map { own[$0] }.filter { !$0.isNaN }) else { return nil }
    lag = global
    var deviations: [Double] = []
    for position in sample where !own[position].isNaN {
      if let usual = Self.usual(residualBefore[position], residualAfter[position]) {
        deviations.append(own[position] - usual)
      }
    }
    if let local = LagDensity(deviations), local.sharpness > global.sharpness {
      lag = local
      isLocal = true
    }
    // Of the spans that chains decide, only those whose parent is gone are left to this model.
    let undecided = sample.filter { found[group.spans[$0]].best < 0.75 }.count
    let left = Double(undecided + 1) / Double(sample.count + 1) * (1 - group.missingShare)
    none = log(max(group.missingShare, 0.02) / left)
    learn(sample)
  }

  /// The same model where other parents are known.
  func seeing(_ labels: [Int32]) -> OrderModel {
    var model = self
    model.labels = labels
    model.children = Self.children(group, labels)
    (model.residualBefore, model.residualAfter) = Self.neighbours(Self.residuals(group, labels))
    return model
  }

  private static func residuals(_ group: OrderClass, _ labels: [Int32]) -> [Double] {
    labels.indices.map { position -> Double in
      let label = labels[position]
      guard OrderClass.Label.isPinned(label) else { return .nan }
      return Double(
        group.starts[position].subtractingSaturated(group.entries[Int(label)].expected))
    }
  }

  private static func children(_ group: OrderClass, _ labels: [Int32]) -> [UInt8] {
    var children = Array(repeating: UInt8(0), count: group.entries.count)
    for label in labels where OrderClass.Label.isPinned(label) {
      children[Int(label)] = min(children[Int(label)] + 1, 250)
    }
    return children
  }

  /// For each position the last known residual before it, and the first one after it.
  private static func neighbours(_ own: [Double]) -> (before: [Double], after: [Double]) {
    var before = own
    var after = own
    var known = Double.nan
    for position in own.indices {
      before[position] = known
      if !own[position].isNaN { known = own[position] }
    }
    known = .nan
    for position in own.indices.reversed() {
      after[position] = known
      if !own[position].isNaN { known = own[position] }
    }
    return (before, after)
  }

  private static func usual(_ before: Double, _ after: Double) -> Double? {
    if before.isNaN { return after.isNaN ? nil : after }
    return after.isNaN ? before : (before + after) / 2
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
    let span = group.spans[position]
    let entries = group.entries
    let stretches = lag.stretches(first..<last) { index in
      Double(start.subtractingSaturated(entries[index].expected)) - centre
    }
    for stretch in stretches where question.entries.count < Self.candidateLimit {
      for index in stretch.places {
        let entry = Int32(truncatingIfNeeded: index)
        if entry == hidden || entries[index].span == span { continue }
        question.entries.append(entry)
        question.scores.append(stretch.level - rate)
        if question.entries.count == Self.candidateLimit { break }
      }
    }
    let known = found[span]
    let own = Times(start: nodes.start[span.index], end: nodes.end[span.index])
    let starts = nodes.start
    let ends = nodes.end
    var traits: [Traits] = []
    traits.reserveCapacity(question.entries.count)
    for number in question.entries.indices {
      let entry = Int(question.entries[number])
      let parent = entries[entry].span
      let those = Self.traits(
        of: entries[entry], own, Times(start: starts[parent.index], end: ends[parent.index]),
        others: Int(children[entry]) - (entry == Int(label) ? 1 : 0), known)
      traits.append(those)
      for feature in features.indices {
        question.scores[number] += features[feature][Int(those[feature])]
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

  private struct Times {
    var start: Timestamp
    var end: Timestamp
  }

  /// `others` are the children that the parent is known to have besides.
  private static func traits(
    of parent: OrderClass.Entry, _ own: Times, _ times: Times, others: Int, _ known: Found
  ) -> Traits {
    let start = own.start.since(times.start) ?? 0
    let openAtStart = times.end.since(own.start) ?? 0
    let openAtEnd = times.end.since(own.end) ?? 0
    let standing = start < 0 ? 3 : openAtStart < 0 ? 2 : openAtEnd < 0 ? 1 : 0
    let chance = known.chance(parent.span) ?? -1
    let strength = chance < 0 ? 0 : chance < 0.3 ? 1 : chance < 0.7 ? 2 : 3
    return Traits(
      parent.name, UInt8(standing), UInt8(max(min(others, 3), 0)), UInt8(strength))
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
