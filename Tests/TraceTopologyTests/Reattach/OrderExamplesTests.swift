import Testing

@testable import TraceTopology

/// What a model of the order learns from spans with recorded parents.
@Suite("Examples of the order")
struct OrderExamplesTests {
  /// Questions with a right candidate, which a strong chain leads to, and as many others without one.
  private static func examples(others: Int, missing: Double) -> OrderExamples {
    var questions = OrderQuestions()
    var truths: [Int] = []
    for position in 0..<200 {
      questions.ask(position, none: 0)
      truths.append(questions.all.upperBound)
      for number in 0...others {
        var traits = OrderTraits(name: 0, others: 0)
        if number == 0 { traits[.strength] = 3 }
        questions.add(rank: number, SpanIndex(position * 8 + number), score: 0, traits)
      }
      questions.close()
    }
    return OrderExamples(
      questions, truths: truths, missing: Array(repeating: missing, count: truths.count))
  }

  private static func weight(
    _ examples: OrderExamples, _ feature: OrderTraits.Feature, _ value: Int
  ) -> Double {
    var examples = examples
    let weights = examples.weights(of: 0..<OrderTraits.featuresAlone)
    return weights[feature.rawValue * OrderTraits.values + value]
  }

  @Test func `What only right candidates have speaks for them, against the others`() {
    let examples = Self.examples(others: 2, missing: 0)
    #expect(Self.weight(examples, .strength, 3) > 1)
    #expect(Self.weight(examples, .strength, 0) < -1)
  }

  @Test func `Where parents are missing, what only wrong candidates have speaks for none of them`()
  {
    let examples = Self.examples(others: 1, missing: 0.5)
    #expect(Self.weight(examples, .strength, 3) > 0.5)
    #expect(Self.weight(examples, .strength, 0) < -2)
    // What all have tells nothing.
    #expect(abs(Self.weight(examples, .standing, 0)) < 0.5)
  }

  @Test func `Steps that were learned leave nothing to traits that go with them`() {
    var examples = Self.examples(others: 2, missing: 0)
    let ranks = Array(repeating: Optional(-1), count: examples.truths.count)
    let jumps = examples.jumps(ranks)
    examples.add(jumps, after: ranks)
    examples.add(jumps, after: ranks)
    examples.tellNones { _ in -5 }
    #expect(abs(Self.weight(examples, .strength, 3)) < 0.2)
  }

  @Test func `Scores beyond what numbers can hold leave weights that can be used`() {
    for score in [-5_000.0, -800, 0, 800, 5_000] {
      for none in [-5_000.0, 0, 5_000] {
        var examples = Self.examples(others: 2, missing: 0.3)
        examples.tellNones { _ in none }
        var questions = examples.questions
        questions[0].score = score
        var extreme = OrderExamples(
          questions, truths: examples.truths,
          missing: Array(repeating: 0.3, count: examples.truths.count))
        let weights = extreme.weights(of: 0..<OrderTraits.featuresAlone)
        #expect(weights.allSatisfy { $0.isFinite }, "score \(score), none \(none)")
      }
    }
  }
}
