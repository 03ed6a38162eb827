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
  /// THE list of rules, strongest first. Which of several answers is right is decided by what the
  /// spans with recorded parents show, not by this order; it only settles ties.
  static let standard: [any EvidenceRule] = [
    PayloadRule(),  // an ancestor that the orphan names itself
    SameTaskRule(),  // a span that is open on the task itself
    HandoffRule(),  // what woke the task just before, or what it took
    SpawnRule(),  // the span under which the task was spawned, along its ancestors
    QueueRule(),  // the hand-off whose turn it is, of several that wait
    CompletionRule(),  // a span that waited for the orphan's task to end its work
    ConnectionRule(),  // the call that was answered on the orphan's connection
    PeerRule(),  // the call in another process that the orphan serves
    CorrelationRule(),  // a span of the same order, request or session
    LinkRule(),  // a span that the orphan links to
    SpawnedLinkRule(),  // the link whose turn it was when the orphan's task was spawned
  ]

  /// Those that ask nothing about tasks.
  static let beyondTasks = standard.filter { !$0.needsTask }
}
