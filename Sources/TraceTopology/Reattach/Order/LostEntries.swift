/// Parents that no log holds, each told by the span that lacks it: the span that stood above it.
///
/// A queue that keeps order from parent to child keeps it from grandparent to child as well. Where nearly
/// every `a` has one child `b`, an `a` without one most likely has lost it, and the children of this `b`
/// were expected when its turn was: between those of its neighbours.
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
  private(set) var estimates: [SpanIndex: Int64] = [:]

  /// The logged spans by the times of those above them, where the order is theirs; nil elsewhere.
  private(set) var list: TimedSpans?

  var count: Int { above.count }

  /// Fewer pairs than these say nothing.
  private static let fewestPairs = 8
  /// Names of spans above that are looked at.
  static let namesLimit = 2
  /// What is less likely than this is not worth a look.
  private static let leastShare = 0.05

  /// Looks which spans of the names above lack a child of the name `name`, of which `lost` are missing
  /// for each one that is logged.
  init?(
    _ name: StringID, isFromEnd: Bool, above names: ArraySlice<StringID>, isFromEndOfAbove: Bool?,
    lost: Double, members byName: inout ArrivalOrder, nodes: NodeFacts, known: KnownParents
  ) {
    let list = (isFromEnd ? byName.ended(name) : byName.started(name)).without(known.hidden)
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
      if let isFromEndOfAbove {
        let spans = isFromEndOfAbove ? byName.ended(above) : byName.started(above)
        findByAbove(pairs, list, spans, nodes, &found)
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
    let usual = UsualLag(
      pairs.map {
        LagSample(
          start: list.times[$0.place], parentStart: nodes.start[$0.parent.index],
          parentEnd: nodes.end[$0.parent.index])
      })
    let parents = usual.isFromEnd ? byName.ended(above) : byName.started(above)
    var first: [SpanIndex: Int] = [:]
    first.reserveCapacity(pairs.count)
    for pair in pairs where first[pair.parent] == nil { first[pair.parent] = pair.place }
    let places = parents.spans.map { first[$0] ?? -1 }
    // The next known pair behind each place.
    var next = Array(repeating: -1, count: places.count + 1)
    for place in places.indices.reversed() {
      next[place] = places[place] >= 0 ? place : next[place + 1]
    }
    var before = -1
    for place in places.indices {
      let time = Self.between(
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

  /// The spans that lack a child, by their own times; the times of the others are those of the spans
  /// above them, and lie between those of their neighbors where that is not known.
  private mutating func findByAbove(
    _ pairs: [(parent: SpanIndex, place: Int)], _ list: TimedSpans, _ parents: TimedSpans,
    _ nodes: NodeFacts, _ found: inout [TimedSpan]
  ) {
    var place: [SpanIndex: Int] = [:]
    place.reserveCapacity(parents.count)
    for (number, span) in parents.spans.enumerated() { place[span] = number }
    var isPaired = Array(repeating: false, count: parents.count)
    var times: [Int64?] = Array(repeating: nil, count: list.count)
    for pair in pairs {
      guard let number = place[pair.parent] else { continue }
      isPaired[number] = true
      times[pair.place] = parents.times[number]
      estimates[list.spans[pair.place]] = parents.times[number]
    }
    for number in isPaired.indices where !isPaired[number] {
      found.append(TimedSpan(time: parents.times[number], span: parents.spans[number]))
    }
    var next = Array(repeating: -1, count: times.count + 1)
    for number in times.indices.reversed() {
      next[number] = times[number] != nil ? number : next[number + 1]
    }
    var before = -1
    var items: [TimedSpan] = []
    items.reserveCapacity(times.count)
    for number in times.indices {
      let time =
        times[number]
        ?? Self.between(
          before, next[number + 1], at: list.times[number], list.times, { times[$0] ?? 0 }, 0)
      if times[number] != nil { before = number }
      items.append(TimedSpan(time: time, span: list.spans[number]))
    }
    TimeSort.sort(&items, time: { $0.time }) {
      nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    self.list = TimedSpans(sorted: items.map(\.span), items.map(\.time))
  }

  /// When the child of a span at `time` was expected, by those of two others.
  private static func between(
    _ before: Int, _ after: Int, at time: Int64, _ times: [Int64], _ child: (Int) -> Int64,
    _ usual: Int64
  ) -> Int64 {
    let first = before >= 0 ? child(before).subtractingSaturated(times[before]) : nil
    let last = after >= 0 ? child(after).subtractingSaturated(times[after]) : nil
    guard let first, let last else { return time.addingSaturated(first ?? last ?? usual) }
    let width = Double(times[after].subtractingSaturated(times[before]))
    let part = width > 0 ? Double(time.subtractingSaturated(times[before])) / width : 0.5
    let lag = Double(first) + part * (Double(last) - Double(first))
    return time.addingSaturated(Int64(exactly: lag.rounded()) ?? usual)
  }
}
