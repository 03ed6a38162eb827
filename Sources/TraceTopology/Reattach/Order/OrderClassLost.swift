/// Parents that no log holds among the entries of a class.
extension OrderClass {
  /// Where the children of lost spans are known, and tell better than the spans above when they were
  /// expected, they do: among the children before and after them.
  mutating func placeKnownLost(_ nodes: NodeFacts) {
    guard !lostAbove.isEmpty else { return }
    var byChild: [Int64] = []
    var byAbove: [Int64] = []
    for position in recorded.lazy.map({ Int($0) }) {
      guard let parent = parent(position), let expected = expectedIfLost(parent),
        let residual = residual(position, nodes),
        let usual = usualResidual(position, among: pinned, nodes)
      else { continue }
      byChild.append(OrderModel.whole(abs(residual - usual)))
      let lag = Double(starts[position].subtractingSaturated(expected))
      byAbove.append(OrderModel.whole(abs(lag - usual)))
    }
    guard byChild.count >= Self.fewestParents else { return }
    byChild.sort()
    byAbove.sort()
    guard byChild[byChild.count / 2] < byAbove[byAbove.count / 2] else { return }
    for position in labels.indices where Label.isPinned(labels[position]) {
      let number = Int(labels[position]) - nodeCount
      guard number >= 0, let usual = usualResidual(position, among: pinned, nodes) else { continue }
      lostExpected[number] = starts[position].subtractingSaturated(OrderModel.whole(usual))
    }
    for place in sources.indices {
      guard let first = sources[place].firstLost else { continue }
      let usual = sources[place].usual
      var items = sources[place].list.spans.indices.map {
        TimedSpan(
          time: usual.anchor(of: lostExpected[first + $0]), span: SpanIndex(nodeCount + first + $0))
      }
      TimeSort.sort(&items, time: { $0.time }) { key($0.span, nodes) < key($1.span, nodes) }
      sources[place].list = TimedSpans(sorted: items.map(\.span), items.map(\.time))
    }
  }

  /// When the child of a lost entry is expected.
  func expected(ofLost entry: SpanIndex) -> Int64 { lostExpected[entry.index - nodeCount] }

  /// Adds the parents that no log holds to the entries.
  mutating func addLost(
    _ members: TimedSpans, _ counts: [Int], _ byName: inout ArrivalOrder, _ nodes: NodeFacts,
    _ namesAbove: (StringID) -> [StringID], _ known: KnownParents
  ) {
    var missing = 0
    var recorded = 0
    for span in members.spans {
      let own = known[span]
      if own.isMissing { missing += 1 }
      if own.isRecorded { recorded += 1 }
    }
    let total = counts.reduce(0, +)
    guard missing > 0, recorded > 0, total > 0 else { return }
    for place in sources.indices {
      let source = sources[place]
      let above = source.above.map { [$0] } ?? namesAbove(source.parentName)
      guard
        let entries = LostEntries(
          source.list, byAbove: source.above == nil ? nil : source.usual,
          above: above.prefix(LostEntries.namesLimit),
          lost: Double(missing) / Double(recorded), members: &byName, nodes: nodes, known: known)
      else { continue }
      let first = lostAbove.count
      let numbers = entries.above.indices.map { SpanIndex(nodeCount + first + $0) }
      sources.append(
        Source(
          list: TimedSpans(sorted: numbers, entries.times), usual: source.usual,
          parentName: source.parentName, name: source.name, firstLost: first))
      lostAbove += entries.above
      lostExpected += entries.times.map { source.usual.expected(after: $0) }
      lostCoverage += entries.coverage * Double(counts[Int(source.name)]) / Double(total)
      lost.append(entries)
    }
  }

  /// How many lost spans are entries.
  var lostCount: Int { lostAbove.count }

  /// Whether an entry is no node, but a span that no log holds.
  func isLost(_ entry: SpanIndex) -> Bool { entry.index >= nodeCount }

  /// The logged span above a lost entry; a logged one itself.
  func logged(_ entry: SpanIndex) -> SpanIndex {
    isLost(entry) ? lostAbove[entry.index - nodeCount] : entry
  }

  /// When a child of a logged entry would be expected if that were lost; nil if nothing tells.
  func expectedIfLost(_ entry: SpanIndex) -> Int64? {
    for (place, entries) in lost.enumerated() {
      if let time = entries.estimates[entry] {
        return sources[sources.count - lost.count + place].usual.expected(after: time)
      }
    }
    return nil
  }

  /// How likely a lost entry of a parents' name is to have been there; 0 where there are none.
  func lostShare(_ name: UInt8) -> Double {
    for (source, entries) in zip(sources.suffix(lost.count), lost) where source.name == name {
      return entries.share
    }
    return 0
  }

  /// The key of an entry; a lost one has that of the span above it.
  func key(_ entry: SpanIndex, _ nodes: NodeFacts) -> (UInt64, UInt64) {
    nodes.key(logged(entry).index)
  }

  /// The label of the span at a position, whose parent is lost.
  mutating func labelOfLost(
    _ position: Int, _ above: KnownAbove?, _ asked: inout Set<SpanIndex>
  ) -> Int32 {
    guard let own = above?.known(spans[position]) else { return Label.skipped }
    if own.isWithinTrace { withinTrace.insert(position) }
    if let number = lostBelow[own.above] { return Int32(truncatingIfNeeded: number.index) }
    // Of several children the first one asks: the more ask, the likelier one is wrong.
    guard !own.asked.isNone, asked.insert(own.asked).inserted else {
      return Label.skipped
    }
    return Label.lost
  }
}
