/// Spans of one name in the order of those above them.
///
/// What is spread over several workers and put in order again, or is answered in the order of the questions,
/// keeps to the order of the spans above the parents: a parent that took long is as late in the list as the
/// one that its own parent started early.
///
///     above      a1  a2  a3        their order
///     parents    b2  b3  b1        ends
///     children   c1  c2  c3        of b1, b2, b3: the list is b1, b2, b3
extension OrderClass {
  /// Puts the lists of parents in the order of the spans above them where children keep to that.
  mutating func orderByAbove(
    _ members: TimedSpans, _ sample: [Int], _ namesAbove: (StringID) -> [StringID],
    _ nodes: NodeFacts, _ known: KnownParents
  ) {
    for place in sources.indices {
      guard let above = namesAbove(sources[place].parentName).first,
        let usual = usualAbove(members, sample, sources[place], above, nodes, known)
      else { continue }
      sources[place].list = Self.retimed(sources[place].list, above, usual, nodes, known)
      sources[place].usual = usual
      sources[place].above = above
      for (span, time) in zip(sources[place].list.spans, sources[place].list.times) {
        sources[place].times[span] = time
      }
    }
  }

  /// The lag behind the spans above the parents, where children keep to their order rather than to that
  /// of the parents.
  private func usualAbove(
    _ members: TimedSpans, _ sample: [Int], _ source: Source, _ above: StringID,
    _ nodes: NodeFacts, _ known: KnownParents
  ) -> UsualLag? {
    var behindParents: [LagSample] = []
    var behindAbove: [LagSample] = []
    for place in sample {
      let own = known[members.spans[place]]
      guard own.isRecorded, own.isListed, nodes.name[own.parent.index] == source.parentName else {
        continue
      }
      let next = known[own.parent]
      guard next.isListed, nodes.name[next.parent.index] == above else { continue }
      behindParents.append(
        LagSample(start: members.times[place], below: own.parent, nodes))
      behindAbove.append(
        LagSample(start: members.times[place], below: next.parent, nodes))
    }
    guard behindAbove.count >= Self.fewestParents else { return nil }
    let usual = UsualLag(behindAbove)
    let byParents = source.usual.overtakings(behindParents)
    let byAbove = usual.overtakings(behindAbove)
    let surely = 2 * Double(byParents + byAbove).squareRoot() + 4
    return Double(byParents - byAbove) > surely ? usual : nil
  }

  /// A list by the times of the spans above; where these are not known, between those of its neighbors.
  private static func retimed(
    _ list: TimedSpans, _ above: StringID, _ usual: UsualLag, _ nodes: NodeFacts,
    _ known: KnownParents
  ) -> TimedSpans {
    let times = list.spans.map { span -> Int64? in
      let own = known[span]
      guard own.isListed, nodes.name[own.parent.index] == above else { return nil }
      let time = (usual.isFromEnd ? nodes.end : nodes.start)[own.parent.index]
      return time.isKnown ? time.nanoseconds : nil
    }
    let next = NearbyTimes.next(times.count) { times[$0] != nil }
    var before = -1
    var items: [TimedSpan] = []
    items.reserveCapacity(times.count)
    for place in times.indices {
      let time =
        times[place]
        ?? NearbyTimes.between(
          before, next[place + 1], at: list.times[place], list.times, { times[$0] ?? 0 }, 0)
      if times[place] != nil { before = place }
      items.append(TimedSpan(time: time, span: list.spans[place]))
    }
    TimeSort.sort(&items, time: { $0.time }) {
      nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    return TimedSpans(sorted: items.map(\.span), items.map(\.time))
  }
}
