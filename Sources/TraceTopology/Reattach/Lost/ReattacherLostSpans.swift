/// What the spans were that no log holds.
extension Reattacher {
  /// A name that is less likely than this is not told.
  private static let leastName = 0.5
  /// No conclusion is certain.
  private static let surest = 0.999

  /// Concludes name and times of each lost parent, by its children and by where it was put.
  mutating func inferLost(_ threads: Threads) async {
    guard policy.listsSpans, !forest.missing.isEmpty else { return }
    let guesses = LostNames(statistics: statistics)
    let likely = forest.missing.indices.map { number in
      guesses.guesses(
        children: names(of: forest.missing[number].children), above: above(number)
      ).first.flatMap { $0.share >= Self.leastName ? $0 : nil }
    }
    let times = await LostTimes(
      recording.spans, forest, statistics, names: Set(likely.compactMap { $0?.name }), threads)
    for (number, guess) in likely.enumerated() {
      guard let guess else { continue }
      let sure = min(guess.share, Self.surest)
      let children = extent(of: forest.missing[number])
      result.placeholders[number].inferred = InferredSpan(
        name: guess.name, confidence: sure,
        start: times.start(of: guess.name, sure, children: children),
        end: times.end(of: guess.name, sure, children: children))
    }
  }

  /// The name of what a lost span was put under, and how sure that is; nil where that has no name.
  private func above(_ number: Int) -> (name: StringID, confidence: Double)? {
    let node = SpanIndex(recording.spans.count + number)
    let parent = result.parent[node.index]
    guard !parent.isNone, parent.index < recording.spans.count else { return nil }
    return (recording.spans.name[parent.index], result.reattachments[node]?.confidence ?? 1)
  }

  private func extent(of missing: MissingParent) -> ChildExtent {
    let spans = recording.spans
    var extent: ChildExtent?
    for child in missing.children {
      let own = ChildExtent(start: spans.start[child.index], end: spans.end[child.index])
      if extent == nil { extent = own } else { extent?.add(own) }
    }
    return extent ?? ChildExtent(start: .unknown, end: .unknown)
  }
}
