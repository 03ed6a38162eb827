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

  /// How many entries the window holds.
  private(set) var count = 0
  /// Some of them, one behind the other, and how many of all entries come before the first of these.
  private(set) var entries: [Entry] = []
  private(set) var rank = 0
  /// Which of each source's spans the window holds.
  private var places: [Range<Int>] = []
  /// What is being put together, and what of it was put together before.
  private var merged: [Entry] = []
  private var others: [Entry] = []

  /// Fills the window with the entries expected from `from` to `to`; empty where there are more of them
  /// than `limit`.
  mutating func fill(_ group: OrderClass, from: Int64, to: Int64, limit: Int) {
    places.removeAll(keepingCapacity: true)
    count = 0
    for source in group.sources {
      let usual = source.usual
      let all = source.list.count
      let first = source.list.first(from: usual.anchor(of: from), in: 0..<all)
      let most = min(all, first + limit + 1)
      let last = source.list.first(
        from: usual.anchor(of: to == .max ? to : to + 1), in: first..<most)
      count += last - first
      guard count <= limit else {
        count = 0
        return
      }
      places.append(first..<last)
    }
  }

  /// Puts those entries of the window in order that are expected within a part of it: whether the start
  /// or the end of the part is reached is told by when an entry is expected, as it is of all later ones.
  mutating func gather(
    _ group: OrderClass, _ nodes: NodeFacts,
    isReached: (_ expected: Int64, _ isEnd: Bool) -> Bool
  ) {
    entries.removeAll(keepingCapacity: true)
    rank = 0
    guard count > 0 else { return }
    for (source, places) in zip(group.sources, places) {
      let usual = source.usual
      let times = source.list.times
      let first = Self.first(in: places) { isReached(usual.expected(after: times[$0]), false) }
      let last = Self.first(in: first..<places.upperBound) {
        isReached(usual.expected(after: times[$0]), true)
      }
      rank += first
      guard first < last else { continue }
      others.removeAll(keepingCapacity: true)
      for place in first..<last {
        others.append(
          Entry(
            expected: usual.expected(after: times[place]), span: source.list.spans[place],
            name: source.name))
      }
      merge(nodes)
    }
  }

  /// The first of some places for which something holds, as it does for all later ones.
  @inline(__always)
  private static func first(in places: Range<Int>, where holds: (Int) -> Bool) -> Int {
    var low = places.lowerBound
    var high = places.upperBound
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Puts the others among the entries; what is expected at one time stands in the order of its ids.
  private mutating func merge(_ nodes: NodeFacts) {
    guard !entries.isEmpty else {
      swap(&entries, &others)
      return
    }
    guard !others.isEmpty else { return }
    merged.removeAll(keepingCapacity: true)
    var place = 0
    for entry in entries {
      while place < others.count, others[place].expected <= entry.expected {
        let other = others[place]
        if other.expected == entry.expected,
          nodes.key(other.span.index) >= nodes.key(entry.span.index)
        {
          break
        }
        merged.append(other)
        place += 1
      }
      merged.append(entry)
    }
    merged.append(contentsOf: others[place...])
    swap(&entries, &merged)
  }
}

extension OrderClass {
  /// How many entries come before that of a span, which is an entry.
  func rank(of span: SpanIndex, _ nodes: NodeFacts) -> Int {
    let name = nodes.name[span.index]
    guard let own = sources.firstIndex(where: { $0.parentName == name }),
      let expected = sources[own].usual.expected(nodes.start[span.index], nodes.end[span.index])
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
        let other = nodes.key(list.spans[middle].index)
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
}
