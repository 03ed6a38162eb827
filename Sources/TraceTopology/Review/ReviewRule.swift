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

/// What went wrong in a run, where its tasks waited, and where its time went.
///
/// The facts are needed for this alone: they are gone before the outputs take room.
struct Review: Sendable {
  /// Worst first, then by rule and place.
  let findings: [Finding]
  let waitSites: [WaitSite]
  let times: RunTimes
  /// Whether any scheduler log was read to its end.
  let hasWholeTaskLog: Bool

  init(_ facts: ReviewFacts) async {
    let threads = Threads(facts.policy)
    (findings, (waitSites, times)) = await threads.both(
      { await Self.findings(in: facts, threads) },
      {
        let times =
          facts.policy.measuresTimes
          ? await RunTimes(facts, timelines: facts.timelines, threads) : RunTimes()
        return (WaitSite.all(facts), times)
      })
    hasWholeTaskLog = facts.logs.contains { $0?.isWhole == true }
  }

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
  static func findings(in run: ReviewFacts, _ threads: Threads = .one) async -> [Finding] {
    let found = await threads.stretches(of: rules.count, atLeast: 1) { numbers in
      numbers.flatMap { rules[$0].findings(in: run) }
    }
    return found.joined().sorted(by: Finding.isOrderedBefore)
  }
}
