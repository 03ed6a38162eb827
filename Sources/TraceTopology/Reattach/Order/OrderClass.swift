/// The spans of one name in the order of their starts, and the spans that may be their parents in the
/// order in which their children are expected.
struct OrderClass: Sendable {
  /// What is known of the parent of one span.
  enum Label {
    /// The number of its parent among the entries.
    static func isPinned(_ label: Int32) -> Bool { label >= 0 }
    static let open: Int32 = -1
    /// Its parent is no entry: it says nothing about the others.
    static let skipped: Int32 = -2
  }

  /// A span that may be a parent.
  struct Entry: Sendable {
    var span: SpanIndex
    /// When a child is expected: after the usual lag.
    var expected: Int64
    /// Which of the parents' names it has.
    var name: UInt8
  }

  let name: StringID
  /// Spans of the name, by start.
  private(set) var spans: [SpanIndex]
  private(set) var starts: [Int64]
  private(set) var labels: [Int32]
  /// Whether the label was recorded, not inferred.
  private(set) var isRecorded: [Bool]
  private(set) var entries: [Entry]
  /// The share of the spans with a recorded parent whose parent no log holds.
  let missingShare: Double

  static let namesLimit = 4
  private static let sampleSize = 4096
  /// Fewer lags than these say nothing.
  private static let fewestLags = 5
  /// With more likely parents at a time than these, neither order nor lag can tell.
  private static let crowdLimit = 128.0

  /// Nil if there are too few examples.
  ///
  /// `places` holds `Label.skipped` for each node, and so again when this returns: one array for all
  /// classes, for the spans of the run are many more than those of a class.
  init?(
    name: StringID, members byName: ArrivalOrder, nodes: NodeFacts,
    parent: (SpanIndex) -> SpanIndex, isRecorded recorded: (SpanIndex) -> Bool,
    isMissing: (SpanIndex) -> Bool, parentNames: [StringID], places: inout [Int32]
  ) {
    self.name = name
    let members = byName[name]
    let isParentName = { (name: StringID) in parentNames.firstIndex(of: name) }
    var lags: [[LagSample]] = Array(repeating: [], count: parentNames.count)
    for span in members
    where nodes.spanID[span.index].isSampled(Self.sampleSize, of: members.count) {
      let above = parent(span)
      guard !above.isNone, recorded(span), let kind = isParentName(nodes.name[above.index]) else {
        continue
      }
      lags[kind].append(
        LagSample(
          start: nodes.start[span.index].nanoseconds, parentStart: nodes.start[above.index],
          parentEnd: nodes.end[above.index]))
    }
    let usual = lags.map { $0.count >= Self.fewestLags ? UsualLag($0) : nil }
    var crowd = 0.0
    for (kind, samples) in lags.enumerated() {
      if let usual = usual[kind] {
        crowd += Self.crowd(samples, usual, count: byName[parentNames[kind]].count)
      }
    }
    guard crowd <= Self.crowdLimit else { return nil }
    var missing = 0
    var total = 0
    var parents: [SpanIndex] = []
    var spans: [SpanIndex] = []
    var starts: [Int64] = []
    parents.reserveCapacity(members.count)
    spans.reserveCapacity(members.count)
    starts.reserveCapacity(members.count)
    for span in members {
      let above = parent(span)
      if above.isNone {
        if isMissing(span) { missing += 1 }
      } else if recorded(span), isParentName(nodes.name[above.index]) != nil {
        total += 1
      }
      let start = nodes.start[span.index]
      guard start.isKnown else { continue }
      spans.append(span)
      starts.append(start.nanoseconds)
      parents.append(above)
    }
    guard total >= 8 else { return nil }
    self.spans = spans
    self.starts = starts
    missingShare = Double(missing) / Double(missing + total)
    entries = []
    for (kind, model) in usual.enumerated() {
      guard let model else { continue }
      let others = Self.entries(byName[parentNames[kind]], model, kind, nodes)
      entries = Self.merged(entries, others, nodes)
    }
    for (index, entry) in entries.enumerated() {
      places[entry.span.index] = Int32(truncatingIfNeeded: index)
    }
    var labels: [Int32] = []
    var isRecorded: [Bool] = []
    labels.reserveCapacity(spans.count)
    isRecorded.reserveCapacity(spans.count)
    for (span, above) in zip(spans, parents) {
      isRecorded.append(recorded(span))
      if above.isNone {
        labels.append(isMissing(span) ? Label.skipped : Label.open)
      } else {
        labels.append(places[above.index])
      }
    }
    self.labels = labels
    self.isRecorded = isRecorded
    for entry in entries { places[entry.span.index] = Label.skipped }
  }
}

