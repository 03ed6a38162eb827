/// How right answers are, tried on spans whose parents are recorded and hidden for the trial.
struct AnswerTrust: Sendable {
  private var trials: [(probability: Double, isRight: Bool)] = []

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
    var low = 0
    var high = trials.count
    while low < high {
      let middle = (low + high) / 2
      if trials[middle].probability < probability { low = middle + 1 } else { high = middle }
    }
    let reach = max(min(trials.count / 6, 60), 6)
    let from = max(min(low - reach, trials.count - 2 * reach), 0)
    let to = min(from + 2 * reach, trials.count)
    var right = 0
    for trial in trials[from..<to] where trial.isRight { right += 1 }
    return min(Self.lowerBound(right, of: to - from), 0.5 + probability / 2)
  }

  /// The lower end of Wilson's interval for a share, at 1.3 standard deviations: few trials promise
  /// little, and spans that lost their context are not quite like those that kept it.
  private static func lowerBound(_ right: Int, of count: Int) -> Double {
    let n = Double(count)
    let share = Double(right) / n
    let z = 1.3
    let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max((share + z * z / (2 * n) - spread) / (1 + z * z / n), 0)
  }
}
