/// Noting what was weighed for the nodes that someone asks about.
extension Reattacher {
  /// Whether anybody asks about this node; in an analysis nobody does.
  func isWatched(_ node: SpanIndex) -> Bool { notebook?.isWatched(node) ?? false }

  /// The task of a node is known: chains can be looked for.
  mutating func noteTask(_ node: SpanIndex) {
    notebook?.note(node) { $0.isOnTask = true }
  }

  /// What the chains of evidence led to.
  mutating func noteChains(
    _ node: SpanIndex, _ share: Double, _ weighed: [Weigher.Weighed], _ search: EvidenceSearch,
    isAdopted: Bool = true
  ) {
    guard isWatched(node) else { return }
    let options = weighed.map { item in
      Deliberation.Option(
        span: item.hit.span, rule: item.hit.kind, signature: item.hit.signature,
        evidence: search.chain(item.hit), probability: item.probability)
    }
    note(node, share, options, isAdopted)
  }

  /// What order and lag led to.
  mutating func noteOrder(
    _ node: SpanIndex, _ share: Double, _ weighed: [Weigher.Weighed], _ isLost: [Bool],
    isAdopted: Bool
  ) {
    guard isWatched(node) else { return }
    let options = zip(weighed, isLost).map { item, isLost in
      Deliberation.Option(
        span: item.hit.span, rule: .order,
        evidence: orderEvidence(node, item.hit.span, isLost: isLost),
        probability: item.probability)
    }
    note(node, share, options, isAdopted)
  }

  /// What names and times within the trace led to.
  mutating func noteTrace(
    _ node: SpanIndex, at time: Timestamp, _ found: [TraceStructure.Found], isAdopted: Bool
  ) {
    let options = found.map { item in
      Deliberation.Option(
        span: item.span, rule: .trace,
        evidence: [Evidence(rule: .trace, task: .none, by: .none, at: time, span: item.span)],
        probability: item.probability)
    }
    note(node, 1, options, isAdopted)
  }

  /// That an answer by a chain was moved to a span farther down.
  mutating func noteMoved(_ node: SpanIndex, _ answer: Reattachment) {
    guard let best = answer.candidates.first, let rule = answer.rule else { return }
    let option = Deliberation.Option(
      span: best.span, rule: rule, evidence: answer.evidence, probability: best.confidence)
    note(node, 1, [option], true)
  }

  /// The one span that was found for a lost parent without a chain.
  mutating func noteSingle(_ node: SpanIndex, _ item: Weigher.Weighed, _ evidence: Evidence) {
    let option = Deliberation.Option(
      span: item.hit.span, rule: item.hit.kind, signature: item.hit.signature, evidence: [evidence],
      probability: item.probability)
    note(node, 1, [option], true)
  }

  private mutating func note(
    _ node: SpanIndex, _ share: Double, _ options: [Deliberation.Option], _ isAdopted: Bool
  ) {
    guard !options.isEmpty else { return }
    notebook?.note(node) { page in
      if isAdopted {
        for round in page.rounds.indices { page.rounds[round].isAdopted = false }
      }
      page.rounds.append(
        Deliberation.Round(share: share, options: options, isAdopted: isAdopted))
    }
  }

  // MARK: At the end

  /// Adds to every page what the statistics of the run say.
  mutating func completeNotes() {
    guard let pages = notebook?.pages else { return }
    for node in pages.keys {
      noteTrial(node)
      guard var page = notebook?.pages[node] else { continue }
      complete(&page)
      notebook?.note(node) { $0 = page }
    }
  }

  /// Asks the rules about a span that lost nothing, as if its parent were not known.
  private mutating func noteTrial(_ node: SpanIndex) {
    guard node.index < recording.spans.count, !forest.parent[node.index].isNone else { return }
    notebook?.note(node) { $0.isTrial = true }
    guard let search = search(node) else { return }
    noteTask(node)
    let weighed = weigher.weigh(
      search.hits, name: recording.spans.name[node.index], end: recording.spans.end[node.index]
    ) { $0 != node }
    noteChains(node, lossShare(node.index), weighed, search)
  }

