/// Where the time of a run went: of spans, of trees, and along the critical path of each tree.
struct RunTimes: Sendable {
  var spans = SpanTimes()
  var paths = CriticalPathTable()

  /// None: nothing was looked at.
  init() {}

  init(_ run: ReviewFacts, timelines: Timelines) {
    guard run.recording.spans.count > 0 else { return }
    let root = run.roots()
    spans = SpanTimes(run, timelines, root: root)
    var walk = CriticalPathWalk(run, timelines)
    var isPart = Array(repeating: false, count: root.count)
    for row in 0..<root.count where !run.reattached.parent[row].isNone {
      isPart[root[row].index] = true
    }
    for row in 0..<run.recording.spans.count where run.isListed(row) {
      let span = SpanIndex(row)
      // One span alone of which no scheduler tells is its own path.
      guard root[row] == span, isPart[row] || spans[span] != nil else { continue }
      if let path = walk.path(of: span) { paths.append(path, of: span) }
    }
  }
}
