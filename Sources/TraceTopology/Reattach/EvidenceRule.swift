/// One way in which a cause shows in the logs. A rule begins chains; the search walks them on.
protocol EvidenceRule: Sendable {
  var kind: EvidenceKind { get }
  /// Whether it asks about the task of the span; others serve where no scheduler log reaches.
  var needsTask: Bool { get }
  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex)
}

extension EvidenceRule {
  var needsTask: Bool { true }
}

enum EvidenceRules {
  /// Asks THE list of rules, strongest first. Which of several answers is right is decided by what the
  /// spans with recorded parents show, not by this order; it only settles ties.
  ///
  /// The rules are named one by one, not kept in an array of boxes: each question asks all of them.
  static func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    // An ancestor that the orphan names itself.
    ask(PayloadRule(), &search, index)
    // A span that is open on the task itself.
    ask(SameTaskRule(), &search, index)
    // What woke the task just before, or what it took.
    ask(HandoffRule(), &search, index)
    // The span under which the task was spawned, along its ancestors.
    ask(SpawnRule(), &search, index)
    // The hand-off whose turn it is, of several that wait.
    ask(QueueRule(), &search, index)
    // A span that waited for the orphan's task to end its work.
    ask(CompletionRule(), &search, index)
    // The call that was answered on the orphan's connection.
    ask(ConnectionRule(), &search, index)
    // The call in another process that the orphan serves.
    ask(PeerRule(), &search, index)
    // A span of the same order, request or session.
    ask(CorrelationRule(), &search, index)
    // A span that the orphan links to.
    ask(LinkRule(), &search, index)
    // The link whose turn it was when the task was spawned.
    ask(SpawnedLinkRule(), &search, index)
  }

  @inline(__always)
  private static func ask(
    _ rule: some EvidenceRule, _ search: inout EvidenceSearch, _ index: EvidenceIndex
  ) {
    if !rule.needsTask || !search.question.task.isNone { rule.begin(&search, index) }
  }
}
