/// Walks from one question ("what caused work to begin on this task at this time?") back through
/// hand-offs and spawns to the spans that were open there.
///
/// The rules start the walk; it goes on through the latest hand-off and the spawn of each task that
/// it reaches, with an explicit list of steps: bounded, and no recursion.
struct EvidenceSearch: Sendable {
  /// What is asked.
  struct Question: Sendable {
    /// The span that is asked about; `none` for a lost one.
    var span: SpanIndex
    /// Its task; `none` if no scheduler log tells.
    var task: TaskIndex
    var time: Int64
    /// The number of spans of the task that count as earlier.
    var rank: Int
    /// When the span ended, if that is known.
    var end: Int64?
    /// The last time at which a lost span shows.
    var lastSeen: Int64?
    /// The hand-off whose turn it is on the task, if its items are worked on in the order of arrival.
    var queued: HandoffIndex.Edge?
  }

  /// One step of a chain.
  struct Step: Sendable {
    var kind: EvidenceKind
    /// The task that the step leaves, and the one that it reaches.
    var from: TaskIndex
    var to: TaskIndex
    var time: Int64
    /// The step before; -1 for the first.
    var previous: Int
    var signature: Signature
    /// The chain ends here: the rule has looked at the task itself.
    var isEnd = false
  }

  /// A span that a chain led to.
  struct Hit: Sendable {
    var span: SpanIndex
    var signature: Signature
    /// The last step of the chain; -1 if the span was open on the task itself.
    var step: Int
    var kind: EvidenceKind
    /// The span to which the chain itself led, where the candidate stands above it.
    var below = SpanIndex.none
    /// How sure the links between the two are.
    var certainty = 1.0
  }

  static let stepLimit = 96

  let question: Question
  /// The question's own task, as it was then.
  let own: OpenSpanIndex.View
  private(set) var steps: [Step] = []
  private(set) var hits: [Hit] = []
  /// The hits by span and signature, where there are many.
  private var seen: KeyNumbers?

  init(_ question: Question, _ index: EvidenceIndex) {
    self.question = question
    own =
      question.task.isNone
      ? OpenSpanIndex.View()
      : index.open.view(question.task, at: question.time, before: question.rank)
  }

  /// Asks every rule of the list, then walks on.
  mutating func run(_ index: EvidenceIndex) {
    EvidenceRules.begin(&self, index)
    var next = 0
    while next < steps.count {
      advance(from: next, index)
      next += 1
    }
  }

  mutating func found(_ span: SpanIndex, _ signature: Signature, step: Int, _ kind: EvidenceKind) {
    add(Hit(span: span, signature: signature, step: step, kind: kind))
  }

  /// Makes room for so many more hits.
  mutating func expect(_ count: Int) { hits.reserveCapacity(hits.count + count) }

  /// Adds a span that no rule can have found in this way before.
  mutating func foundFirst(_ span: SpanIndex, _ signature: Signature, _ kind: EvidenceKind) {
    hits.append(Hit(span: span, signature: signature, step: -1, kind: kind))
  }

  /// Adds a hit unless the same span was found in the same way.
  private mutating func add(_ hit: Hit) {
    if hits.count < Self.few {
      if hits.contains(where: { $0.span == hit.span && $0.signature == hit.signature }) { return }
    } else {
      if seen == nil {
        var known = KeyNumbers(expecting: 4 * hits.count)
        for old in hits { _ = known.number(of: Self.key(old)) }
        seen = known
      }
      guard seen?.number(of: Self.key(hit)).isNew ?? true else { return }
    }
    hits.append(hit)
  }

  /// From here on hits are looked up, not looked through.
  private static let few = 12

  private static func key(_ hit: Hit) -> UInt64 {
    UInt64(hit.span.raw) << 32 | UInt64(hit.signature.code)
  }

  @discardableResult
  mutating func push(_ step: Step) -> Int {
    if steps.count < Self.stepLimit { steps.append(step) }
    return steps.count - 1
  }