extension OrderClass {
  /// Positions whose recorded parent is an entry.
  var recorded: [Int] { labels.indices.filter { Label.isPinned(labels[$0]) && isRecorded[$0] } }

  /// The spans of one parent's name, by time; what stands at one time by its ids.
  private static func entries(
    _ spans: [SpanIndex], _ model: UsualLag, _ kind: Int, _ nodes: NodeFacts
  ) -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(spans.count)
    let starts = nodes.start
    let ends = nodes.end
    for span in spans {
      guard let expected = model.expected(starts[span.index], ends[span.index]) else { continue }
      entries.append(
        Entry(span: span, expected: expected, name: UInt8(truncatingIfNeeded: kind)))
    }
    TimeSort.sort(&entries, time: { $0.expected }) {
      nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    return entries
  }

  /// Two lists in order as one.
  private static func merged(_ a: [Entry], _ b: [Entry], _ nodes: NodeFacts) -> [Entry] {
    guard !a.isEmpty else { return b }
    var merged: [Entry] = []
    merged.reserveCapacity(a.count + b.count)
    var next = 0
    for entry in a {
      while next < b.count, isOrderedBefore(b[next], entry, nodes) {
        merged.append(b[next])
        next += 1
      }
      merged.append(entry)
    }
    merged.append(contentsOf: b[next...])
    return merged
  }

  private static func isOrderedBefore(_ a: Entry, _ b: Entry, _ nodes: NodeFacts) -> Bool {
    if a.expected != b.expected { return a.expected < b.expected }
    return nodes.key(a.span.index) < nodes.key(b.span.index)
  }

  /// How many spans of one name are likely parents at a time: those that begin within the usual
  /// spread of the lag.
  private static func crowd(_ samples: [LagSample], _ usual: UsualLag, count: Int) -> Double {
    guard let first = samples.map({ $0.start }).min(),
      let last = samples.map({ $0.start }).max(), last > first
    else { return 0 }
    return Double(usual.spread) * Double(count) / Double(last - first)
  }
}

/// The times of one span and of its parent.
struct LagSample: Sendable {
  var start: Int64
  var parentStart: Timestamp
  var parentEnd: Timestamp
}

/// The usual lag of a child behind its parent's start or end, whichever tells more.
struct UsualLag: Sendable {
  private let isFromEnd: Bool
  private let lag: Int64
  /// The width of the middle three fifths of the lags.
  let spread: Int64

  init(_ samples: [LagSample]) {
    let fromStart = samples.filter { $0.parentStart.isKnown }
      .map { $0.start.subtractingSaturated($0.parentStart.nanoseconds) }.sorted()
    let fromEnd = samples.filter { $0.parentEnd.isKnown }
      .map { $0.start.subtractingSaturated($0.parentEnd.nanoseconds) }.sorted()
    isFromEnd =
      fromEnd.count * 2 > samples.count && Self.spread(fromEnd) < Self.spread(fromStart)
    let chosen = isFromEnd ? fromEnd : fromStart
    lag = chosen.isEmpty ? 0 : chosen[chosen.count / 2]
    spread = Self.spread(chosen)
  }

  private static func spread(_ sorted: [Int64]) -> Int64 {
    guard !sorted.isEmpty else { return .max }
    return sorted[sorted.count * 8 / 10].subtractingSaturated(sorted[sorted.count * 2 / 10])
  }

  func expected(_ start: Timestamp, _ end: Timestamp) -> Int64? {
    let anchor = isFromEnd ? end : start
    return anchor.isKnown ? anchor.nanoseconds.addingSaturated(lag) : nil
  }
}
