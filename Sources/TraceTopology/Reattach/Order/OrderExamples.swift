import Glibc

/// Spans with recorded parents that are among their candidates, from which a model of the order learns.
///
/// Each of them is also an example of a span whose parent is missing, as often as spans of its kind miss
/// theirs: the candidates are then all but the right one, and "none of them" is right.
struct OrderExamples {
  private(set) var questions: OrderQuestions
  /// For each question the right candidate.
  let truths: [Int]
  /// For each question what share of such spans miss their parents.
  let missing: [Double]

  init(_ questions: OrderQuestions, truths: [Int], missing: [Double]) {
    self.questions = questions
    self.truths = truths
    self.missing = missing
  }

  /// Says how likely "none of them" is, by its score at each position.
  mutating func tellNones(_ score: (Int) -> Double) {
    for question in truths.indices {
      questions.nones[question] = score(questions.positions[question])
    }
  }

  /// The weights of some features, of all values of each; the scores have them from then on.
  mutating func weights(of features: Range<Int>) -> [Double] {
    var training = OrderTraining(self, features)
    let weights = training.learn()
    for candidate in questions.all {
      let traits = questions[candidate].traits
      var weight = 0.0
      for (place, feature) in features.enumerated() {
        weight += weights[place * OrderTraits.values + traits[feature]]
      }
      questions[candidate].score += weight
    }
    return weights
  }

  /// Takes the weights of one feature out of the scores.
  mutating func forget(_ feature: OrderTraits.Feature, _ weights: [Double]) {
    let first = feature.rawValue * OrderTraits.values
    for candidate in questions.all {
      questions[candidate].score -= weights[first + questions[candidate].traits[feature]]
    }
  }

  /// Adds the weights of steps from parents to the scores, where the rank of such a parent is known.
  mutating func add(_ jumps: FeatureWeights, after ranks: [Int?]) {
    add(ranks) { jumps[OrderChain.jump(from: $0, to: $1)] }
  }

  /// The same of steps to parents.
  mutating func add(_ jumps: FeatureWeights, before ranks: [Int?]) {
    add(ranks) { jumps[OrderChain.jump(from: $1, to: $0)] }
  }

  private mutating func add(_ ranks: [Int?], _ weight: (_ known: Int, _ own: Int) -> Double) {
    for question in truths.indices {
      guard let rank = ranks[question] else { continue }
      for candidate in questions.candidates(question) {
        questions[candidate].score += weight(rank, questions[candidate].rank)
      }
    }
  }

  /// What each class of steps adds, where `before` tells the rank of the parent of the span before each one;
  /// nil where that is not known.
  func jumps(_ before: [Int?]) -> FeatureWeights {
    var observed = Array(repeating: 0.0, count: OrderChain.jumpClasses)
    var expected = observed
    var shares: [Double] = []
    for question in truths.indices {
      guard let rank = before[question] else { continue }
      observed[OrderChain.jump(from: rank, to: questions[truths[question]].rank)] += 1
      questions.shares(question, &shares)
      for (share, candidate) in zip(shares, questions.candidates(question)) {
        expected[OrderChain.jump(from: rank, to: questions[candidate].rank)] += share
      }
    }
    return FeatureWeights(observed: observed, expected: expected)
  }

  /// How much surer of the right answers the steps make, by the sum of the logarithms of their shares.
  func gain(_ jumps: FeatureWeights, _ before: [Int?]) -> Double {
    var gain = 0.0
    var shares: [Double] = []
    for question in truths.indices {
      guard let rank = before[question] else { continue }
      questions.shares(question, &shares)
      var total = 0.0
      for (share, candidate) in zip(shares, questions.candidates(question)) {
        total += share * exp(jumps[OrderChain.jump(from: rank, to: questions[candidate].rank)])
      }
      let right = jumps[OrderChain.jump(from: rank, to: questions[truths[question]].rank)]
      if total > 0 { gain += right - log(total) }
    }
    return gain
  }
}