  /// Adds the spans above those found that carry the name of a parent of `name`: where the context
  /// travels with the work, the next stage's parent is the parent of the stage before.
  mutating func rise(_ name: StringID, _ ancestry: Ancestry, _ statistics: RuleStatistics) {
    guard statistics.parentCount(name) > 0 else { return }
    // Neighbours mostly carry one name.
    var last = (name: StringID.none, isParent: false)
    let isCrowd = hits.count { $0.kind == .peer } > Self.crowd
    for hit in hits where !hit.signature.isOld && !(isCrowd && hit.kind == .peer) {
      var at = hit.span
      let own = ancestry.name(hit.span)
      if own != last.name {
        last = (own, statistics.pairCount(name, parentName: own) > 0)
      }
      let isParentName = last.isParent
      var certainty = 1.0
      var rise: UInt8 = 0
      while rise < Ancestry.depth {
        certainty *= ancestry.certainty(at)
        at = ancestry.parent(at)
        guard !at.isNone else { break }
        rise += 1
        guard statistics.pairCount(name, parentName: ancestry.name(at)) > 0 else { continue }
        var above = hit
        above.span = at
        above.signature.rise = min(rise, 3)
        above.signature.isAboveParent = isParentName
        above.below = hit.span
        above.certainty = certainty
        add(above)
      }
    }
  }

  /// Marks the chains that led to a span from `row` on: a lost one.
  mutating func markLost(from row: Int) {
    for number in hits.indices {
      let reached = hits[number].below.isNone ? hits[number].span : hits[number].below
      // Mostly none is, and the list of hits stays as it is.
      if reached.index >= row { hits[number].signature.isLost = true }
    }
  }

  /// Where more calls than these fit alike, none of them is likely to be the one, and what stands above
  /// each is less so: looking there costs most of a question and says nothing.
  private static let crowd = 8

  /// Looks at the task that a step reached, and goes on from there.
  private mutating func advance(from number: Int, _ index: EvidenceIndex) {
    let step = steps[number]
    guard !step.isEnd else { return }
    let view = index.open.view(step.to, at: step.time)
    var signature = step.signature
    if !view.open.isNone {
      signature.ending = view.openEnd > question.time ? .open : .endedSince
      found(view.open, signature, step: number, firstKind(of: number))
      return
    }
    if !view.lastEnded.isNone {
      signature.ending = .lastEnded
      signature.isOld = isOld(view, step, index)
      found(view.lastEnded, signature, step: number, firstKind(of: number))
    }
    followHandoff(step, number, view, index)
    followSpawn(step, number, index)
  }

  /// Whether the task had turned to other work since: something new reached it, or time went by.
  private func isOld(
    _ view: OpenSpanIndex.View, _ step: Step, _ index: EvidenceIndex
  ) -> Bool {
    if let edge = index.handoffs.latest(step.to, at: step.time), edge.time > view.lastEnd,
      edge.sourceTime < step.time || edge.from != step.from
    {
      return true
    }
    return step.time.subtractingSaturated(view.lastEnd) > Self.freshness
  }

  /// How long after a span its task may still be acting for it, where nothing is known: a value is
  /// sent some 0.3 µs after the span that made it has ended.
  private static let freshness: Int64 = 15_000

  private mutating func followHandoff(
    _ step: Step, _ number: Int, _ view: OpenSpanIndex.View, _ index: EvidenceIndex
  ) {
    guard step.signature.handoffs < 3, let edge = index.handoffs.latest(step.to, at: step.time),
      edge.sourceTime < step.time || edge.from != step.from, edge.time >= view.lastEnd
    else { return }
    var signature = step.signature
    signature.handoffs += 1
    push(
      Step(
        kind: .handoff, from: step.to, to: edge.from, time: edge.sourceTime, previous: number,
        signature: signature))
  }