  private func complete(_ page: inout Deliberation) {
    let row = page.node.index
    let isSpan = row < recording.spans.count
    let kind = isSpan ? spanClass(row) : placeholderClass(row - recording.spans.count)
    page.name = kind.name
    page.spawnSite = kind.spawnSite
    page.ofClass = Deliberation.Record(
      parents: statistics.parentCount(kind), roots: statistics.rootCount(kind))
    page.ofName = Deliberation.Record(
      parents: statistics.parentCount(kind.name), roots: statistics.rootCount(kind.name))
    if isSpan, let record = presumption.record(of: page.node) {
      page.ofLike = Deliberation.Record(
        parents: record.parents + record.joined, roots: record.heads)
      page.isEntry = record.isEntry
    } else {
      page.ofLike = page.ofClass
    }
    let taught = statistics.taught(kind)
    page.taught = Deliberation.Record(parents: taught.parents, roots: taught.roots)
    page.parentNames = statistics.parentNames(kind.name).prefix(5).map {
      ($0, statistics.pairCount(kind.name, parentName: $0))
    }
    for round in page.rounds.indices {
      let claimed = confidences(of: page.rounds[round], node: page.node)
      for place in page.rounds[round].options.indices {
        page.rounds[round].options[place].confidence = claimed[place]
        complete(&page.rounds[round].options[place], of: page.node, name: kind.name)
      }
    }
  }

  /// The confidences that a round comes to, as `calibrate` settles them.
  private func confidences(of round: Deliberation.Round, node: SpanIndex) -> [Double] {
    let raw = round.options.map { rounded($0.probability * round.share) }
    guard let best = round.options.first, let first = raw.first else { return [] }
    guard !unattestedSpans.contains(node) else { return raw }
    var stated = calibrated(first, node: node, rule: best.rule)
    if round.isAdopted, triedNodes.contains(node), let tried = result.reattachments[node],
      tried.rule == best.rule
    {
      guard tried.confidence > first else { return raw }
      stated = tried.confidence
    }
    let scale = first > 0 ? stated / first : 0
    return settled(raw, stated: stated, scale: scale)
  }

  private func complete(
    _ option: inout Deliberation.Option, of node: SpanIndex, name: StringID
  ) {
    if let signature = option.signature {
      // Of a lost span the trace is known.
      let inTrace =
        node.index >= recording.spans.count
        && nodes.trace[option.span.index] == nodes.trace[node.index]
      option.record = statistics.record(signature, of: name, inTrace: inTrace)
      option.reliability = statistics.reliability(signature, of: name, inTrace: inTrace).share
    }
    let candidate = option.span.index
    option.pairs = statistics.pairCount(name, parentName: nodes.name[candidate])
    let start = node.index < recording.spans.count ? nodes.start[node.index] : .unknown
    // Where a lost span began is not known but to a stretch of time.
    if candidate < recording.spans.count { option.lag = start.since(nodes.start[candidate]) }
    option.usualLag = usualLag(name, behind: nodes.name[candidate])
  }

  /// How long after their recorded parents of one name spans of another began: of a sample.
  private func usualLag(_ name: StringID, behind parent: StringID) -> LagRange? {
    guard statistics.pairCount(name, parentName: parent) > 0 else { return nil }
    let spans = recording.spans
    var lags: [Int64] = []
    for row in 0..<spans.count where spans.name[row] == name && !forest.parent[row].isNone {
      guard spans.name[forest.parent[row].index] == parent, isExample(row),
        let lag = spans.start[row].since(spans.start[forest.parent[row].index])
      else { continue }
      lags.append(lag)
    }
    return LagRange(lags)
  }
}
