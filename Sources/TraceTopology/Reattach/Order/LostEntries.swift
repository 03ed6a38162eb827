/// Parents that no log holds, each told by the span that lacks it: the span that stood above it.
///
/// A queue that keeps order from parent to child keeps it from grandparent to child as well. Where nearly
/// every `a` has one child `b`, an `a` without one most likely has lost it, and the children of this `b`
/// were expected when its turn was: between those of its neighbors.
///
///     a       a1 ·· a2 ········ a3
///     b          b1              b3
///     lost              (b2)          between b1 and b3 as a2 is between a1 and a3
struct LostEntries: Sendable {
  /// The spans above, in the order of the times, which are those of the lost spans' starts or ends.
  private(set) var above: [SpanIndex] = []
  private(set) var times: [Int64] = []
  /// How likely each is to have been there.
  private(set) var share = 0.0
  /// The share of the lost spans that are among these, as those show whose parents are known.
  private(set) var coverage = 0.0
  /// When a logged span would be thought to have been, if it were lost.
  private(set) var estimates = SpanValues<Int64>()

  var count: Int { above.count }

  /// Fewer pairs than these say nothing.
  private static let fewestPairs = 8
  /// Names of spans above that are looked at.
  static let namesLimit = 2
  /// What is less likely than this is not worth a look.
  private static let leastShare = 0.05

  /// Looks which spans of the names above lack a child in `list`, of which `lost` are missing for each one
  /// that is logged. `byAbove` is the lag behind the spans above where the list is in the order of these.
  init?(
    _ list: TimedSpans, byAbove: UsualLag?, above names: ArraySlice<StringID>, lost: Double,
    members byName: inout ArrivalOrder, nodes: NodeFacts, known: KnownParents
  ) {
    var parents: [(parent: SpanIndex, place: Int)] = []
    var missing = 0
    var recorded = 0
    for place in 0..<list.count {
      let own = known[list.spans[place]]
      if own.isMissing { missing += 1 }
      if own.isRecorded { recorded += 1 }
      if own.isListed { parents.append((own.parent, place)) }
    }
    var found: [TimedSpan] = []
    var paired = 0
    for above in names {
      let pairs = parents.filter { nodes.name[$0.parent.index] == above }
      guard pairs.count >= Self.fewestPairs else { continue }
      paired += pairs.count
      if let byAbove {
        let spans = byAbove.isFromEnd ? byName.ended(above) : byName.started(above)
        findByAbove(pairs, list, spans, &found)
      } else {
        find(pairs, list, above, &byName, nodes, &found)
      }
    }
    guard !found.isEmpty, paired > 0, recorded > 0 else { return nil }
    coverage =
      Double(paired) / Double(max(parents.count, 1)) * Double(recorded) / Double(recorded + missing)
    share = min(Double(list.count) * lost * coverage / Double(found.count), 0.95)
    guard share >= Self.leastShare else { return nil }
    TimeSort.sort(&found, time: { $0.time }) {
      nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    above = found.map(\.span)
    times = found.map(\.time)
  }

  /// The spans of one name that lack a child, and when it was expected.
  private mutating func find(
    _ pairs: [(parent: SpanIndex, place: Int)], _ list: TimedSpans, _ above: StringID,
    _ byName: inout ArrivalOrder, _ nodes: NodeFacts, _ found: inout [TimedSpan]
  ) {
    let usual = usual(pairs, list, nodes)
    let parents = byName.numbered(above, isFromEnd: usual.isFromEnd)
    var places = Array(repeating: -1, count: parents.count)
    for pair in pairs.reversed() {
      if let place = byName.place(of: pair.parent, isFromEnd: usual.isFromEnd) {
        places[place] = pair.place
      }
    }
    let next = NearbyTimes.next(places.count) { places[$0] >= 0 }
    var before = -1
    for place in places.indices {
      let time = NearbyTimes.between(
        before, next[place + 1], at: parents.times[place], parents.times,
        { list.times[places[$0]] }, usual.lag)
      if places[place] >= 0 {
        estimates[list.spans[places[place]]] = time
        before = place
      } else {
        found.append(TimedSpan(time: time, span: parents.spans[place]))
      }
    }
  }

  private func usual(
    _ pairs: [(parent: SpanIndex, place: Int)], _ list: TimedSpans, _ nodes: NodeFacts
  ) -> UsualLag {
    let step = SpanID.sampleStep(OrderClass.sampleSize, of: pairs.count)
    var samples: [LagSample] = []
    for pair in pairs
    where nodes.spanID[list.spans[pair.place].index].isSampled(every: step) {
      samples.append(
        LagSample(start: list.times[pair.place], below: pair.parent, nodes))
    }
    return UsualLag(samples)
  }

  /// The spans that lack a child, by their own times, which are those of the children's places in the list.
  private mutating func findByAbove(
    _ pairs: [(parent: SpanIndex, place: Int)], _ list: TimedSpans, _ parents: TimedSpans,
    _ found: inout [TimedSpan]
  ) {
    var isPaired = SpanValues<Bool>(expecting: pairs.count)
    for pair in pairs {
      isPaired[pair.parent] = true
      estimates[list.spans[pair.place]] = list.times[pair.place]
    }
    for (span, time) in zip(parents.spans, parents.times) where isPaired[span] == nil {
      found.append(TimedSpan(time: time, span: span))
    }
  }
}
