import Glibc

/// Learns what traits of candidates weigh, from examples whose scores know nothing of them.
///
/// One feature after the other, and all of them again: what a value adds is how much oftener right
/// candidates have it than is expected by what the scores say so far. The candidates' chances stand one
/// behind the other, so that a weight that was learned is one multiplication for each of them.
struct OrderTraining {
  private let questions: [Question]
  /// How likely each candidate is by what is known so far, against the others of its question.
  private var chances: [Double]
  /// For each feature the values of all candidates.
  private let values: [[UInt8]]

  private struct Question {
    /// The candidates before the right one, and those behind it.
    let before: Range<Int>
    let behind: Range<Int>
    let right: Int
    /// What share of such spans miss their parents, and how likely "none of them" is.
    let missing: Double
    let none: Double
  }

  /// How often the weights of all features are learned, each time beside those of the others.
  private static let rounds = 2

  init(_ examples: OrderExamples, _ features: Range<Int>) {
    var questions: [Question] = []
    var chances: [Double] = []
    questions.reserveCapacity(examples.truths.count)
    chances.reserveCapacity(examples.questions.all.count)
    for question in examples.truths.indices {
      let candidates = examples.questions.candidates(question)
      let right = examples.truths[question]
      questions.append(
        Question(
          before: candidates.lowerBound..<right, behind: right + 1..<candidates.upperBound,
          right: right, missing: examples.missing[question],
          none: examples.questions.weigh(question, &chances)))
    }
    self.questions = questions
    self.chances = chances
    values = features.map { feature in
      examples.questions.all.map {
        UInt8(truncatingIfNeeded: examples.questions[$0].traits[feature])
      }
    }
  }

  /// The weights of all values of each feature.
  mutating func learn() -> [Double] {
    var weights = Array(repeating: 0.0, count: values.count * OrderTraits.values)
    // What all candidates share tells them apart in nothing.
    let isTelling = values.map { own in own.contains { $0 != own[0] } }
    for _ in 0..<Self.rounds {
      for feature in values.indices where isTelling[feature] {
        let learned = learned(values[feature])
        let factors = (0..<OrderTraits.values).map { exp(learned[$0]) }
        for value in factors.indices {
          weights[feature * OrderTraits.values + value] += learned[value]
        }
        multiply(factors, values[feature])
      }
    }
    return weights
  }

  private mutating func multiply(_ factors: [Double], _ values: [UInt8]) {
    for candidate in chances.indices { chances[candidate] *= factors[Int(values[candidate])] }
  }

  /// What a chance counts where the parent is there, and what where it is missing and no candidate.
  private func shares(_ question: Question) -> (known: Double, gone: Double) {
    var wrong = question.none
    for candidate in question.before { wrong += chances[candidate] }
    for candidate in question.behind { wrong += chances[candidate] }
    let all = wrong + chances[question.right]
    return (
      (1 - question.missing) / max(all, .leastNormalMagnitude),
      question.missing / max(wrong, .leastNormalMagnitude)
    )
  }

  /// What each value of one feature adds to what is known by the chances so far.
  private func learned(_ values: [UInt8]) -> FeatureWeights {
    var observed = Array(repeating: 0.0, count: OrderTraits.values)
    var expected = observed
    for question in questions {
      observed[Int(values[question.right])] += 1 - question.missing
      let (known, gone) = shares(question)
      expected[Int(values[question.right])] += chances[question.right] * known
      for candidate in question.before {
        expected[Int(values[candidate])] += chances[candidate] * (known + gone)
      }
      for candidate in question.behind {
        expected[Int(values[candidate])] += chances[candidate] * (known + gone)
      }
    }
    return FeatureWeights(observed: observed, expected: expected)
  }
}
