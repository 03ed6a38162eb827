/// Placing the parents that nobody logged.
extension Reattacher {
  /// One node for each parent that is named but not there; its children hang under it.
  mutating func makePlaceholders(_ threads: Threads) async {
    let frozen = self
    let names = await threads.stretches(of: forest.missing.count, atLeast: Self.namesAtOnce) {
      frozen.likelyNames($0)
    }
    placeholderNames = Array(names.joined())
    reserveRows()
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

  /// Fewer names are not worth a thread of their own.
  private static let namesAtOnce = 64

  /// The names that some lost parents most likely have; empty where nothing is known.
  private func likelyNames(_ numbers: Range<Int>) -> [StringID] {
    numbers.map { statistics.likelyParent(names(of: forest.missing[$0].children)) ?? .empty }
  }

  /// Makes room for a row of each lost parent behind those of the spans.
  private mutating func reserveRows() {
    let count = result.parent.count + forest.missing.count
    LargePages.grow(&result.parent, to: count)
    result.kind.reserveCapacity(count)
    result.cause.reserveCapacity(count)
  }

  /// The names of some spans, in an order that does not depend on how they were read.
  func names(of children: [SpanIndex]) -> [StringID] {
    let spans = recording.spans
    return children.sorted { spans.spanID[$0.index] < spans.spanID[$1.index] }
      .map { spans.name[$0.index] }
  }

  /// Puts each placeholder where its children say that it ran, if nothing logged encloses it there.
  mutating func placePlaceholders() {
    let nodes = nodes
    let placement = PlaceholderPlacement(
      recording: recording, statistics: statistics, index: index, taskOf: { nodes.task[$0.index] })
    hosts = forest.missing.indices.map { number in
      placement.host(of: forest.missing[number], name: placeholderNames[number])
    }
    var shown: [TaskIndex: [ClosedRange<Int64>]] = [:]
    for host in hosts {
      if let host, !host.isEnclosed {
        shown[host.task, default: []].append(host.latestStart...host.lastSeen)
      }
    }
    for number in 0..<forest.missing.count {
      self.nodes.append(result.placeholders[number], name: placeholderNames[number])
      guard let host = hosts[number], !host.isEnclosed else { continue }
      let stretch = placement.stretch(host, others: shown[host.task] ?? [])
      let node = SpanIndex(recording.spans.count + number)
      self.nodes.place(node, on: host.task, from: stretch.start, to: stretch.end)
    }
    guard !shown.isEmpty else { return }
    hasPlacedLost = true
    index.open = OpenSpanIndex(taskCount: recording.tasks.count, nodes: self.nodes)
  }

  /// Puts the question of one lost parent: by the scheduler's word, or by names and times alone.
  mutating func weighPlaceholder(
    _ number: Int, _ answers: inout TraceAnswers?, _ traces: TraceHeads
  ) {
    let missing = forest.missing[number]
    let place = seat(number, traces)
    let node = SpanIndex(recording.spans.count + number)
    if weighByStatedAncestor(node, missing) { return }
    if !weighByScheduler(number, place) { weighByTrace(number, place, &answers) }
  }

  /// Where a lost parent can stand, by what is left of its trace.
  func seat(_ number: Int, _ traces: TraceHeads) -> PlaceholderSeat {
    let missing = forest.missing[number]
    guard !traces.hasRoot[missing.trace.index] else { return .withinTrace }
    let others = traces.missing[missing.trace.index] - 1
    let share =
      placeholderNames[number] == .empty
      ? 0.99 * Double(others) / Double(others + 1) : lossShare(ofPlaceholder: number)
    // Alone, it heads its trace: the root itself, or a span that lost its context before it was lost.
    return others == 0 ? .head(share) : .either(share)
  }

  /// How likely a lost span of this class has a parent of its own.
  private func lossShare(ofPlaceholder number: Int) -> Double {
    let name = placeholderNames[number]
    guard name != .empty, statistics.parentCount(name) > 0 else { return 0 }
    // Without a log of the tasks nothing is known of its class but the name.
    guard !index.tasks.rows.isEmpty else { return 0.9 }
    let kind = placeholderClass(number)
    guard let host = hosts[number], host.name == name, isKnown(kind) else {
      return statistics.soleClass(name).map { share($0) } ?? 0.9
    }
    return share(kind)
  }

  /// Whether any span is of a class: where none is, a lost one of that name was of another one.
  private func isKnown(_ kind: SpanClass) -> Bool {
    statistics.parentCount(kind) > 0 || statistics.rootCount(kind) > 0
  }

  /// The class that a lost span most likely had.
  func placeholderClass(_ number: Int) -> SpanClass {
    let name = placeholderNames[number]
    return SpanClass(
      name: name,
      spawnSite: hosts[number].map { recording.tasks.spawnSite($0.task) } ?? .none,
      isOuter: forest.missing[number].children.contains {
        recording.spans.name[$0.index] == name
      })
  }

  /// The probabilities where the trace shows that there is a parent: "none of these" is less likely.
  private static func sureOfParent(_ weighed: [Weigher.Weighed]) -> [Weigher.Weighed] {
    let total = weighed.reduce(0) { $0 + $1.probability }
    let scale = 1 / (total + 0.25 * max(1 - total, 0))
    return weighed.map { Weigher.Weighed(hit: $0.hit, probability: $0.probability * scale) }
  }

  /// A lost parent of a served span stood between it and its call, such as a proxy: the call itself is
  /// in the trace and fits what the served span says.
  private mutating func weighByPeer(
    _ node: SpanIndex, _ missing: MissingParent, at start: Timestamp
  ) -> Bool {
    guard let call = callOver(missing) else { return false }
    let hit = EvidenceSearch.Hit(
      span: call, signature: Signature(firstHop: .operation), step: -1, kind: .peer)
    let evidence = Evidence(rule: .peer, task: .none, by: .none, at: start, span: call)
    let weighed = Weigher.Weighed(hit: hit, probability: 0.95)
    noteSingle(node, weighed, evidence)
    propose(node, weighed, 1, [weighed], evidence: [evidence])
    return true
  }

  /// The one call of the trace that fits what the children of a lost parent say.
  func callOver(_ missing: MissingParent) -> SpanIndex? {
    guard !index.peers.isEmpty else { return nil }
    let spans = recording.spans
    var calls: [SpanIndex] = []
    for child in missing.children {
      for fit in index.peers.calls(of: child)
      where fit.isContained && spans.trace[fit.span.index] == missing.trace
        && !calls.contains(fit.span)
      {
        calls.append(fit.span)
      }
    }
    return calls.count == 1 ? calls.first : nil
  }

  /// Without a scheduler's word: the span of the same trace that was open then and has the right name.
  private mutating func weighByTrace(
    _ number: Int, _ place: PlaceholderSeat, _ answers: inout TraceAnswers?
  ) {
    guard place.mayBeWithinTrace else { return }
    let missing = forest.missing[number]
    let node = SpanIndex(recording.spans.count + number)
    let start = result.placeholders[number].start
    guard start.isKnown else { return }
    if weighByDebt(node, missing, result.placeholders[number]) { return }
    if weighByPeer(node, missing, at: start) { return }
    var found = answers?.ancestor(of: missing, number: number)
    let process = result.placeholders[number].process
    if let first = found, !mayOwe(first.span, to: process) {
      found = answers?.weighed(missing).first { mayOwe($0.span, to: process) }
    }
    if isWatched(node) {
      noteTrace(node, at: start, answers?.weighed(missing) ?? [], isAdopted: found != nil)
    }
    answers?.settle(number, missing, found)
    guard let found else { return }
    debts.settle(found.span)
    let hit = EvidenceSearch.Hit(
      span: found.span, signature: Signature(firstHop: .sameTask), step: -1, kind: .trace)
    let evidence = Evidence(
      rule: .trace, task: .none, by: .none, at: start, span: found.span)
    let weighed = Weigher.Weighed(hit: hit, probability: found.probability)
    propose(node, weighed, 1, [weighed], evidence: [evidence])
  }
}

/// Where a lost parent can stand.
enum PlaceholderSeat {
  /// Another span heads its trace, so its own parent is in the trace.
  case withinTrace
  /// It heads its trace: it has a parent elsewhere with this likelihood.
  case head(Double)
  /// One of several lost spans heads the trace.
  case either(Double)

  var mayBeWithinTrace: Bool {
    if case .head = self { return false }
    return true
  }

  /// How likely a parent in another trace is worth looking for; nil if there can be none.
  var shareBeyondTrace: Double? {
    switch self {
    case .withinTrace: nil
    case .head(let share), .either(let share): share > 0 ? share : nil
    }
  }
}

/// What is left of the heads of each trace.
struct TraceHeads {
  /// A span that names no parent is left.
  var hasRoot: [Bool]
  /// How many parents are named and not there.
  var missing: [UInt32]

  init(_ recording: Recording, _ forest: SpanForest) {
    hasRoot = Array(repeating: false, count: recording.traces.count)
    missing = Array(repeating: 0, count: recording.traces.count)
    for row in 0..<recording.spans.count
    where !forest.isAbsorbed[row] && recording.spans.parentID[row].isNone {
      hasRoot[recording.spans.trace[row].index] = true
    }
    for parent in forest.missing { missing[parent.trace.index] += 1 }
  }
}