  private mutating func followSpawn(_ step: Step, _ number: Int, _ index: EvidenceIndex) {
    let parent = index.tasks.parent(step.to)
    let start = index.tasks.start(step.to)
    guard !parent.isNone, start.isKnown else { return }
    var signature = step.signature
    signature.spawns = min(signature.spawns + 1, 3)
    push(
      Step(
        kind: .spawn, from: step.to, to: parent, time: start.nanoseconds, previous: number,
        signature: signature))
  }

  private func firstKind(of number: Int) -> EvidenceKind {
    var at = number
    while steps[at].previous >= 0 { at = steps[at].previous }
    return steps[at].kind
  }

  /// The chain behind a hit, from the orphan on.
  func chain(_ hit: Hit) -> [Evidence] {
    var chain: [Evidence] = []
    let reached = hit.below.isNone ? hit.span : hit.below
    var at = hit.step
    while at >= 0 {
      let step = steps[at]
      chain.append(
        Evidence(
          rule: step.kind, task: step.from, by: step.to, at: Timestamp(step.time),
          span: chain.isEmpty ? reached : .none))
      at = step.previous
    }
    if chain.isEmpty {
      chain.append(
        Evidence(
          rule: hit.kind, task: question.task, by: hit.kind == .sameTask ? question.task : .none,
          at: Timestamp(question.time), span: reached))
    }
    chain.reverse()
    if !hit.below.isNone {
      chain.append(
        Evidence(
          rule: .ancestor, task: .none, by: .none, at: Timestamp(question.time), span: hit.span))
    }
    return chain
  }
}

/// What the rules may ask.
struct EvidenceIndex: Sendable {
  var open: OpenSpanIndex
  let handoffs: HandoffIndex
  let completions: CompletionIndex
  let tasks: TaskTable
  private(set) var peers: PeerIndex
  let stated: StatedAncestors
  private let connections: ConnectionIndex
  let correlated: CorrelatedSpans
  let links: SpanLinkTable
  /// For each link the span that it names.
  let targets: [SpanIndex]
  let linkedSpawns: LinkedSpawns

  init(
    _ recording: Recording, _ forest: SpanForest, _ said: PeerTable, nodes: NodeFacts,
    linkTargets: [SpanIndex], correlating keys: [String]
  ) {
    open = OpenSpanIndex(taskCount: recording.tasks.count, nodes: nodes)
    handoffs = HandoffIndex(recording)
    completions = CompletionIndex(recording)
    tasks = recording.tasks
    peers = PeerIndex(recording, forest, said)
    stated = StatedAncestors(recording, forest)
    connections = ConnectionIndex(recording, forest, nodes: nodes, handoffs: handoffs)
    correlated = CorrelatedSpans(recording, forest, keys: keys)
    links = recording.links
    targets = linkTargets
    linkedSpawns = LinkedSpawns(recording.tasks, recording.links, nodes: nodes)
  }

  /// Takes the calls in their order.
  mutating func arrange(_ peers: PeerIndex) { self.peers = peers }

  /// The calls that were answered on the connection of a served span when it had ended, or when a lost
  /// one showed last.
  func answers(to question: EvidenceSearch.Question) -> [ConnectionIndex.Answer] {
    connections.answers(to: question, open, completions)
  }

  /// The task that made the call which a span served, where no span of the call is there.
  func caller(of span: SpanIndex) -> (task: TaskIndex, time: Int64)? {
    connections.caller(of: span, open, completions)
  }

  /// The spans that a span links to, as far as they are in the logs.
  func linkTargets(of span: SpanIndex) -> [SpanIndex] {
    guard !targets.isEmpty else { return [] }
    return links.rows(of: span).map { targets[$0] }.filter { !$0.isNone && $0 != span }
  }

  /// Whether anything may be known about spans on no task.
  var knowsBeyondTasks: Bool {
    !peers.isEmpty || !targets.isEmpty || !stated.isEmpty || !correlated.isEmpty
  }
}
