import Testing

@testable import TraceTopology

/// What is concluded from the order of a run of questions.
struct OrderChainTests {
  /// Steps to the next entry are usual, all others are rare.
  private func jumps() -> FeatureWeights {
    let next = OrderChain.jump(from: 0, to: 1)
    return FeatureWeights(
      observed: (0..<OrderChain.jumpClasses).map { $0 == next ? 100 : 0 },
      expected: (0..<OrderChain.jumpClasses).map { _ in 10 })
  }

  /// Each question has the same candidates; `none` says how likely it is that there is no parent.
  private func shares(
    ranks: [Int], nones: [Double], before: Int?, after: Int?
  ) -> [[Double]] {
    var questions = OrderQuestions()
    for (position, none) in nones.enumerated() {
      questions.ask(position, none: none)
      for rank in ranks {
        questions.add(rank: rank, SpanIndex(rank), score: 0, OrderTraits(name: 0, others: 0))
      }
      questions.close()
    }
    var chain = OrderChain(jumps: jumps(), openJumps: jumps())
    var shares: [Double] = []
    chain.posteriors(questions, before: before, after: after, into: &shares)
    return nones.indices.map { Array(shares[$0 * ranks.count..<($0 + 1) * ranks.count]) }
  }

  @Test func `Between two neighbors each span gets the entry whose turn it is`() {
    let shares = shares(ranks: [3, 4, 5, 6], nones: [-6, -6, -6], before: 2, after: 6)
    for (question, own) in shares.enumerated() {
      #expect(own[question] > 0.95)
      #expect(own.reduce(0, +) <= 1.000_001)
    }
  }

  @Test func `A span whose parent is gone does not hide whose turn it is behind it`() {
    // Of the three only the middle one has no parent: the turn passes over it.
    let shares = shares(ranks: [3, 4, 5, 6], nones: [-6, 6, -6], before: 2, after: 5)
    #expect(shares[0][0] > 0.95)
    #expect(shares[1].reduce(0, +) < 0.05)
    #expect(shares[2][1] > 0.95)
  }

  @Test func `With nothing known on either side every candidate is as likely as another`() {
    let shares = shares(ranks: [3, 9], nones: [0], before: nil, after: nil)
    #expect(shares.count == 1)
    for share in shares[0] { #expect(abs(share - 1.0 / 3) < 1e-9) }
  }

  @Test func `A long run of missing parents is told by the last ranks alone`() {
    let nones = Array(repeating: 4.0, count: 30)
    let shares = shares(
      ranks: Array(stride(from: 0, to: 60, by: 2)), nones: nones, before: 0, after: 60)
    for own in shares {
      #expect(own.allSatisfy { $0.isFinite && $0 >= 0 })
      #expect(own.reduce(0, +) < 0.5)
    }
  }
}
