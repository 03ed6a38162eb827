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
  /// Whether a lost parent stands on a task now, where chains can find it.
  var hasPlacedLost = false
  var weigher: Weigher
  /// The names that lost parents most likely have; empty if unknown.
  var placeholderNames: [StringID] = []
  /// What is known of classes that never have a recorded parent; empty unless they may be joined.
  var unattested = UnattestedClasses()
  /// Spans of such classes: the table of confidences knows nothing about them.
  var unattestedSpans: Set<SpanIndex> = []
  /// What spans that name no parent are presumed to be.
  var presumption: HeadPresumption
  /// Nodes of whose answers trials of this run have shown how sure they are.
  var triedNodes: Set<SpanIndex> = []
  /// Answers by chains that are not sure enough.
  var doubtful: [DoubtfulAnswer] = []
  /// To what class each row belongs.
  let classes: SpanClasses
  var queues = ArrivalQueues()
  /// How right answers by the structure of traces are in this run.
  var traceTrust = AnswerTrust()
  /// Children that spans started and the log does not hold.
  var debts = ChildDebts()
  var ancestry = Ancestry(parents: [], names: NodeColumn([]))
  /// The sample of spans with recorded parents that is learned from.
  var examples: [SpanIndex] = []
  /// What other runs taught.
  let knowledge: Knowledge
  /// What was weighed for the nodes that someone asks about; nil in an analysis.
  var notebook: Notebook?

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
    policy: Policy, knowledge: Knowledge = Knowledge()
  ) {
    self.knowledge = knowledge
    classes = SpanClasses(recording, forest, nodes)
    presumption = HeadPresumption(recording, classes)
    self.recording = recording
    self.forest = forest
    self.index = index
    self.nodes = nodes
    self.policy = policy
    weigher = Weigher(statistics: statistics, nodes: nodes, correlated: index.correlated)
    let count = recording.spans.count
    result = Reattached(
      parent: forest.parent, kind: Array(repeating: .recorded, count: count), cause: forest.cause,
      placeholders: [], reattachments: [:])
  }

  /// Answers every question, and keeps all that was weighed for some of them.
  static func run(
    _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex, nodes: NodeFacts,
    structure: TraceStructure?, policy: Policy, knowledge: Knowledge,
    watching watched: [SpanIndex]
  ) async -> Reattacher {
    let threads = Threads(policy)
    var (reattacher, trust) = await threads.both(
      {
        var reattacher = Reattacher(
          recording, forest, index: index, nodes: nodes, policy: policy, knowledge: knowledge)
        if !watched.isEmpty { reattacher.notebook = Notebook(watched) }
        await reattacher.learn(threads)
        return reattacher
      },
      { await structure?.trial(threads) })
    if let trust, trust.isTelling { reattacher.traceTrust = trust }
    await reattacher.weigh(structure, threads)
    await reattacher.settleBetween(threads)
    await reattacher.tryChains(threads)
    await reattacher.matchOrders(threads)
    reattacher.calibrate()
    reattacher.join()
    reattacher.presumeLeft()
    reattacher.settleJointsOverPlaceholders()
    reattacher.settleChildrenOfPlaceholders()
    await reattacher.inferLost(threads)
    reattacher.completeNotes()
    return reattacher
  }

  /// Learns all that questions rest on, and puts lost parents where they were.
  private mutating func learn(_ threads: Threads) async {
    await learnParents(threads)
    presumption = await HeadPresumption(recording, forest, classes, statistics, threads)
    await makePlaceholders(threads)
    debts = ChildDebts(recording, forest)
    await learnChains(threads)
    placePlaceholders()
    learnLostChains()
    weigher = Weigher(statistics: statistics, nodes: nodes, correlated: index.correlated)
    surveyUnattested()
  }

  /// What the recorded parents of a run say, and no more.
  static func learn(
    _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex, nodes: NodeFacts,
    _ threads: Threads
  ) async -> RuleStatistics {
    var reattacher = Reattacher(recording, forest, index: index, nodes: nodes, policy: .standard)
    await reattacher.learnParents(threads)
    await reattacher.makePlaceholders(threads)
    await reattacher.learnChains(threads)
    return reattacher.statistics
  }

  func task(_ span: SpanIndex) -> TaskIndex { nodes.task[span.index] }

  func spanClass(_ row: Int) -> SpanClass { classes[row] }
}
