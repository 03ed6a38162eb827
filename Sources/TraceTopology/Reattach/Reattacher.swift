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
struct Reattacher {
  private let recording: Recording
  private let forest: SpanForest
  private var index: EvidenceIndex
  private var nodes: NodeFacts
  private let policy: Policy
  private var statistics = RuleStatistics()
  private var result: Reattached
  private var proposals: [Proposal] = []
  private var hosts: [PlaceholderPlacement.Host?] = []
  private var weigher: Weigher

  /// One inferred parent that may be joined.
  private struct Proposal {
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
    reattacher.learn()
    reattacher.makePlaceholders()
    reattacher.placePlaceholders()
    reattacher.weigher = Weigher(statistics: reattacher.statistics, nodes: reattacher.nodes)
    reattacher.weighParentless()
    reattacher.weighPlaceholders()
    reattacher.join()
    reattacher.settleChildrenOfPlaceholders()
    return reattacher.result
  }

  private func task(_ span: SpanIndex) -> TaskIndex { nodes.task[span.index] }

  private func spanClass(_ row: Int) -> SpanClass {
    let task = task(SpanIndex(row))
    return SpanClass(
      name: recording.spans.name[row], kind: recording.spans.kind(row),
      spawnSite: task.isNone ? .none : recording.tasks[task].spawnSite)
  }

  // MARK: Learning

  private mutating func learn() {
    let spans = recording.spans
    for row in 0..<spans.count where !forest.isAbsorbed[row] {
      let parent = forest.parent[row]
      guard !parent.isNone else {
        if spans.parentID[row].isNone { statistics.learnRoot(spanClass(row)) }
        continue
      }
      let lead = spans.start[row].since(spans.start[parent.index]) ?? 0
      let rest = spans.end[parent.index].since(spans.end[row]) ?? 0
      statistics.learnParent(
        of: spanClass(row), parentName: spans.name[parent.index],
        isContained: lead >= 0 && rest >= 0)
    }
    statistics.close(recording.strings)
    learnAncestors()
    guard !index.tasks.rows.isEmpty else { return }
    for row in 0..<spans.count where !forest.isAbsorbed[row] && !forest.parent[row].isNone {
      guard isExample(row), let search = search(SpanIndex(row)) else { continue }
      statistics.learnHits(search.hits, of: spans.name[row], parent: forest.parent[row])
    }
  }

  /// Which names stand above the parents, up to four levels: of a sample of each name.
  private mutating func learnAncestors() {
    let names = recording.spans.name
    for row in 0..<names.count where !forest.parent[row].isNone && isExample(row) {
      var above = forest.parent[forest.parent[row].index]
      var level = 0
      while !above.isNone, level < 3 {
        statistics.learnAncestor(of: names[row], ancestorName: names[above.index])
        above = forest.parent[above.index]
        level += 1
      }
    }
  }

  /// A bounded share of each name, chosen by the span ids: the same spans in any order of reading.
  private func isExample(_ row: Int) -> Bool {
    let count = statistics.parentCount(recording.spans.name[row])
    return recording.spans.spanID[row].isSampled(RuleStatistics.sampleSize, of: count)
  }

  /// The candidates of one span; nil if it is on no known task.
  private func search(_ span: SpanIndex) -> EvidenceSearch? {
    let task = task(span)
    guard !task.isNone, let rank = index.open.rank(of: span, on: task) else { return nil }
    var search = EvidenceSearch(
      EvidenceSearch.Question(
        task: task, time: recording.spans.start[span.index].nanoseconds, rank: rank), index)
    search.run(EvidenceRules.standard, index)
    return search
  }

  // MARK: Weighing

  /// How likely a parentless span of this class lost its context, rather than heading a tree.
  private func lossShare(_ row: Int) -> Double {
    let spans = recording.spans
    let name = spans.name[row]
    let inClass = statistics.parentCount(spanClass(row))
    if inClass > 0 { return min(0.97, 0.9 + 0.01 * Double(inClass)) }
    let takesCalls = spans.kind(row) == .server || spans.kind(row) == .consumer
    if statistics.parentCount(name) > 0 { return takesCalls ? 0.35 : 0.55 }
    // A class that never has a recorded parent is presumed to head trees.
    return takesCalls ? 0.2 : 0.45
  }

