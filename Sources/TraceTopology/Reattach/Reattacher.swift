/// The answer to every span whose cause is lost.
struct Reattached: Sendable {
  /// For each node (rows of the recording, then placeholders) its final parent, and how it was found.
  var parent: [SpanIndex]
  var kind: [AttachmentKind]
  var cause: [LossCause]
  var placeholders: [Placeholder]
  var reattachments: [SpanIndex: Reattachment]
}

/// Puts orphaned spans back where the evidence says they belong, and leaves alone where it does not.
///
/// 1. Learn from the spans whose parents are recorded (`RuleStatistics`).
/// 2. Weigh every parentless span and every missing parent: candidates from the rules, confidence
///    from the statistics of the class.
/// 3. Join, most confident first, where that closes no ring.
///
/// Linear in spans and events: each question costs a bounded walk, examples are sampled.
struct Reattacher: Sendable {
  let recording: Recording
  let forest: SpanForest
  var index: EvidenceIndex
  var nodes: NodeFacts
  let policy: Policy
  var statistics = RuleStatistics()
  var result: Reattached
  /// From here on an answer settles a question for those that come after it.
  static let decisive = 0.75
  var hosts: [PlaceholderPlacement.Host?] = []
  var weigher: Weigher
  /// The names that lost parents most likely have; empty if unknown.
  var placeholderNames: [StringID] = []
  /// What is known of classes that never have a recorded parent; empty unless they may be joined.
  var unattested = UnattestedClasses()
  /// Spans of such classes: the table of confidences knows nothing about them.
  var unattestedSpans: Set<SpanIndex> = []
  var queues = ArrivalQueues()
  var ancestry = Ancestry(parents: [], names: [])

  /// One inferred parent that may be joined.
  struct Proposal: Sendable {
    var node: SpanIndex
    var parent: SpanIndex
    var confidence: Double
    /// Order of equal confidences: trace and span id.
    var trace: TraceID
    var span: SpanID
  }

  init(
    _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex, nodes: NodeFacts,
    policy: Policy
  ) {
    self.recording = recording
    self.forest = forest
    self.index = index
    self.nodes = nodes
    self.policy = policy
    weigher = Weigher(statistics: statistics, nodes: nodes)
    let count = recording.spans.count
    result = Reattached(
      parent: forest.parent, kind: Array(repeating: .recorded, count: count), cause: forest.cause,
      placeholders: [], reattachments: [:])
  }

  static func place(
    _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex, nodes: NodeFacts,
    policy: Policy
  ) -> Reattached {
    var reattacher = Reattacher(recording, forest, index: index, nodes: nodes, policy: policy)
    reattacher.learnParents()
    reattacher.makePlaceholders()
    reattacher.learnChains()
    reattacher.placePlaceholders()
    reattacher.weigher = Weigher(statistics: reattacher.statistics, nodes: reattacher.nodes)
    reattacher.surveyUnattested()
    reattacher.weigh()
    reattacher.matchOrders()
    reattacher.calibrate()
    reattacher.join()
    reattacher.settleChildrenOfPlaceholders()
    return reattacher.result
  }

  func task(_ span: SpanIndex) -> TaskIndex { nodes.task[span.index] }

  func spanClass(_ row: Int) -> SpanClass {
    let task = task(SpanIndex(row))
    return SpanClass(
      name: recording.spans.name[row],
      spawnSite: task.isNone ? .none : recording.tasks[task].spawnSite)
  }
}
