/// What calls between two hosts say about the difference of their clocks.
struct ClockBounds: Sendable {
  /// One call: the clock of the second host is ahead of the first one's by `low` to `high`.
  struct Bound: Sendable, Equatable {
    var time: Int64
    var low: Int64
    var high: Int64
    /// Whether the called side begins before its caller, as recorded: no program does that.
    var isReversed = false

    var holdsZero: Bool { low <= 0 && high >= 0 }
  }

  /// Hosts with calls between them; `first` is the lower number. Bounds in order of time.
  struct Pair: Sendable {
    var first: Int
    var second: Int
    var bounds: [Bound]
  }

  /// Calls that are asked for one pair of hosts; more add cost and no certainty.
  private static let limit = 16_384
  /// Writers that keep microseconds cut what is below, on both sides.
  private static let slack: Int64 = 2_000
  /// Stands for a side that is not bounded.
  private static let far: Int64 = 1 << 60

  private(set) var pairs: [Pair] = []

  init(
    _ recording: Recording, parent: [SpanIndex], hosts: Hosts, _ threads: Threads = .one
  ) async {
    let counted = await threads.stretches(of: recording.spans.count, atLeast: Self.rowsAtOnce) {
      rows in
      var counts = KeyedValues<Int>()
      Self.eachCall(rows, recording, parent, hosts) { key, _, _ in counts.add(key, 1) }
      return counts
    }
    let counts = counted.reduce(into: KeyedValues<Int>()) { $0.add($1) }
    guard !counts.values.isEmpty else { return }
    let parts = await threads.stretches(of: recording.spans.count, atLeast: Self.rowsAtOnce) {
      Self.bounds($0, recording, parent, hosts, counts)
    }
    let bounds = parts.reduce(into: [:]) { all, part in all.merge(part) { $0 + $1 } }
    pairs = bounds.keys.sorted().compactMap { key in
      guard var found = bounds[key],
        found.contains(where: { $0.low != -Self.far && $0.high != Self.far })
      else { return nil }
      found.sort { ($0.time, $0.low, $0.high) < ($1.time, $1.low, $1.high) }
      return Pair(first: Int(key >> 32), second: Int(key & 0xFFFF_FFFF), bounds: found)
    }
  }

  /// Fewer rows are not worth a thread of their own.
  private static let rowsAtOnce = 65_536

  /// What some of the calls of some rows say, by their pairs of hosts.
  private static func bounds(
    _ rows: Range<Int>, _ recording: Recording, _ parent: [SpanIndex], _ hosts: Hosts,
    _ counts: KeyedValues<Int>
  ) -> [UInt64: [Bound]] {
    var bounds: [UInt64: [Bound]] = [:]
    eachCall(rows, recording, parent, hosts) { key, child, isForward in
      guard recording.spans.spanID[child].isSampled(limit, of: counts[key] ?? 0),
        var bound = bound(recording.spans, child, parent[child].index)
      else { return }
      if !isForward { (bound.low, bound.high) = (-bound.high, -bound.low) }
      bounds[key, default: []].append(bound)
    }
    return bounds
  }

  /// Each span whose parent was on another host and called it; forward if the parent's host is the
  /// lower number.
  private static func eachCall(
    _ rows: Range<Int>, _ recording: Recording, _ parent: [SpanIndex], _ hosts: Hosts,
    _ body: (_ key: UInt64, _ child: Int, _ isForward: Bool) -> Void
  ) {
    let spans = recording.spans
    for row in rows where !parent[row].isNone {
      let above = parent[row].index
      guard spans.process[row] != spans.process[above], !spans.process[row].isNone,
        !spans.process[above].isNone, isCall(spans.kind(above), spans.kind(row))
      else { continue }
      let caller = hosts.number[spans.process[above].index]
      let called = hosts.number[spans.process[row].index]
      guard caller != called else { continue }
      let key = UInt64(min(caller, called)) << 32 | UInt64(max(caller, called))
      body(key, row, caller < called)
    }
  }

  private static func isCall(_ caller: SpanKind, _ called: SpanKind) -> Bool {
    (caller == .client && called == .server) || (caller == .producer && called == .consumer)
  }

  /// The range in which the called host's clock is ahead of the caller's; nil where a call outlasted
  /// its caller, or times are missing. A message says only that it was sent before it was taken.
  private static func bound(_ spans: SpanTable, _ called: Int, _ caller: Int) -> Bound? {
    guard let late = spans.start[called].since(spans.start[caller]),
      late.magnitude < UInt64(far) - UInt64(slack)
    else { return nil }
    var bound = Bound(
      time: spans.start[called].nanoseconds, low: -far, high: late.addingSaturated(slack),
      isReversed: late < -slack)
    guard spans.kind(called) == .server, let over = spans.end[called].since(spans.end[caller])
    else { return bound }
    bound.low = max(-far, over.subtractingSaturated(slack))
    return bound.low <= bound.high ? bound : nil
  }
}
