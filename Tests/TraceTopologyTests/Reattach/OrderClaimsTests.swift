import Testing

@testable import TraceTopology

/// What runs of questions claim of the same parents.
@Suite("Claims of runs on the same parents")
struct OrderClaimsTests {
  private static let a = SpanIndex(1)
  private static let b = SpanIndex(2)

  /// Weights of a model in which a second child is this much less likely.
  private static func weights(ofSecond weight: Double) -> [Double] {
    var weights = Array(repeating: 0.0, count: OrderTraits.features * OrderTraits.values)
    for count in 1..<OrderTraits.values {
      weights[OrderTraits.Feature.others.rawValue * OrderTraits.values + count] = weight
    }
    return weights
  }

  /// A run of one question with two candidates, whose scores are these.
  private static func asked(
    _ scores: (a: Double, b: Double), _ chain: inout OrderChain, others: Int = 0
  ) -> AskedRun {
    var asked = AskedRun()
    asked.questions.ask(0, none: -6)
    let traits = OrderTraits(name: 0, others: others)
    asked.questions.add(rank: 0, a, score: scores.a, traits)
    asked.questions.add(rank: 1, b, score: scores.b, traits)
    asked.questions.close()
    chain.posteriors(asked.questions, before: nil, after: nil, into: &asked.shares)
    return asked
  }

  private static let chain = OrderChain(
    jumps: FeatureWeights(values: OrderChain.jumpClasses),
    openJumps: FeatureWeights(values: OrderChain.jumpClasses))

  @Test func `A parent with one child is left to the span that surely is this child`() {
    var chain = Self.chain
    var claims = OrderClaims(Self.weights(ofSecond: -4))
    #expect(claims.reach > 0)
    let sure = Self.asked((5, 0), &chain)
    var unsure = Self.asked((1, 0.5), &chain)
    claims.add(sure)
    claims.add(unsure)
    #expect(unsure.shares[0] > unsure.shares[1])
    claims.settle(&unsure, &chain)
    #expect(unsure.settled[1] > 0.9)
    // Its own claim does not speak against it, and what is taken back no more.
    claims.remove(sure)
    unsure = Self.asked((1, 0.5), &chain)
    claims.settle(&unsure, &chain)
    for (settled, share) in zip(unsure.settled, unsure.shares) {
      #expect(abs(settled - share) < 0.001)
    }
  }

  @Test func `Where parents have any number of children, claims change nothing`() {
    var chain = Self.chain
    var claims = OrderClaims(Self.weights(ofSecond: 0.01))
    #expect(claims.reach == 0)
    claims.add(Self.asked((5, 0), &chain))
    var unsure = Self.asked((1, 0.5), &chain)
    claims.settle(&unsure, &chain)
    #expect(unsure.settled == unsure.shares)
  }

  @Test func `A claim weighs what the next child weighs beside those that are known`() {
    var chain = Self.chain
    var weights = Self.weights(ofSecond: -4)
    // The second child is as likely as the first one; the third is not.
    weights[OrderTraits.Feature.others.rawValue * OrderTraits.values + 1] = 0
    var claims = OrderClaims(weights)
    claims.add(Self.asked((5, 0), &chain))
    var first = Self.asked((1, 0.5), &chain)
    claims.settle(&first, &chain)
    #expect(first.settled[0] > first.settled[1])
    var second = Self.asked((1, 0.5), &chain, others: 1)
    claims.add(second)
    claims.settle(&second, &chain)
    #expect(second.settled[1] > second.settled[0])
  }
}
