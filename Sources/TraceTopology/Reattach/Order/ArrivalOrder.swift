/// Spans in the order of a time that each of them has, with these times.
struct TimedSpans: Sendable {
  fileprivate(set) var spans: [SpanIndex] = []
  fileprivate(set) var times: [Int64] = []

  var count: Int { spans.count }

  fileprivate init() {}

  /// Spans that stand in the order of their times already.
  init(sorted spans: [SpanIndex], _ times: [Int64]) {
    self.spans = spans
    self.times = times
  }

  fileprivate init(_ items: inout [TimedSpan], _ nodes: NodeFacts) {
    TimeSort.sort(&items, time: { $0.time }) {
      nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    spans = items.map(\.span)
    times = items.map(\.time)
  }

  /// These without some of them.
  func without(_ others: Set<SpanIndex>) -> TimedSpans {
    guard !others.isEmpty else { return self }
    var left = TimedSpans()
    for place in 0..<count where !others.contains(spans[place]) {
      left.spans.append(spans[place])
      left.times.append(times[place])
    }
    return left
  }

  /// The first place whose time is not before `time`, of those in `places`.
  func first(from time: Int64, in places: Range<Int>) -> Int {
    var low = places.lowerBound
    var high = places.upperBound
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The first place from `start` on whose time is not before `time`, which is likely close by.
  func first(from time: Int64, near start: Int) -> Int {
    var low = start
    var step = 1
    while low < count, times[low] < time {
      let next = min(low + step, count)
      if next == count || times[next] >= time { return first(from: time, in: low + 1..<next) }
      low = next
      step *= 2
    }
    return low
  }

  /// The first place of all whose time is not before `time`, which is likely close to `guess`.
  func first(from time: Int64, around guess: Int) -> Int {
    var place = min(max(guess, 0), count)
    if place == 0 || times[place - 1] < time { return first(from: time, near: place) }
    place -= 1
    var step = 1
    while place > 0 {
      let next = max(place - step, 0)
      if times[next] < time { return first(from: time, in: next + 1..<place) }
      place = next
      step *= 2
    }
    return place
  }

  /// The same spans in the order in which their work arrived.
  fileprivate func retimed(_ nodes: NodeFacts, _ arrivals: Arrivals) -> TimedSpans {
    var isSame = true
    var items: [TimedSpan] = []
    LargePages.reserve(count, in: &items)
    for place in 0..<count {
      let other = arrivals.time(spans[place], nodes)
      if other != times[place] { isSame = false }
      items.append(TimedSpan(time: other, span: spans[place]))
    }
    return isSame ? self : TimedSpans(&items, nodes)
  }
}

/// A span and one of its times.
struct TimedSpan {
  var time: Int64
  var span: SpanIndex
}

/// The spans of some names, each name's in the order of their starts, and in that of their ends where
/// somebody asks for it: every class in which a name takes part reads the same list.
struct ArrivalOrder: Sendable {
  /// For each name where its spans stand among the lists; -1 for names that nobody asked for.
  private var place: [Int32]
  private var lists: [TimedSpans] = []
  /// For each list the spans whose starts are known, and those whose ends are; nil before that is asked.
  private var started: [TimedSpans?]
  private var ended: [TimedSpans?]
  /// Where spans stand in their lists, for those of which that was asked; -1 elsewhere.
  private var places: (started: [Int32], ended: [Int32]) = ([], [])
  private var isNumbered: Set<SIMD2<Int>> = []
  /// When the work of spans reached their tasks; nil where that is when each began.
  var arrivals: Arrivals?
  /// The spans of the name that was asked for last, by these times: trials ask again and again.
  private var lastArrived: (name: StringID, spans: TimedSpans)?
  private let nodes: NodeFacts

  /// Absorbed rows are left out; spans of unknown start come first.
  init(
    _ recording: Recording, _ nodes: NodeFacts, isAbsorbed: [Bool], names: [StringID],
    _ threads: Threads = .one
  ) async {
    self.nodes = nodes
    var place = Array(repeating: Int32(-1), count: recording.strings.count)
    var count = 0
    for name in names where place[name.index] < 0 {
      place[name.index] = Int32(truncatingIfNeeded: count)
      count += 1
    }
    self.place = place
    started = Array(repeating: nil, count: count)
    ended = started
    let listed = recording.spans.name
    let rows = RowLists(owners: count, rows: listed.count) { row in
      let list = place[listed[row].index]
      return list < 0 || isAbsorbed[row] ? nil : Int(list)
    }
    let parts = await threads.stretches(of: count, atLeast: 1) { stretch in
      stretch.map { list in
        var items: [TimedSpan] = []
        LargePages.reserve(rows.count(of: list), in: &items)
        for row in rows[list].lazy.map({ Int($0) }) {
          items.append(TimedSpan(time: nodes.start[row].nanoseconds, span: SpanIndex(row)))
        }
        return TimedSpans(&items, nodes)
      }
    }
    lists = parts.flatMap { $0 }
  }

  /// How many spans of a name there are, whether or not their starts are known.
  func count(_ name: StringID) -> Int {
    let list = place[name.index]
    return list < 0 ? 0 : lists[Int(list)].count
  }

  /// The spans of a name whose starts are known.
  mutating func started(_ name: StringID) -> TimedSpans {
    let list = Int(place[name.index])
    guard list >= 0 else { return TimedSpans() }
    if let known = started[list] { return known }
    var all = lists[list]
    let unknown = all.first(from: .min + 1, in: 0..<all.count)
    if unknown > 0 {
      all.spans.removeFirst(unknown)
      all.times.removeFirst(unknown)
    }
    started[list] = all
    return all
  }

  /// The spans of a name whose starts are known, by when their work arrived.
  mutating func arrived(_ name: StringID) -> TimedSpans {
    guard let arrivals else { return started(name) }
    if let lastArrived, lastArrived.name == name { return lastArrived.spans }
    lastArrived = nil
    let spans = started(name).retimed(nodes, arrivals)
    lastArrived = (name, spans)
    return spans
  }

  /// The spans of a name by their starts or ends, of which it can be asked where one stands.
  mutating func numbered(_ name: StringID, isFromEnd: Bool) -> TimedSpans {
    let list = isFromEnd ? ended(name) : started(name)
    if isNumbered.insert(SIMD2(name.index, isFromEnd ? 1 : 0)).inserted {
      if isFromEnd {
        Self.number(list, among: nodes.count, &places.ended)
      } else {
        Self.number(list, among: nodes.count, &places.started)
      }
    }
    return list
  }

  private static func number(_ list: TimedSpans, among nodes: Int, _ places: inout [Int32]) {
    if places.isEmpty { places = LargePages.filled(-1, count: nodes) }
    for (place, span) in list.spans.enumerated() {
      places[span.index] = Int32(truncatingIfNeeded: place)
    }
  }

  /// Where a span stands in a list that was numbered; nil if it is not in it.
  func place(of span: SpanIndex, isFromEnd: Bool) -> Int? {
    let places = isFromEnd ? places.ended : places.started
    guard span.index < places.count, places[span.index] >= 0 else { return nil }
    return Int(places[span.index])
  }

  /// The spans of a name whose ends are known, by these.
  mutating func ended(_ name: StringID) -> TimedSpans {
    let list = Int(place[name.index])
    guard list >= 0 else { return TimedSpans() }
    if let known = ended[list] { return known }
    var items: [TimedSpan] = []
    items.reserveCapacity(lists[list].count)
    for span in lists[list].spans where nodes.end[span.index].isKnown {
      items.append(TimedSpan(time: nodes.end[span.index].nanoseconds, span: span))
    }
    let all = TimedSpans(&items, nodes)
    ended[list] = all
    return all
  }
}
