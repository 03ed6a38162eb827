import Glibc

/// How right answers are, tried on spans whose parents are recorded and hidden for the trial.
struct AnswerTrust: Sendable {
  private var trials: [(probability: Double, isRight: Bool)] = []

  /// How many standard deviations below the share of right answers its lower end is taken: few trials
  /// promise little, and spans that lost their context are not quite like those that kept it.
  var doubt = 1.0

  /// Whether enough was tried to say anything.
  var isTelling: Bool { trials.count >= 60 }

  mutating func add(_ probability: Double, isRight: Bool) {
    trials.append((probability, isRight))
  }

  mutating func close() {
    trials.sort {
      $0.probability != $1.probability ? $0.probability < $1.probability : !$0.isRight && $1.isRight
    }
  }

  /// What share of the answers of about this probability was right, smoothed towards doubt.
  func confidence(_ probability: Double) -> Double {
    guard trials.count >= 8 else { return min(probability, 0.5) }
    let low = first(from: probability)
    let reach = max(min(trials.count / 6, 60), 6)
    let from = max(min(low - reach, trials.count - 2 * reach), 0)
    let to = min(from + 2 * reach, trials.count)
    var right = 0
    for trial in trials[from..<to] where trial.isRight { right += 1 }
    return min(lowerBound(Double(right), of: Double(to - from)), 0.5 + probability / 2)
  }

  /// The same for a model whose probabilities are right on average over many runs: what it says counts
  /// as much as ten trials, so that few answers like this one are enough, or the share of the wider
  /// neighborhood, whichever is surer.
  func confidence(stated probability: Double) -> Double {
    let odds = Self.odds(probability)
    let low = first(from: Self.probability(odds - Self.likeness))
    let high = first(from: Self.probability(odds + Self.likeness))
    var right = Self.statedTrials * probability
    for trial in trials[low..<high] where trial.isRight { right += 1 }
    return max(
      lowerBound(right, of: Self.statedTrials + Double(high - low)), confidence(probability))
  }

  private static let statedTrials = 10.0
  /// How far the logarithms of the odds of answers may lie apart that tell about each other.
  private static let likeness = 0.7

  private static func odds(_ probability: Double) -> Double {
    log(max(probability, 1e-9) / max(1 - probability, 1e-9))
  }

  private static func probability(_ odds: Double) -> Double { 1 / (1 + exp(-odds)) }

  /// The first trial of at least this probability.
  private func first(from probability: Double) -> Int {
    var low = 0
    var high = trials.count
    while low < high {
      let middle = (low + high) / 2
      if trials[middle].probability < probability { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The lower end of Wilson's interval for a share.
  private func lowerBound(_ right: Double, of count: Double) -> Double {
    let share = right / count
    let z = doubt
    let spread = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    return max((share + z * z / (2 * count) - spread) / (1 + z * z / count), 0)
  }
}
