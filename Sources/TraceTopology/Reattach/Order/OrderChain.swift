import Glibc

/// What a run of spans without parents is asked: for each of them its candidates, one behind the other.
///
///     question     0        1     2
///     first        0        3     3        5
///     ranks        ● ● ●          ● ●
struct OrderQuestions {
  /// One small number for each feature.
  typealias Traits = SIMD4<UInt8>

  private(set) var positions: [Int] = []
  private var first: [Int] = [0]
  /// The place of each candidate among all entries.
  private(set) var ranks: [Int] = []
  private(set) var spans: [SpanIndex] = []
  /// "None of them" has the score of the model.
  var scores: [Double] = []
  private(set) var traits: [Traits] = []

  var count: Int { positions.count }

  /// The candidates of one question.
  func candidates(_ question: Int) -> Range<Int> { first[question]..<first[question + 1] }

  mutating func removeAll() {
    positions.removeAll(keepingCapacity: true)
    first.removeAll(keepingCapacity: true)
    first.append(0)
    ranks.removeAll(keepingCapacity: true)
    spans.removeAll(keepingCapacity: true)
    scores.removeAll(keepingCapacity: true)
    traits.removeAll(keepingCapacity: true)
  }

  /// Begins a question; the candidates that are added from here on are its own.
  mutating func ask(_ position: Int) {
    positions.append(position)
    first.append(ranks.count)
  }

  mutating func add(rank: Int, _ span: SpanIndex, score: Double, _ traits: Traits) {
    ranks.append(rank)
    spans.append(span)
    scores.append(score)
    self.traits.append(traits)
    first[first.count - 1] = ranks.count
  }

  /// Takes back the question that was asked last.
  mutating func removeLast() {
    guard !positions.isEmpty else { return }
    positions.removeLast()
    first.removeLast()
    let count = first[first.count - 1]
    ranks.removeLast(ranks.count - count)
    spans.removeLast(spans.count - count)
    scores.removeLast(scores.count - count)
    traits.removeLast(traits.count - count)
  }
}

/// Posteriors of a run of questions between two spans whose parents are known: forward and backward
/// over the jumps from each parent to the next.
struct OrderChain {
  /// How much likelier each class of steps is than where nothing is known.
  private let factors: [Double]
  /// The score of "none of them".
  private let none: Double
  /// One state for each candidate, and one behind them for "none of them".
  private var local: [Double] = []
  private var forward: [Double] = []
  private var backward: [Double] = []
  private var ahead: [Double] = []

  init(jumps: FeatureWeights, none: Double) {
    let classes = (0..<Self.jumpClasses).map { exp(jumps[$0]) }
    factors = (-Self.farthest...Self.farthest).map { classes[Self.jump(from: 0, to: $0)] }
    self.none = none
  }

  /// Which of nine classes a step from one entry to the next belongs to.
  static func jump(from a: Int, to b: Int) -> Int {
    switch b - a {
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
  /// Beyond this all steps in one direction are of one class.
  private static let farthest = 9

  private func factor(_ a: Int, _ b: Int) -> Double {
    factors[min(max(b - a, -Self.farthest), Self.farthest) + Self.farthest]
  }

  private func factor(_ a: Int?, _ b: Int?) -> Double {
    guard let a, let b else { return 1 }
    return factor(a, b)
  }

  /// The probability of each candidate of each question, one behind the other; what is missing to 1 is
  /// "none of them". `before` and `after` are the ranks of the parents beside the run.
  mutating func posteriors(
    _ run: OrderQuestions, before: Int?, after: Int?, into shares: inout [Double]
  ) {
    weigh(run)
    forward = local
    for index in 0..<run.count { goForward(run, index, before) }
    backward.removeAll(keepingCapacity: true)
    for _ in local { backward.append(1) }
    for index in (0..<run.count).reversed() { goBackward(run, index, after) }
    shares.removeAll(keepingCapacity: true)
    for index in 0..<run.count {
      let states = states(run, index)
      var total = 0.0
      for state in states {
        forward[state] *= backward[state]
        total += forward[state]
      }
      for state in states.dropLast() {
        shares.append(total > 0 ? forward[state] / total : forward[state])
      }
    }
  }

  /// The states of one question: its candidates and "none of them".
  private func states(_ run: OrderQuestions, _ index: Int) -> Range<Int> {
    let candidates = run.candidates(index)
    return candidates.lowerBound + index..<candidates.upperBound + index + 1
  }

  private mutating func weigh(_ run: OrderQuestions) {
    local.removeAll(keepingCapacity: true)
    for index in 0..<run.count {
      let candidates = run.candidates(index)
      var peak = none
      for candidate in candidates { peak = max(peak, run.scores[candidate]) }
      for candidate in candidates { local.append(exp(run.scores[candidate] - peak)) }
      local.append(exp(none - peak))
    }
  }

  private mutating func goForward(_ run: OrderQuestions, _ index: Int, _ before: Int?) {
    let own = run.candidates(index)
    let states = states(run, index)
    for state in states {
      let rank =
        state < states.upperBound - 1 ? run.ranks[own.lowerBound + state - states.lowerBound] : nil
      if index == 0 {
        forward[state] *= factor(before, rank)
        continue
      }
      let others = run.candidates(index - 1)
      let first = self.states(run, index - 1).lowerBound
      var sum = 0.0
      for other in others {
        let weight = forward[first + other - others.lowerBound]
        sum += rank.map { weight * factor(run.ranks[other], $0) } ?? weight
      }
      forward[state] *= sum + forward[first + others.count]
    }
    Self.normalise(&forward, states)
  }

  private mutating func goBackward(_ run: OrderQuestions, _ index: Int, _ after: Int?) {
    let own = run.candidates(index)
    let states = states(run, index)
    let isLast = index == run.count - 1
    if !isLast {
      ahead.removeAll(keepingCapacity: true)
      for state in self.states(run, index + 1) { ahead.append(backward[state] * local[state]) }
    }
    for state in states {
      let rank =
        state < states.upperBound - 1 ? run.ranks[own.lowerBound + state - states.lowerBound] : nil
      if isLast {
        backward[state] = factor(rank, after)
        continue
      }
      let others = run.candidates(index + 1)
      var sum = 0.0
      for (place, other) in others.enumerated() {
        sum += rank.map { ahead[place] * factor($0, run.ranks[other]) } ?? ahead[place]
      }
      backward[state] = sum + ahead[others.count]
    }
    Self.normalise(&backward, states)
  }

  private static func normalise(_ values: inout [Double], _ places: Range<Int>) {
    var total = 0.0
    for place in places { total += values[place] }
    guard total > 0 else { return }
    for place in places { values[place] /= total }
  }
}
