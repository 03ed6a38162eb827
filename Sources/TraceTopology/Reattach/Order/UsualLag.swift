/// The times of one span and of its parent.
struct LagSample: Sendable {
  var start: Int64
  var parentStart: Timestamp
  var parentEnd: Timestamp

  init(start: Int64, below parent: SpanIndex, _ nodes: NodeFacts) {
    self.start = start
    parentStart = nodes.start[parent.index]
    parentEnd = nodes.end[parent.index]
  }
}

/// The usual lag of a child behind its parent's start or end, whichever tells more.
struct UsualLag: Sendable {
  let isFromEnd: Bool
  let lag: Int64
  /// The width of the middle three fifths of the lags.
  let spread: Int64

  init(_ samples: [LagSample]) {
    let fromStart = samples.filter { $0.parentStart.isKnown }
      .map { $0.start.subtractingSaturated($0.parentStart.nanoseconds) }.sorted()
    let fromEnd = samples.filter { $0.parentEnd.isKnown }
      .map { $0.start.subtractingSaturated($0.parentEnd.nanoseconds) }.sorted()
    isFromEnd = fromEnd.count * 2 > samples.count && Self.tellsMore(samples, fromEnd, fromStart)
    let chosen = isFromEnd ? fromEnd : fromStart
    lag = chosen.isEmpty ? 0 : chosen[chosen.count / 2]
    spread = Self.spread(chosen)
  }

  /// Whether children follow their parents' ends better than their starts: in the order of them, or, if
  /// both orders are as good, at more equal lags.
  private static func tellsMore(
    _ samples: [LagSample], _ fromEnd: [Int64], _ fromStart: [Int64]
  ) -> Bool {
    let byEnd = overtakings(samples) { $0.parentEnd }
    let byStart = overtakings(samples) { $0.parentStart }
    if max(byEnd, byStart) > 2 * min(byEnd, byStart) + 4 { return byEnd < byStart }
    return spread(fromEnd) < spread(fromStart)
  }

  /// How often a child comes before the next one though its parent's time is later. The samples stand
  /// in the order in which work came to their tasks.
  @inline(__always)
  private static func overtakings(_ samples: [LagSample], _ time: (LagSample) -> Timestamp) -> Int {
    var count = 0
    var last = Int64.min
    for sample in samples {
      let own = time(sample)
      guard own.isKnown else { continue }
      if own.nanoseconds < last { count += 1 }
      last = own.nanoseconds
    }
    return count
  }

  private static func spread(_ sorted: [Int64]) -> Int64 {
    guard !sorted.isEmpty else { return .max }
    return sorted[sorted.count * 8 / 10].subtractingSaturated(sorted[sorted.count * 2 / 10])
  }

  /// How often a child comes before the next one though its parent's time is later.
  func overtakings(_ samples: [LagSample]) -> Int {
    Self.overtakings(samples) { isFromEnd ? $0.parentEnd : $0.parentStart }
  }

  /// When a child of a span is expected; nil if the time it is told by is not known.
  @inline(__always)
  func expected(_ start: @autoclosure () -> Timestamp, _ end: @autoclosure () -> Timestamp)
    -> Int64?
  {
    let anchor = isFromEnd ? end() : start()
    return anchor.isKnown ? expected(after: anchor.nanoseconds) : nil
  }

  /// When a child is expected of a span that began, or ended, at `anchor`.
  func expected(after anchor: Int64) -> Int64 { anchor.addingSaturated(lag) }

  /// When a span must have begun, or ended, for a child to be expected at `time`.
  func anchor(of time: Int64) -> Int64 { time.subtractingSaturated(lag) }
}