  private mutating func weighParentless() {
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] && forest.parent[row].isNone
    {
      let span = SpanIndex(row)
      switch forest.cause[row] {
      case .none: weighParentless(span)
      case .missingParent: continue
      case .contextLost, .damagedInput, .cycle, .duplicateID: result.kind[row] = .orphan
      }
    }
  }

  private mutating func weighParentless(_ span: SpanIndex) {
    let row = span.index
    let name = recording.spans.name[row]
    let isOrphan = isUsuallyChild(row)
    result.kind[row] = isOrphan ? .orphan : .root
    result.cause[row] = isOrphan ? .contextLost : .none
    guard let search = search(span) else { return }
    let weighed = weigher.weigh(search.hits, name: name, end: recording.spans.end[row]) {
      $0 != span
    }
    guard let best = weighed.first else { return }
    propose(span, best, lossShare(row), weighed, search)
  }

  /// Most spans of this class have recorded parents, so one without has lost it.
  private func isUsuallyChild(_ row: Int) -> Bool {
    let parents = statistics.parentCount(spanClass(row))
    return parents >= 5 && parents > 2 * statistics.rootCount(spanClass(row))
  }

  private mutating func propose(
    _ node: SpanIndex, _ best: Weigher.Weighed, _ share: Double, _ weighed: [Weigher.Weighed],
    _ search: EvidenceSearch
  ) {
    propose(node, best, share, weighed, evidence: search.chain(best.hit))
  }

  private mutating func propose(
    _ node: SpanIndex, _ best: Weigher.Weighed, _ share: Double, _ weighed: [Weigher.Weighed],
    evidence: [Evidence]
  ) {
    let confidence = rounded(best.probability * share)
    let candidates = weighed.prefix(3).map {
      Candidate(span: $0.hit.span, confidence: rounded($0.probability * share))
    }.filter { $0.confidence >= 0.01 }
    result.reattachments[node] = Reattachment(
      rule: best.hit.kind, confidence: confidence, evidence: evidence, candidates: candidates)
    guard confidence >= policy.minimumConfidence else { return }
    proposals.append(
      Proposal(
        node: node, parent: best.hit.span, confidence: confidence, trace: nodes.traceID(node),
        span: nodes.spanID[node.index]))
  }

  /// Three digits are what the evidence can carry.
  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  // MARK: Placeholders

  /// One node for each parent that is named but not there; its children hang under it.
  private mutating func makePlaceholders() {
    for missing in forest.missing {
      let node = SpanIndex(recording.spans.count + result.placeholders.count)
      var start = Timestamp.unknown
      var process = recording.spans.process[missing.children[0].index]
      for child in missing.children {
        result.parent[child.index] = node
        let begin = recording.spans.start[child.index]
        if begin.isKnown, !start.isKnown || begin.nanoseconds < start.nanoseconds { start = begin }
        if recording.spans.process[child.index] != process { process = .none }
        // A parent that was remote ran elsewhere.
        if recording.spans.parentLocality(child.index) == .remote { process = .none }
      }
      result.placeholders.append(
        Placeholder(
          trace: missing.trace, spanID: missing.spanID, process: process, start: start,
          end: .unknown))
      result.parent.append(.none)
      result.kind.append(.orphan)
      result.cause.append(.missingParent)
    }
  }

  /// Traces of which a span that names no parent is left.
  private func tracesWithRoot() -> [Bool] {
    var has = Array(repeating: false, count: recording.traces.count)
    for row in 0..<recording.spans.count
    where !forest.isAbsorbed[row] && recording.spans.parentID[row].isNone {
      has[recording.spans.trace[row].index] = true
    }
    return has
  }

  /// Puts each placeholder where its children say that it ran, if nothing logged encloses it there.
  private mutating func placePlaceholders() {
    let nodes = nodes
    let placement = PlaceholderPlacement(
      recording: recording, statistics: statistics, index: index, taskOf: { nodes.task[$0.index] })
    hosts = forest.missing.map { placement.host(of: $0) }
    var shown: [TaskIndex: [ClosedRange<Int64>]] = [:]
    for host in hosts {
      if let host, !host.isEnclosed {
        shown[host.task, default: []].append(host.latestStart...host.lastSeen)
      }
    }
    for number in 0..<forest.missing.count {
      self.nodes.append(result.placeholders[number], name: hosts[number]?.name ?? .empty)
      guard let host = hosts[number], !host.isEnclosed else { continue }
      let stretch = placement.stretch(host, others: shown[host.task] ?? [])
      let node = SpanIndex(recording.spans.count + number)
      self.nodes.place(node, on: host.task, from: stretch.start, to: stretch.end)
    }
    guard !shown.isEmpty else { return }
    index.open = OpenSpanIndex(taskCount: recording.tasks.count, nodes: self.nodes)
  }

  private mutating func weighPlaceholders() {
    guard !forest.missing.isEmpty else { return }
    let hasRoot = tracesWithRoot()
    let structure = TraceStructure(recording, statistics, forest)
    for number in 0..<forest.missing.count {
      let survives = hasRoot[forest.missing[number].trace.index]
      if !weighByScheduler(number, rootSurvives: survives) { weighByTrace(number, structure) }
    }
  }

  /// Puts the question that the lost parent itself would have posed: on its task, in its name.
  private mutating func weighByScheduler(_ number: Int, rootSurvives: Bool) -> Bool {
    guard let host = hosts[number] else { return false }
    let missing = forest.missing[number]
    let node = SpanIndex(recording.spans.count + number)
    let rank = index.open.rank(of: node, on: host.task)
    var search = EvidenceSearch(
      EvidenceSearch.Question(
        task: host.task, time: rank == nil ? host.latestStart - 1 : host.latestStart,
        rank: rank ?? .max), index)
    search.run(EvidenceRules.standard, index)
    let children = Set(missing.children)
    let traces = nodes.trace
    let sameTrace = { (span: SpanIndex) in traces[span.index] == missing.trace }
    var weighed = weigher.weigh(search.hits, name: host.name, end: .unknown) {
      sameTrace($0) && !children.contains($0) && $0 != node
    }
    if weighed.isEmpty, !rootSurvives {
      weighed = weigher.weigh(search.hits, name: host.name, end: .unknown) {
        !children.contains($0) && $0 != node
      }
    }
    guard let best = weighed.first else { return false }
    let share = sameTrace(best.hit.span) ? 0.99 : 0.9
    guard best.probability * share >= policy.minimumConfidence else { return false }
    propose(node, best, share, weighed, search)
    return true
  }

  /// Without a scheduler's word: the span of the same trace that was open then and has the right name.
  private mutating func weighByTrace(_ number: Int, _ structure: TraceStructure) {
    let missing = forest.missing[number]
    let node = SpanIndex(recording.spans.count + number)
    let start = result.placeholders[number].start
    guard start.isKnown else { return }
    let time = min(hosts[number]?.latestStart ?? .max, start.nanoseconds)
    let childName = recording.spans.name[missing.children[0].index]
    let name = hosts[number]?.name ?? statistics.commonestParent(childName) ?? .empty
    let shared = forest.clocks.time(
      Timestamp(time), of: recording.spans.process[missing.children[0].index])
    guard
      let found = structure.ancestor(
        of: name, trace: missing.trace, time: shared.nanoseconds, excluding: Set(missing.children))
    else { return }
    let hit = EvidenceSearch.Hit(
      span: found.span, signature: Signature(firstHop: .sameTask), step: -1, kind: .trace)
    let evidence = Evidence(
      rule: .trace, task: .none, by: .none, at: Timestamp(time), span: found.span)
    propose(
      node, Weigher.Weighed(hit: hit, probability: found.probability), 1, [], evidence: [evidence])
  }

  // MARK: Joining

  /// Joins the proposals, most confident first; one that would close a ring is left.
  private mutating func join() {
    var trees = TreeUnion(count: result.parent.count)
    for node in 0..<result.parent.count where !result.parent[node].isNone {
      _ = trees.join(SpanIndex(node), result.parent[node])
    }
    proposals.sort {
      if $0.confidence != $1.confidence { return $0.confidence > $1.confidence }
      return ($0.trace, $0.span) < ($1.trace, $1.span)
    }
    for proposal in proposals where trees.join(proposal.node, proposal.parent) {
      let row = proposal.node.index
      result.parent[row] = proposal.parent
      result.kind[row] = .reattached
      if result.cause[row] == .none { result.cause[row] = .contextLost }
    }
  }

  /// A child of a placeholder is as sure of its logged ancestor as the placeholder is.
  private mutating func settleChildrenOfPlaceholders() {
    for number in 0..<forest.missing.count {
      let node = SpanIndex(recording.spans.count + number)
      let isJoined = result.kind[node.index] == .reattached
      for child in forest.missing[number].children {
        result.kind[child.index] = isJoined ? .reattached : .orphan
        guard let above = result.reattachments[node] else { continue }
        result.reattachments[child] = Reattachment(
          rule: .placeholder, confidence: above.confidence,
          evidence: [
            Evidence(
              rule: .placeholder, task: task(child), by: .none,
              at: recording.spans.start[child.index], span: node)
          ], candidates: [])
      }
    }
  }
}
