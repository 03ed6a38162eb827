import Glibc

/// One span without a parent, with its candidates.
struct OrderQuestion: Sendable {
  var position: Int
  /// Entries, with a score each; "none of them" has the score `none`.
  var entries: [Int32]
  var scores: [Double]
  var none: Double
}

/// Posteriors of a run of questions between two spans whose parents are known: forward and backward
/// over the jumps from each parent to the next.
struct OrderChain: Sendable {
  /// How much likelier each class of steps is than where nothing is known.
  private let factors: [Double]

  init(jumps: FeatureWeights) {
    factors = (0..<Self.jumpClasses).map { exp(jumps[$0]) }
  }

  /// Which of nine classes a step from one entry to the next belongs to.
  static func jump(from a: Int32, to b: Int32) -> Int {
    switch Int(b) - Int(a) {
    case ..<(-4): 0
    case -4 ... -2: 1
    case -1: 2
    case 0: 3
    case 1: 4
    case 2: 5
    case 3...4: 6
    case 5...8: 7
    default: 8
    }
  }
  static let jumpClasses = 9

  /// For each question the probabilities of its entries; what is missing to 1 is "none of them".
  func posteriors(_ run: [OrderQuestion], before: Int32?, after: Int32?) -> [[Double]] {
    let local = run.map { question -> [Double] in
      let peak = max(question.scores.max() ?? question.none, question.none)
      return question.scores.map { exp($0 - peak) } + [exp(question.none - peak)]
    }
    var forward = local
    for index in run.indices {
      let entries = run[index].entries
      for state in forward[index].indices {
        var sum = 0.0
        if index == 0 {
          sum = factor(before, state < entries.count ? entries[state] : nil)
        } else {
          sum = reach(
            forward[index - 1], run[index - 1].entries,
            state < entries.count ? entries[state] : nil, isBackward: false)
        }
        forward[index][state] *= sum
      }
      Self.normalise(&forward[index])
    }
    var backward = local.map { $0.map { _ in 1.0 } }
    for index in run.indices.reversed() {
      let entries = run[index].entries
      let isLast = index == run.count - 1
      let ahead = isLast ? [] : zip(backward[index + 1], local[index + 1]).map { $0 * $1 }
      for state in backward[index].indices {
        let own = state < entries.count ? entries[state] : nil
        if isLast {
          backward[index][state] = own.map { factor($0, after) } ?? 1
        } else {
          backward[index][state] = reach(
            ahead, run[index + 1].entries, own, isBackward: true)
        }
      }
      Self.normalise(&backward[index])
    }
    return run.indices.map { index in
      var product = zip(forward[index], backward[index]).map { $0 * $1 }
      Self.normalise(&product)
      product.removeLast()
      return product
    }
  }

  private func reach(_ weights: [Double], _ entries: [Int32], _ own: Int32?, isBackward: Bool)
    -> Double
  {
    var sum = 0.0
    for (other, weight) in weights.enumerated() {
      let entry = other < entries.count ? entries[other] : nil
      sum += weight * (isBackward ? factor(own, entry) : factor(entry, own))
    }
    return sum
  }

  private func factor(_ a: Int32?, _ b: Int32?) -> Double {
    guard let a, let b else { return 1 }
    return factors[Self.jump(from: a, to: b)]
  }

  private static func normalise(_ values: inout [Double]) {
    let total = values.reduce(0, +)
    guard total > 0 else { return }
    for index in values.indices { values[index] /= total }
  }
}
