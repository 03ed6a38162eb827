/// How long before their first child spans of some names began, and how long behind their last one they ended.
///
///     recorded    [load users                      ]
///                     [select]      [select]
///                 lead             tail    ├──────┤
///                 ├───┤
///
/// Of the sorted leads of N spans the k-th least and the k-th greatest enclose that of one more with a
/// probability of (N + 1 − 2k) / (N + 1): what is stated needs no other assumption than that the lost span is
/// like the recorded ones (conformal prediction; Vovk, Gammerman, Shafer 2005).
struct LostTimes: Sendable {
  /// What the recorded spans of one name show: nanoseconds, in order.
  private struct Lengths: Sendable {
    var leads: [Int64] = []
    var tails: [Int64] = []
  }

  private var byName: [StringID: Lengths] = [:]

  /// Spans of a name that are looked at, about.
  private static let sampleSize = 1024
  /// Fewer say nothing.
  private static let fewest = 8
  /// What share of them lies beyond each end of what is stated, if they are many.
  private static let beyond = 0.05
  private static let rowsAtOnce = 4096

  /// Looks at the recorded children of spans of some names.
  init(
    _ spans: SpanTable, _ forest: SpanForest, _ statistics: RuleStatistics, names: Set<StringID>,
    _ threads: Threads
  ) async {
    guard !names.isEmpty else { return }
    let steps = Self.steps(names, statistics)
    let parts = await threads.stretches(of: spans.count, atLeast: Self.rowsAtOnce) { rows in
      var extents: [SpanIndex: ChildExtent] = [:]
      for row in rows where !forest.isAbsorbed[row] && !forest.parent[row].isNone {
        let parent = forest.parent[row]
        let name = spans.name[parent.index].index
        guard name < steps.count, steps[name] > 0,
          spans.spanID[parent.index].isSampled(every: steps[name])
        else { continue }
        let own = ChildExtent(start: spans.start[row], end: spans.end[row])
        extents[parent, default: own].add(own)
      }
      return extents
    }
    var extents: [SpanIndex: ChildExtent] = [:]
    for part in parts {
      for (parent, own) in part { extents[parent, default: own].add(own) }
    }
    for (parent, own) in extents {
      let name = spans.name[parent.index]
      if let lead = own.first.since(spans.start[parent.index]) {
        byName[name, default: Lengths()].leads.append(lead)
      }
      if let tail = spans.end[parent.index].since(own.last) {
        byName[name, default: Lengths()].tails.append(tail)
      }
    }
    for name in byName.keys {
      byName[name]?.leads.sort()
      byName[name]?.tails.sort()
    }
  }

  /// For each name of how many spans one is looked at; 0 for those that nobody asks about.
  private static func steps(_ names: Set<StringID>, _ statistics: RuleStatistics) -> [Int] {
    var steps = Array(repeating: 0, count: (names.map(\.index).max() ?? -1) + 1)
    for name in names {
      let count = statistics.parentCount(name) + statistics.rootCount(name)
      steps[name.index] = SpanID.sampleStep(sampleSize, of: count)
    }
    return steps
  }

  /// When a span began that had a name with some probability, and whose children fill a stretch of time.
  func start(
    of name: StringID, _ confidence: Double, children: ChildExtent
  ) -> InferredSpan.Stretch? {
    guard children.first.isKnown, let range = Self.usual(byName[name]?.leads ?? []) else {
      return nil
    }
    return InferredSpan.Stretch(
      from: children.first.shifted(by: -range.high), to: children.first.shifted(by: -range.low),
      confidence: confidence * range.share)
  }

  /// When it ended.
  func end(
    of name: StringID, _ confidence: Double, children: ChildExtent
  ) -> InferredSpan.Stretch? {
    guard children.last.isKnown, let range = Self.usual(byName[name]?.tails ?? []) else {
      return nil
    }
    return InferredSpan.Stretch(
      from: children.last.shifted(by: range.low), to: children.last.shifted(by: range.high),
      confidence: confidence * range.share)
  }

  /// What encloses nearly all of some sorted lengths, and how likely one more.
  private static func usual(_ lengths: [Int64]) -> (low: Int64, high: Int64, share: Double)? {
    guard lengths.count >= fewest else { return nil }
    let all = lengths.count + 1
    let beyond = max(Int(Self.beyond * Double(all)), 1)
    return (
      lengths[beyond - 1], lengths[lengths.count - beyond],
      Double(all - 2 * beyond) / Double(all)
    )
  }
}
