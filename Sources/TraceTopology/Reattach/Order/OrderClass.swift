/// The spans of one name in the order of their starts, and the lists of spans that may be their
/// parents.
///
/// The entries are the spans of all lists in the order in which their children are expected. They are
/// put into that order window by window, where somebody asks: the lists are those of the whole run,
/// and a class only knows by how much its children come later.
///
///     parents' starts      a1 ······ a2 ················ a3       + lag of a
///     parents' ends             b1 ············· b2               + lag of b
///     entries                     a1  b1  a2       b2  a3
///     rank                        0   1   2        3   4
struct OrderClass: Sendable {
  /// What is known of the parent of one span.
  enum Label {
    /// The row of its parent, which is an entry.
    static func isPinned(_ label: Int32) -> Bool { label >= 0 }
    static let open: Int32 = -1
    /// Its parent is no entry: it says nothing about the others.
    static let skipped: Int32 = -2
    /// Its parent is known to be lost, and nothing else is known of it.
    static let lost: Int32 = -3

    /// Whether somebody asks for its parent.
    static func isAsked(_ label: Int32) -> Bool { label == open || label == lost }
  }

  /// The spans of one of the parents' names.
  struct Source: Sendable {
    var list: TimedSpans
    var usual: UsualLag
    let parentName: StringID
    /// Which of the parents' names that is.
    let name: UInt8
    /// The number of the first lost span of this list; nil for logged ones.
    var firstLost: Int?
    /// The name of the spans above whose order the list has; nil where it has that of its own times.
    var above: StringID?
    /// The times by which its spans stand in the list, where these are not their own.
    var times = SpanValues<Int64>()

    /// When a child of a span is expected; nil if the time it is told by is not known.
    @inline(__always)
    func expected(_ span: SpanIndex, _ nodes: NodeFacts) -> Int64? {
      if above != nil { return times[span].map { usual.expected(after: $0) } }
      return usual.expected(nodes.start[span.index], nodes.end[span.index])
    }
  }

  let name: StringID
  /// Spans of the name, by start.
  private(set) var spans: [SpanIndex] = []
  private(set) var starts: [Int64] = []
  private(set) var labels: [Int32] = []
  /// Positions whose recorded parent is an entry.
  private(set) var recorded: [Int32] = []
  /// Positions whose parent is an entry, recorded or found: mostly the same array.
  private(set) var pinned: [Int32] = []
  /// Positions whose parents are asked for.
  private(set) var open: [Int] = []
  var sources: [Source] = []
  /// Positions whose parents are lost, where the spans above these are in the same trace.
  var withinTrace: Set<Int> = []
  /// Its spans by their tasks; nil where that shows nothing.
  private(set) var lanes: OrderLanes?
  /// The share of the spans with a recorded parent whose parent no log holds: of those whose tasks were
  /// neither woken nor spawned for them, and of the others.
  private(set) var missingShares = (taken: 0.0, woken: 0.0)

  /// For each source of lost spans what is known of these.
  var lost: [LostEntries] = []
  /// The spans above all lost ones. A lost span has the number that follows those of all nodes, plus its
  /// place here.
  var lostAbove: [SpanIndex] = []
  /// For each lost span when its child is expected.
  var lostExpected: [Int64] = []
  /// The lost entry below each of these.
  var lostBelow = SpanValues<SpanIndex>()
  let nodeCount: Int
  /// What the children of a parent show about each other; nil where that is nothing.
  var siblings: OrderSiblings?
  /// What tells that a span is not the parent of another one.
  var correlated = CorrelatedSpans()
  /// What tells which tasks are related.
  var tasks = TaskTable()
  /// The share of the lost parents that are among the entries.
  var lostCoverage = 0.0

  static let namesLimit = 4
  static let sampleSize = 4096
  /// Fewer lags than these say nothing.
  private static let fewestLags = 5
  /// With more likely parents at a time than these, neither order nor lag can tell.
  private static let crowdLimit = 128.0
  /// Fewer parents than these say nothing.
  static let fewestParents = 8

  /// Nil if there are too few examples. `namesAbove` tells the commonest names of a name's parents, `above`
  /// what is known of lost parents, nil where no span of the name has one.
  init?(
    name: StringID, members byName: inout ArrivalOrder, nodes: NodeFacts, parentNames: [StringID],
    namesAbove: (StringID) -> [StringID], known: KnownParents, above: KnownAbove? = nil,
    _ threads: Threads = .one
  ) async {
    self.name = name
    nodeCount = nodes.count
    let members = byName.arrived(name)
    let step = SpanID.sampleStep(Self.sampleSize, of: members.count)
    let sample = members.spans.indices.filter {
      nodes.spanID[members.spans[$0].index].isSampled(every: step)
    }
    let lags = Self.lags(members, sample, nodes, parentNames, known)
    let usual = lags.map { $0.count >= Self.fewestLags ? UsualLag($0) : nil }
    var crowd = 0.0
    for (kind, samples) in lags.enumerated() {
      if let usual = usual[kind] {
        crowd += Self.crowd(samples, usual, count: byName.count(parentNames[kind]))
      }
    }
    guard crowd <= Self.crowdLimit else { return nil }
    for (kind, model) in usual.enumerated() {
      guard let model else { continue }
      let list =
        model.isFromEnd ? byName.ended(parentNames[kind]) : byName.started(parentNames[kind])
      sources.append(
        Source(
          list: list.without(known.hidden), usual: model, parentName: parentNames[kind],
          name: UInt8(truncatingIfNeeded: kind)))
    }
    orderByAbove(members, sample, namesAbove, nodes, known)
    if above != nil {
      addLost(members, lags.map { $0.count }, &byName, nodes, namesAbove, known)
    }
    guard
      await label(
        members, nodes, parentNames, known, above, isWoken: byName.arrivals != nil, threads)
    else { return nil }
    placeKnownLost(nodes)
    if spans.contains(where: { !nodes.task[$0.index].isNone }) {
      lanes = OrderLanes(spans.map { nodes.task[$0.index] })
    }
  }

