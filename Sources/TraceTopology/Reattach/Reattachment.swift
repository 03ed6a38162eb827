/// How a span's place in its tree was found.
enum AttachmentKind: UInt8, Sendable {
  /// The log names the parent, and the parent is there.
  case recorded
  /// An inferred parent, with evidence.
  case reattached
  /// Heads its tree, and is believed to do so rightly.
  case root
  /// Its cause is lost and no parent is claimed.
  case orphan

  var name: String {
    switch self {
    case .recorded: "recorded"
    case .reattached: "reattached"
    case .root: "root"
    case .orphan: "orphan"
    }
  }
}

/// One observed fact that supports a parent.
struct Evidence: Sendable, Equatable {
  /// The kind of fact, named like the rule that asks for it.
  var rule: EvidenceKind
  /// The task on which the orphan runs, or through which the chain passes.
  var task: TaskIndex
  /// The other task: the spawner, the sender, the closer.
  var by: TaskIndex
  /// When it happened.
  var at: Timestamp
  /// The span that was open there, where this step ends at one.
  var span: SpanIndex
}

/// The kinds of evidence, strongest first.
enum EvidenceKind: UInt8, Sendable, CaseIterable {
  /// An ancestor that the span names itself, or one that says it started more children than are there.
  case payload
  /// A span that was open on the same task when the orphan began.
  case sameTask
  /// A hand-off (channel, close, condition variable) woke the task just before.
  case handoff
  /// The task was spawned under an open span.
  case spawn
  /// Work that waited for the orphan's task, and went on when it had ended.
  case completion
  /// The hand-off that follows the one which brought the work before: items in the order of arrival.
  case queue
  /// The call that got its answer on the same connection when the served span had ended.
  case connection
  /// The call in another process that a span serves, by what both sides say about it.
  case peer
  /// A span that carries the same value of an attribute which names a unit of work.
  case correlation
  /// A span that the orphan links to.
  case link
  /// The order in which parents and children follow each other, and the usual lag between them.
  case order
  /// The candidate stands above the span that the chain before reached.
  case ancestor
  /// The candidate stands between the span that the chain before reached and the orphan.
  case descendant
  /// A span of the same trace that was open then and has the name of an ancestor.
  case trace
  /// The span hangs on a placeholder, which has a parent of its own.
  case placeholder

  var name: String {
    switch self {
    case .payload: "payload"
    case .sameTask: "same-task"
    case .handoff: "hand-off"
    case .spawn: "spawn"
    case .completion: "completion"
    case .queue: "queue"
    case .connection: "connection"
    case .peer: "peer"
    case .correlation: "correlation"
    case .link: "link"
    case .order: "order"
    case .ancestor: "ancestor"
    case .descendant: "descendant"
    case .trace: "trace"
    case .placeholder: "placeholder"
    }
  }

  /// Whether such evidence leads from task to task, or stays on one.
  var isByTasks: Bool {
    switch self {
    case .sameTask, .handoff, .spawn, .completion, .queue, .connection: true
    case .payload, .peer, .correlation, .link, .order, .ancestor, .descendant, .trace, .placeholder:
      false
    }
  }
}

/// A parent that may be the right one.
struct Candidate: Sendable, Equatable {
  var span: SpanIndex
  var confidence: Double
}

/// What was concluded about one span whose cause is lost.
struct Reattachment: Sendable {
  /// The rule that decided; `nil` if nothing was decided.
  var rule: EvidenceKind?
  var confidence: Double
  /// The chain from the orphan to the claimed parent.
  var evidence: [Evidence]
  /// The best parents that were weighed, best first, at most three.
  var candidates: [Candidate]
}

/// A span that nobody logged, known only because children name it as their parent.
struct Placeholder: Sendable {
  var trace: TraceIndex
  var spanID: SpanID
  /// The process in which it is believed to have run; `none` if unknown.
  var process: ProcessIndex
  /// Begins no later than its first child; that is all that is known.
  var start: Timestamp
  var end: Timestamp
  /// What it most likely was; nil where nothing tells.
  var inferred: InferredSpan?
}
