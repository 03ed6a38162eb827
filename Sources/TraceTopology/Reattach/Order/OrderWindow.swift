/// The entries of a class whose children are expected within a stretch of time, in that order.
///
/// Kept by who asks, so that one question after the other is answered in the same memory.
struct OrderWindow {
  /// An entry: a span that may be a parent.
  struct Entry {
    /// When a child is expected: after the usual lag.
    var expected: Int64
    var span: SpanIndex
    /// Which of the parents' names it has.
    var name: UInt8
  }

  /// Some of the entries, one behind the other, and how many of all there are come before the first one.
  private(set) var entries: [Entry] = []
  private(set) var rank = 0
  /// How many entries the window holds.
  private(set) var count = 0
  /// The lists in which the entries stand, and for each of them where what the window holds does.
  private(set) var sources: [OrderClass.Source] = []
  private var held: [Range<Int>] = []
  /// For each source where the last window that was filled began: one question is close to the next.
  private(set) var firsts: [Int] = []
  /// For each source where each stretch begins in its list, and where the last one ends.
  private var cuts: [Int] = []
  private var stretches = 0
  /// The spans above the entries that no log holds.
  private var lostAbove: [SpanIndex] = []
  /// What is being put together.
  private var merged: [Entry] = []

  /// Fills the window with the entries expected from `from` to `to`; empty where there are more of them
  /// than `limit`.
  mutating func fill(_ group: OrderClass, from: Int64, to: Int64, limit: Int) {
    held.removeAll(keepingCapacity: true)
    count = 0
    sources = group.sources
    lostAbove = group.lostAbove
    while firsts.count < sources.count { firsts.append(0) }
    for source in sources.indices {
      let places = places(source, from: from, to: to, limit: limit)
      firsts[source] = places.lowerBound
      count += places.count
      held.append(places)
      guard count <= limit else {
        held.removeAll(keepingCapacity: true)
        sources = []
        count = 0
        return
      }
    }
  }

  /// Where in the list of a source that stands which is expected from `from` to `to`; when there is more
  /// than `limit`, where some of that does.
  private func places(_ source: Int, from: Int64, to: Int64, limit: Int) -> Range<Int> {
    let list = sources[source].list
    let usual = sources[source].usual
    let first = list.first(from: usual.anchor(of: from), around: firsts[source])
    let most = min(list.count, first + limit + 1)
    let last = list.first(from: usual.anchor(of: to == .max ? to : to + 1), near: first)
    return first..<min(last, most)
  }

  /// How many entries of one source are expected within a stretch of time that the window reaches.
  func count(_ source: Int, in times: ClosedRange<Int64>) -> Int {
    let places = places(
      source, from: times.lowerBound, to: times.upperBound, limit: held[source].count)
    return places.clamped(to: held[source]).count
  }

  /// How many entries of one source the window holds.
  func count(_ source: Int) -> Int { held[source].count }

  /// Cuts what the window holds into stretches, one more than there are times: a stretch begins with what
  /// is expected at one of the times, which stand in their order.
  ///
  /// The entries are few, and the times nearly as many: each list is gone through place by place.
  mutating func cut(at times: [Int64]) {
    stretches = times.count + 1
    let (sources, held) = (sources, held)
    while cuts.count < sources.count * (stretches + 1) { cuts.append(0) }
    // A span: an array would be asked for each place whether it may be written to.
    var cut = cuts.mutableSpan
    var next = 0
    for source in sources.indices {
      let known = sources[source].list.times
      let usual = sources[source].usual
      let places = held[source]
      var place = places.lowerBound
      cut[next] = place
      next += 1
      for time in times {
        let anchor = usual.anchor(of: time)
        while place < places.upperBound, known[place] < anchor { place += 1 }
        cut[next] = place
        next += 1
      }
      cut[next] = places.upperBound
      next += 1
    }
  }

  /// Puts the entries of one stretch in order.
  mutating func gather(_ stretch: Int, _ nodes: NodeFacts) {
    entries.removeAll(keepingCapacity: true)
    rank = 0
    var at = stretch
    for source in sources.indices {
      let places = cuts[at]..<cuts[at + 1]
      rank += places.lowerBound
      if !places.isEmpty { merge(places, Held(sources[source]), nodes) }
      at += stretches + 1
    }
  }

  /// What is read of a source for each of its entries.
  private struct Held {
    let list: TimedSpans
    let usual: UsualLag
    let name: UInt8

    init(_ source: OrderClass.Source) {
      list = source.list
      usual = source.usual
      name = source.name
    }

    @inline(__always)
    func entry(_ place: Int) -> Entry {
      Entry(
        expected: usual.expected(after: list.times[place]), span: list.spans[place], name: name)
    }
  }

  /// Puts some of what the window holds among the entries; what is expected at one time stands in the
  /// order of its ids.
  private mutating func merge(_ places: Range<Int>, _ source: Held, _ nodes: NodeFacts) {
    guard !entries.isEmpty else {
      for place in places { entries.append(source.entry(place)) }
      return
    }
    merged.removeAll(keepingCapacity: true)
    var place = places.lowerBound
    for known in entries {
      while place < places.upperBound {
        let other = source.entry(place)
        if other.expected > known.expected
          || other.expected == known.expected && key(other.span, nodes) >= key(known.span, nodes)
        {
          break
        }
        merged.append(other)
        place += 1
      }
      merged.append(known)
    }
    while place < places.upperBound {
      merged.append(source.entry(place))
      place += 1
    }
    swap(&entries, &merged)
  }

  /// The key of an entry; one that no log holds has that of the span above it.
  private func key(_ entry: SpanIndex, _ nodes: NodeFacts) -> (UInt64, UInt64) {
    let place = entry.index - nodes.count
    return nodes.key(place < 0 ? entry.index : lostAbove[place].index)
  }
}

extension OrderClass {
  /// How many entries come before that of a span, which is an entry: in the list of each source likely close
  /// to `guesses`.
  func rank(of span: SpanIndex, _ nodes: NodeFacts, near guesses: [Int] = []) -> Int {
    if isLost(span) { return rank(expected: expected(ofLost: span)) }
    let name = nodes.name[span.index]
    guard let own = sources.firstIndex(where: { $0.parentName == name }),
      let expected = sources[own].expected(span, nodes)
    else { return 0 }
    let key = nodes.key(span.index)
    var rank = 0
    for source in sources.indices {
      let list = sources[source].list
      let time = sources[source].usual.anchor(of: expected)
      var low =
        source < guesses.count
        ? list.first(from: time, around: guesses[source])
        : list.first(from: time, in: 0..<list.count)
      let end = time == .max ? list.count : list.first(from: time + 1, near: low)
      var high = end
      while low < high {
        let middle = (low + high) / 2
        let other = self.key(list.spans[middle], nodes)
        if other < key || (other == key && source < own) { low = middle + 1 } else { high = middle }
      }
      // Different spans of one id and time are few, unless a log is made so.
      var steps = 0
      while source == own, steps < Self.sameLimit, low < end, list.spans[low] != span {
        low += 1
        steps += 1
      }
      rank += low
    }
    return rank
  }

  private static let sameLimit = 32

  /// How many entries are expected before a time.
  func rank(expected: Int64) -> Int {
    var rank = 0
    for source in sources {
      let time = source.usual.anchor(of: expected)
      rank += source.list.first(from: time, in: 0..<source.list.count)
    }
    return rank
  }
}