  /// How long after a recorded parent of each name its child began, of a sample.
  private static func lags(
    _ members: TimedSpans, _ sample: [Int], _ nodes: NodeFacts, _ parentNames: [StringID],
    _ known: KnownParents
  ) -> [[LagSample]] {
    var lags: [[LagSample]] = Array(repeating: [], count: parentNames.count)
    for place in sample {
      let own = known[members.spans[place]]
      guard own.isRecorded,
        let kind = parentNames.firstIndex(of: nodes.name[own.parent.index])
      else { continue }
      lags[kind].append(
        LagSample(start: members.times[place], below: own.parent, nodes))
    }
    return lags
  }

  /// Says of each span what is known of its parent; whether that is enough.
  private mutating func label(
    _ members: TimedSpans, _ nodes: NodeFacts, _ parentNames: [StringID], _ known: KnownParents,
    _ above: KnownAbove?, isWoken mayBeWoken: Bool, _ threads: Threads
  ) async -> Bool {
    for (number, above) in lostAbove.enumerated() where lostBelow[above] == nil {
      lostBelow[above] = SpanIndex(nodeCount + number)
    }
    spans = members.spans
    starts = members.times
    let frozen = self
    let parts = await threads.stretches(of: spans.count, atLeast: Self.fewestLabels) {
      frozen.labels($0, nodes, parentNames, known, isWoken: mayBeWoken)
    }
    var missing = LossCounts()
    var inferred: [Int32] = []
    labels.reserveCapacity(spans.count)
    recorded.reserveCapacity(parts.reduce(0) { $0 + $1.recorded.count })
    for part in parts {
      labels += part.labels
      recorded += part.recorded
      inferred += part.inferred
      open += part.open
      missing.add(part.missing)
    }
    if lostCount > 0 { labelLost(parts.flatMap(\.lost), above) }
    pinned = inferred.isEmpty ? recorded : (recorded + inferred).sorted()
    guard missing.knownCount >= Self.fewestParents else { return false }
    missingShares = (missing.share(of: 0), missing.share(of: 1))
    return true
  }

  /// Fewer spans are not worth a thread of their own.
  private static let fewestLabels = 4096

  /// Says what is known of the lost parents of the spans at some positions.
  private mutating func labelLost(_ positions: [Int], _ above: KnownAbove?) {
    var asked: Set<SpanIndex> = []
    for position in positions { labels[position] = labelOfLost(position, above, &asked) }
    open = labels.indices.filter { Label.isAsked(labels[$0]) }
  }

  /// Whether the task of the span at a position was woken or spawned for it before the span began, rather
  /// than took it when it was ready.
  func isWoken(_ position: Int, _ nodes: NodeFacts) -> Bool {
    starts[position] < nodes.start[spans[position].index].nanoseconds
  }

  /// The share of spans like the one at a position whose parent no log holds.
  func missingShare(_ position: Int, _ nodes: NodeFacts) -> Double {
    isWoken(position, nodes) ? missingShares.woken : missingShares.taken
  }

  /// How far the span at a position is from where a child of its parent was expected; nil where no
  /// logged parent is known.
  func residual(_ position: Int, _ nodes: NodeFacts) -> Double? {
    guard let parent = parent(position), !isLost(parent) else { return nil }
    let name = nodes.name[parent.index]
    guard let own = sources.firstIndex(where: { $0.parentName == name }) else { return nil }
    return sources[own].expected(parent, nodes)
      .map { Double(starts[position].subtractingSaturated($0)) }
  }

  /// The mean of the last residual before a position and the first one after it, of those at `pinned`;
  /// nil where there is neither.
  func usualResidual(_ position: Int, among pinned: [Int32], _ nodes: NodeFacts) -> Double? {
    var low = 0
    var high = pinned.count
    while low < high {
      let middle = (low + high) / 2
      if pinned[middle] < position { low = middle + 1 } else { high = middle }
    }
    let after = low < pinned.count && pinned[low] == position ? low + 1 : low
    let before = low > 0 ? residual(Int(pinned[low - 1]), nodes) : nil
    guard after < pinned.count, let behind = residual(Int(pinned[after]), nodes) else {
      return before
    }
    return before.map { ($0 + behind) / 2 } ?? behind
  }

  /// The parent that a label names; nil for other labels.
  func parent(_ position: Int) -> SpanIndex? {
    guard Label.isPinned(labels[position]) else { return nil }
    return SpanIndex(raw: UInt32(truncatingIfNeeded: labels[position]))
  }

  /// How many spans of one name are likely parents at a time: those that begin within the usual
  /// spread of the lag.
  private static func crowd(_ samples: [LagSample], _ usual: UsualLag, count: Int) -> Double {
    guard let first = samples.map({ $0.start }).min(),
      let last = samples.map({ $0.start }).max(), last > first
    else { return 0 }
    return Double(usual.spread) * Double(count) / Double(last.subtractingSaturated(first))
  }
}
