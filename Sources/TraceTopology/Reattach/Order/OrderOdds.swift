import Glibc

/// How much likelier than a model of the order says it is that a parent is lost, or is none of the
/// candidates: fitted to trials.
///
/// The model weighs its candidates against each other by what recorded parents show. How they stand
/// against what no log holds none of these can show, only trials in which parents are hidden.
struct OrderOdds: Sendable {
  /// The logarithms of the factors for lost parents, and for none, of which there is one for each kind
  /// of question.
  private var lost = 0.0
  private var none = Array(repeating: 0.0, count: OrderQuestion.allCases.count)

  private static let step = 0.25
  private static let most = 16
  /// What being off the model costs, in logarithms of the likelihood: this times the square.
  private static let cost = 0.25

  init(_ trials: [OrderTrial]) {
    let kinds = OrderQuestion.allCases.map { kind in trials.filter { $0.answer.question == kind } }
    for _ in 0..<3 {
      fit(\.lost, kinds[OrderQuestion.open.rawValue])
      fit(\.none[OrderQuestion.open.rawValue], kinds[OrderQuestion.open.rawValue])
    }
    for kind in OrderQuestion.allCases where kind != .open {
      fit(\.none[kind.rawValue], kinds[kind.rawValue])
    }
  }

  private mutating func fit(_ factor: WritableKeyPath<OrderOdds, Double>, _ trials: [OrderTrial]) {
    var best = (value: 0.0, score: -Double.infinity)
    for number in -Self.most...Self.most {
      let value = Double(number) * Self.step
      var score = -Self.cost * value * value
      var odds = self
      odds[keyPath: factor] = value
      for trial in trials { score += log(max(odds.probability(trial), 1e-6)) }
      if score > best.score { best = (value, score) }
    }
    self[keyPath: factor] = best.value
  }

  private func probability(_ trial: OrderTrial) -> Double {
    let weight: Double =
      switch trial.kind {
      case .logged: 1
      case .lost: trial.answer.question == .open ? exp(lost) : 1
      case .none: exp(none[trial.answer.question.rawValue])
      }
    return trial.probability * weight
      / max(total(trial.answer.shares, trial.answer.question), 1e-12)
  }

  private func total(_ shares: OrderModel.Shares, _ question: OrderQuestion) -> Double {
    let none = shares.none * exp(none[question.rawValue])
    return question == .open
      ? shares.logged + shares.lost * exp(lost) + none : shares.lost + none
  }

  /// An answer by these odds; the likeliest parent first.
  func settled(
    _ answer: OrderModel.Answer, isLost: (SpanIndex) -> Bool
  ) -> OrderModel.Answer {
    var answer = answer
    let total = max(total(answer.shares, answer.question), 1e-12)
    for place in answer.parents.indices {
      let weight = answer.question == .open && isLost(answer.parents[place].span) ? exp(lost) : 1
      answer.parents[place].probability *= weight / total
    }
    // Of equally likely ones the order stays.
    let order = answer.parents.indices.sorted {
      answer.parents[$0].probability != answer.parents[$1].probability
        ? answer.parents[$0].probability > answer.parents[$1].probability : $0 < $1
    }
    answer.parents = order.map { answer.parents[$0] }
    return answer
  }
}
