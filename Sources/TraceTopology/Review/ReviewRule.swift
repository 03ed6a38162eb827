/// One kind of thing that goes wrong in a run: how to tell it, from which evidence.
protocol ReviewRule: Sendable {
  /// Stable name, as it stands in the outputs.
  static var name: String { get }
  /// What a finding of this rule does not claim.
  static var caveat: String { get }

  /// One finding for each place at which the rule sees its fault.
  func findings(in run: ReviewFacts) -> [Finding]
}

extension ReviewRule {
  var name: String { Self.name }
}

/// Looks for everything that a rule knows.
enum Review {
  /// All rules. Their order decides nothing: findings are sorted.
  static let rules: [any ReviewRule] = [
    LeakedTask(),
    OpenSpan(),
    AbandonedSpan(),
    EndedElsewhere(),
    HungSpan(),
    ContextLost(),
    NegativeDuration(),
    ParentCycle(),
    DuplicateID(),
    ChildOutsideParent(),
    MissingServer(),
    SwallowedError(),
    Pool(),
  ]

  /// What went wrong in a run, worst first, then by rule and place.
  static func findings(in run: ReviewFacts) -> [Finding] {
    rules.flatMap { $0.findings(in: run) }.sorted(by: Finding.isOrderedBefore)
  }
}
