/// A call that nobody served in the logs, although others of its name were.
///
/// Evidence: a client's span without a span of another process below it, while at least half of the
/// client's spans of its name have one.
///
/// Not reported: calls during which a server's span began that has no parent: it may be theirs.
struct MissingServer: ReviewRule {
  static let name = "missing-server"
  static let caveat =
    "A call that never reached the server, a span that was not sampled and one that was lost look the "
    + "same."

  private struct Count {
    var all = 0
    var served = 0
  }

  /// What tells apart whose shares are taken: process and name.
  private func key(_ row: Int, _ spans: SpanTable) -> UInt64 {
    UInt64(spans.process[row].raw) << 32 | UInt64(spans.name[row].raw)
  }

  func findings(in run: ReviewFacts) -> [Finding] {
    let spans = run.recording.spans
    let clients = (0..<spans.count).filter { run.isListed($0) && spans.kind($0) == .client }
    guard !clients.isEmpty else { return [] }
    var isServed = Array(repeating: false, count: run.reattached.parent.count)
    for row in 0..<spans.count where run.isListed(row) {
      let parent = run.reattached.parent[row]
      guard !parent.isNone, parent.index < spans.count,
        spans.process[parent.index] != spans.process[row]
      else { continue }
      isServed[parent.index] = true
    }
    var numbered = KeyedValues<Count>()
    for row in clients {
      numbered.update(key(row, spans), from: Count()) { count in
        count.all += 1
        if isServed[row] { count.served += 1 }
      }
    }
    let counts = numbered
    let strays = strays(run)
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat, severity: .note)
    for row in clients where !isServed[row] {
      let known = counts[key(row, spans)] ?? Count()
      guard known.served * 2 >= known.all, !mayServe(strays, row, run) else { continue }
      faults.add(row, run)
    }
    return faults.findings(
      run,
      facts: { first in
        [FindingFact("of", .count(counts[key(first.index, spans)]?.all ?? 0))]
      }
    ) { text, first in
      let all = counts[key(first.index, spans)]?.all ?? 0
      return "\(text) of \(NodeLabel.count(all)) without a server's side in the logs"
    }
  }

  /// When servers' spans without a parent began, in order.
  private func strays(_ run: ReviewFacts) -> [Int64] {
    let spans = run.recording.spans
    return (0..<spans.count).filter { row in
      run.isListed(row) && run.reattached.kind[row] == .orphan && spans.kind(row) == .server
        && spans.start[row].isKnown
    }.map { spans.start[$0].nanoseconds }.sorted()
  }

  private func mayServe(_ strays: [Int64], _ row: Int, _ run: ReviewFacts) -> Bool {
    let start = run.recording.spans.start[row].nanoseconds
    let end = run.recording.spans.end[row]
    var low = 0
    var high = strays.count
    while low < high {
      let middle = (low + high) / 2
      if strays[middle] < start { low = middle + 1 } else { high = middle }
    }
    return low < strays.count && (!end.isKnown || strays[low] <= end.nanoseconds)
  }
}
