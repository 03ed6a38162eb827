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

  /// What the window holds, source by source.
  private(set) var all: [Entry] = []
  /// Some of the entries, one behind the other, and how many of all there are come before the first one.
  private(set) var entries: [Entry] = []
  private(set) var rank = 0
  private var sources: [Source] = []
  /// For each source where each stretch begins among its entries, and where the last one ends.
  private var cuts: [Int] = []
  private var stretches = 0
  /// The spans above the entries that no log holds.
  private var lostAbove: [SpanIndex] = []
  /// What is being put together.
  private var merged: [Entry] = []

  /// The entries of one source: how many come before the window, and where they stand in it.
  private struct Source {
    var before: Int
    var places: Range<Int>
  }

  /// How many entries the window holds.
  var count: Int { all.count }

  /// Fills the window with the entries expected from `from` to `to`; empty where there are more of them
  /// than `limit`.
  mutating func fill(_ group: OrderClass, from: Int64, to: Int64, limit: Int) {
    all.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    lostAbove = group.lostAbove
    for source in group.sources {
      let usual = source.usual
      let times = source.list.times
      let first = source.list.first(from: usual.anchor(of: from), in: 0..<times.count)
      let most = min(times.count, first + limit + 1)
      let last = source.list.first(
        from: usual.anchor(of: to == .max ? to : to + 1), in: first..<most)
      let begin = all.count
      guard begin + last - first <= limit else {
        all.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        return
      }
      let spans = source.list.spans
      all.append(
        contentsOf: (first..<last).lazy.map { place in
          Entry(
            expected: usual.expected(after: times[place]), span: spans[place], name: source.name)
        })
      sources.append(Source(before: first, places: begin..<all.count))
    }
  }

  /// Cuts what the window holds into stretches, one more than there are times: a stretch begins with what
  /// is expected at one of the times, which stand in their order.
  mutating func cut(at times: [Int64]) {
    cuts.removeAll(keepingCapacity: true)
    stretches = times.count + 1
    for source in sources {
      cuts.append(source.places.lowerBound)
      var next = 0
      for place in source.places {
        let expected = all[place].expected
        while next < times.count, expected >= times[next] {
          cuts.append(place)
          next += 1
        }
        if next == times.count { break }
      }
      for _ in next...times.count { cuts.append(source.places.upperBound) }
    }
  }

  /// Puts the entries of one stretch in order.
  mutating func gather(_ stretch: Int, _ nodes: NodeFacts) {
    entries.removeAll(keepingCapacity: true)
    rank = 0
    var at = stretch
    for source in sources {
      rank += source.before + cuts[at] - source.places.lowerBound
      merge(cuts[at]..<cuts[at + 1], nodes)
      at += stretches + 1
    }
  }

  /// Puts some of what the window holds among the entries; what is expected at one time stands in the
  /// order of its ids.
  private mutating func merge(_ places: Range<Int>, _ nodes: NodeFacts) {
    guard !places.isEmpty else { return }
    guard !entries.isEmpty else { return entries.append(contentsOf: all[places]) }
    merged.removeAll(keepingCapacity: true)
    var place = places.lowerBound
    for entry in entries {
      while place < places.upperBound, all[place].expected <= entry.expected {
        let other = all[place]
        if other.expected == entry.expected,
          key(other.span, nodes) >= key(entry.span, nodes)
        {
          break
        }
        merged.append(other)
        place += 1
      }
      merged.append(entry)
    }
    merged.append(contentsOf: all[place..<places.upperBound])
    swap(&entries, &merged)
  }

  /// The key of an entry; one that no log holds has that of the span above it.
  private func key(_ entry: SpanIndex, _ nodes: NodeFacts) -> (UInt64, UInt64) {
    let place = entry.index - nodes.count
    return nodes.key(place < 0 ? entry.index : lostAbove[place].index)
  }
}

extension OrderClass {
  /// How many entries come before that of a span, which is an entry.
  func rank(of span: SpanIndex, _ nodes: NodeFacts) -> Int {
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
      var low = list.first(from: time, in: 0..<list.count)
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
