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

  private struct Class: Hashable {
    var process: ProcessIndex
    var name: StringID
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
    var counts: [Class: (all: Int, served: Int)] = [:]
    for row in clients {
      let known = counts[Class(process: spans.process[row], name: spans.name[row])] ?? (0, 0)
      counts[Class(process: spans.process[row], name: spans.name[row])] =
        (known.all + 1, known.served + (isServed[row] ? 1 : 0))
    }
    let strays = strays(run)
    var faults = SpanFaults(rule: Self.name, caveat: Self.caveat, severity: .note)
    for row in clients where !isServed[row] {
      let known = counts[Class(process: spans.process[row], name: spans.name[row])] ?? (0, 0)
      guard known.served * 2 >= known.all, !mayServe(strays, row, run) else { continue }
      faults.add(row, run)
    }
    return faults.findings(
      run,
      facts: { first in
        let known =
          counts[Class(process: spans.process[first.index], name: spans.name[first.index])]
        return [FindingFact("of", .count(known?.all ?? 0))]
      }
    ) { text, first in
      let known = counts[Class(process: spans.process[first.index], name: spans.name[first.index])]
      return "\(text) of \(NodeLabel.count(known?.all ?? 0)) without a server's side in the logs"
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
