/// Where the time of a run went: of spans, of trees, and along the critical path of each tree.
struct RunTimes: Sendable {
  var spans = SpanTimes()
  var paths = CriticalPaths()

  /// Fewer paths are not worth a thread of their own.
  private static let stretch = 4096

  /// None: nothing was looked at.
  init() {}

  init(_ run: ReviewFacts, timelines: Timelines, _ threads: Threads) async {
    guard run.recording.spans.count > 0 else { return }
    let (walk, (spans, roots)) = await threads.both(
      { CriticalPathWalk(run, timelines) },
      {
        let root = run.roots()
        let spans = SpanTimes(run, timelines, root: root)
        return (spans, Self.walkedRoots(run, root: root, spans))
      })
    paths = CriticalPaths(
      await threads.stretches(of: roots.count, atLeast: Self.stretch) { numbers in
        var own = walk.share(numbers.count, of: roots.count)
        var table = CriticalPathTable()
        for number in numbers {
          if let path = own.path(of: roots[number]) { table.append(path, of: roots[number]) }
        }
        return table
      })
    self.spans = spans
  }

  /// The roots of trees whose time went somewhere, in the order of their rows.
  private static func walkedRoots(_ run: ReviewFacts, root: [SpanIndex], _ spans: SpanTimes)
    -> [SpanIndex]
  {
    var isPart = Array(repeating: false, count: root.count)
    for row in 0..<root.count where !run.reattached.parent[row].isNone {
      isPart[root[row].index] = true
    }
    var roots: [SpanIndex] = []
    for row in 0..<run.recording.spans.count where run.isListed(row) {
      let span = SpanIndex(row)
      // One span alone of which no scheduler tells is its own path.
      guard root[row] == span, isPart[row] || spans[span] != nil else { continue }
      roots.append(span)
    }
    return roots
  }
}
