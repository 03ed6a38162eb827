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
    ask(PayloadRule(), &search, index)  // an ancestor that the orphan names itself
    ask(SameTaskRule(), &search, index)  // a span that is open on the task itself
    ask(HandoffRule(), &search, index)  // what woke the task just before, or what it took
    ask(SpawnRule(), &search, index)  // the span under which the task was spawned, along its ancestors
    ask(QueueRule(), &search, index)  // the hand-off whose turn it is, of several that wait
    ask(CompletionRule(), &search, index)  // a span that waited for the orphan's task to end its work
    ask(ConnectionRule(), &search, index)  // the call that was answered on the orphan's connection
    ask(PeerRule(), &search, index)  // the call in another process that the orphan serves
    ask(CorrelationRule(), &search, index)  // a span of the same order, request or session
    ask(LinkRule(), &search, index)  // a span that the orphan links to
    ask(SpawnedLinkRule(), &search, index)  // the link whose turn it was when the task was spawned
  }

  @inline(__always)
  private static func ask(
    _ rule: some EvidenceRule, _ search: inout EvidenceSearch, _ index: EvidenceIndex
  ) {
    if !rule.needsTask || !search.question.task.isNone { rule.begin(&search, index) }
  }
}
