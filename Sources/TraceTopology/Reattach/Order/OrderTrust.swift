/// How right answers by order are, for each kind of question: those that are logged spans, and those
/// that are lost ones.
struct OrderTrust {
  private var ofLogged = AnswerTrust()
  private var ofLost = Array(repeating: AnswerTrust(), count: OrderQuestion.allCases.count)
  /// How lost parents stand against logged ones; nil where there are none.
  private(set) var odds: OrderOdds?

  /// Nobody logged any of these, so more is asked of them: 90 % one-sided.
  private static let doubtOfLost = 1.3

  /// Where all entries are logged.
  init(_ trust: AnswerTrust) { ofLogged = trust }

  /// `isLost` tells which entries no log holds.
  init(_ trials: [OrderTrial], isLost: (SpanIndex) -> Bool) {
    odds = OrderOdds(trials)
    for kind in ofLost.indices { ofLost[kind].doubt = Self.doubtOfLost }
    for trial in trials {
      let answer = settled(trial.answer, isLost: isLost)
      guard let best = answer.parents.first else { continue }
      let isRight = best.span == trial.right
      if isLost(best.span) {
        ofLost[answer.question.rawValue].add(best.probability, isRight: isRight)
      } else {
        ofLogged.add(best.probability, isRight: isRight)
      }
    }
    ofLogged.close()
    for kind in ofLost.indices { ofLost[kind].close() }
  }

  func confidence(_ probability: Double, _ question: OrderQuestion, isLost: Bool) -> Double {
    (isLost ? ofLost[question.rawValue] : ofLogged).confidence(stated: probability)
  }

  func settled(_ answer: OrderModel.Answer, isLost: (SpanIndex) -> Bool) -> OrderModel.Answer {
    odds?.settled(answer, isLost: isLost) ?? answer
  }
}

/// What was asked of a model in a trial, and what is right.
struct OrderTrial {
  enum Kind { case logged, lost, none }

  var answer: OrderModel.Answer
  /// The right parent, if it is among the entries.
  var right: SpanIndex?
  var kind: Kind
  /// The probability of what is right.
  var probability: Double

  init(_ answer: OrderModel.Answer, right: SpanIndex?, isLost: Bool?) {
    self.answer = answer
    self.right = right
    kind = right == nil ? .none : isLost == true ? .lost : .logged
    probability =
      right == nil
      ? answer.shares.none : answer.parents.first { $0.span == right }?.probability ?? 0
  }
}
