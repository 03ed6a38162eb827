import Glibc

/// Posteriors of a run of questions between two spans whose parents are known: forward and backward
/// over the jumps from each parent to the next.
///
/// Where the answer is "none of them", the jump after it counts from the parent before it: such a state
/// remembers that parent's rank.
///
///     question     0            1                  2
///     candidates   3  4         4  5               5  7
///     none after   before       before  3  4       before  3  4  5
struct OrderChain {
  /// How much likelier each class of steps is than where nothing is known.
  private let factors: [Double]
  /// The same where neither parent is known.
  private let openFactors: [Double]
  /// Where the states of each question begin: its candidates, then "none of them" after each rank.
  private var first: [Int] = []
  private var ranks: [Int] = []
  private var local: [Double] = []
  private var forward: [Double] = []
  private var backward: [Double] = []
  private var remembered: [Int] = []

  init(jumps: FeatureWeights, openJumps: FeatureWeights) {
    factors = Self.factors(jumps)
    openFactors = Self.factors(openJumps)
  }

  private static func factors(_ jumps: FeatureWeights) -> [Double] {
    (-farthest...farthest).map { exp(jumps[jump(from: 0, to: $0)]) }
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
  /// The rank of a parent of which nothing is known.
  private static let unknown = -1
  /// Ranks that "none of them" remembers; of more than these the first ones are forgotten.
  private static let memory = 24

  private static func factor(_ factors: [Double], _ a: Int, _ b: Int) -> Double {
    if a == unknown || b == unknown { return 1 }
    return factors[min(max(b - a, -farthest), farthest) + farthest]
  }

  /// The probability of each candidate of each question, one behind the other; what is missing to 1 is
  /// "none of them". `before` and `after` are the ranks of the parents beside the run.
  mutating func posteriors(
    _ run: OrderQuestions, before: Int?, after: Int?, into shares: inout [Double]
  ) {
    layOut(run, before ?? Self.unknown)
    forward.removeAll(keepingCapacity: true)
    forward.append(contentsOf: local)
    for index in 0..<run.count { goForward(run, index, before ?? Self.unknown) }
    backward.removeAll(keepingCapacity: true)
    for rank in ranks { backward.append(Self.factor(factors, rank, after ?? Self.unknown)) }
    for index in (0..<max(run.count - 1, 0)).reversed() { goBackward(run, index) }
    shares.removeAll(keepingCapacity: true)
    for index in 0..<run.count {
      var total = 0.0
      for state in first[index]..<first[index + 1] {
        forward[state] *= backward[state]
        total += forward[state]
      }
      for state in candidates(run, index) {
        shares.append(total > 0 ? forward[state] / total : forward[state])
      }
    }
  }

  /// The states that are candidates of a question.
  private func candidates(_ run: OrderQuestions, _ index: Int) -> Range<Int> {
    first[index]..<first[index] + run.candidates(index).count
  }

  /// The states in which none of them is the parent, by the rank that they remember.
  private func nones(_ run: OrderQuestions, _ index: Int) -> Range<Int> {
    candidates(run, index).upperBound..<first[index + 1]
  }

  private mutating func layOut(_ run: OrderQuestions, _ before: Int) {
    first.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
    local.removeAll(keepingCapacity: true)
    remembered.removeAll(keepingCapacity: true)
    remembered.append(before)
    for index in 0..<run.count {
      first.append(ranks.count)
      let own = run.candidates(index)
      let none = run.nones[index]
      var peak = none
      for candidate in own { peak = max(peak, run[candidate].score) }
      for candidate in own {
        ranks.append(run[candidate].rank)
        local.append(exp(run[candidate].score - peak))
      }
      for rank in remembered {
        ranks.append(rank)
        local.append(exp(none - peak))
      }
      if index + 1 < run.count {
        let place = first[index]
        Self.remember(ranks[place..<place + own.count], &remembered)
      }
    }
    first.append(ranks.count)
  }

  /// Puts ranks among those that are remembered, which stand in their order, each once; the least one
  /// stands for those that are forgotten.
  private static func remember(_ ranks: ArraySlice<Int>, _ remembered: inout [Int]) {
    for rank in ranks {
      var place = remembered.count
      while place > 0, remembered[place - 1] > rank { place -= 1 }
      if place == 0 || remembered[place - 1] != rank { remembered.insert(rank, at: place) }
    }
    if remembered.count > memory {
      remembered.removeFirst(remembered.count - memory)
    }
  }

  /// The state of "none of them" that remembers a rank.
  private func none(_ nones: Range<Int>, after rank: Int) -> Int {
    var low = nones.lowerBound
    var high = nones.upperBound - 1
    while low < high {
      let middle = (low + high) / 2
      if ranks[middle] < rank { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func goForward(_ run: OrderQuestions, _ index: Int, _ before: Int) {
    let nones = nones(run, index)
    if index == 0 {
      for state in candidates(run, index) {
        forward[state] *= Self.factor(factors, before, ranks[state])
      }
    } else {
      let earlier = first[index - 1]..<first[index]
      for state in candidates(run, index) {
        var sum = 0.0
        for other in earlier {
          sum += forward[other] * Self.factor(openFactors, ranks[other], ranks[state])
        }
        forward[state] *= sum
      }
      for state in nones { forward[state] = 0 }
      for other in earlier {
        let state = none(nones, after: ranks[other])
        forward[state] += forward[other] * local[state]
      }
    }
    Self.normalise(&forward, first[index]..<first[index + 1])
  }

  private mutating func goBackward(_ run: OrderQuestions, _ index: Int) {
    let next = candidates(run, index + 1)
    let nones = nones(run, index + 1)
    for state in first[index + 1]..<first[index + 2] { backward[state] *= local[state] }
    for state in first[index]..<first[index + 1] {
      var sum = backward[none(nones, after: ranks[state])]
      for other in next {
        sum += backward[other] * Self.factor(openFactors, ranks[state], ranks[other])
      }
      backward[state] = sum
    }
    for state in first[index + 1]..<first[index + 2] where local[state] > 0 {
      backward[state] /= local[state]
    }
    Self.normalise(&backward, first[index]..<first[index + 1])
  }

  private static func normalise(_ values: inout [Double], _ places: Range<Int>) {
    var total = 0.0
    for place in places { total += values[place] }
    guard total > 0 else { return }
    for place in places { values[place] /= total }
  }
}
