/// Finds traces under whose id unrelated work was put together: a service that takes over a trace id
/// from outside, or an id that is never renewed.
///
/// Trees of one trace belong together if a link joins them, or if they share a process and follow each
/// other closely. Trees headed by a span whose parent is merely lost are not counted. Nothing is torn
/// apart.
struct MergedTraces {
  /// Work of one request in one process leaves no longer silence between its trees, in nanoseconds.
  private static let silence: Int64 = 1_000_000_000

  private let recording: Recording
  private let isAbsorbed: [Bool]
  private let clocks: HostClocks

  /// One tree of a trace.
  private struct Component {
    var head: Int
    var spans = 0
    var first = Int64.max
    var last = Int64.min
    var processes: Set<UInt32> = []
    var group: Int
  }

  /// Adds one diagnostic for each trace with unrelated trees; `parent` holds for each node its final
  /// parent, placeholders after the rows.
  static func report(_ recording: inout Recording, _ forest: SpanForest, parent: [SpanIndex]) {
    let search = MergedTraces(
      recording: recording, isAbsorbed: forest.isAbsorbed, clocks: forest.clocks)
    let traces = search.severalRoots(parent)
    guard !traces.isEmpty else { return }
    let heads = search.heads(parent, of: traces)
    for trace in traces.sorted(by: { recording.traces[$0] < recording.traces[$1] }) {
      guard let message = search.message(trace, heads[trace] ?? []) else { continue }
      recording.diagnostics.report("merged-trace", .warning, input: nil, message)
    }
  }

  /// Traces with more than one span that names no parent and was given none.
  private func severalRoots(_ parent: [SpanIndex]) -> Set<TraceIndex> {
    var roots = Array(repeating: UInt8(0), count: recording.traces.count)
    var found: Set<TraceIndex> = []
    for row in 0..<recording.spans.count where isRoot(row, parent) {
      let trace = recording.spans.trace[row]
      guard recording.traces[trace] != .zero else { continue }
      if roots[trace.index] == 1 { found.insert(trace) }
      roots[trace.index] = 1
    }
    return found
  }

  private func isRoot(_ row: Int, _ parent: [SpanIndex]) -> Bool {
    parent[row].isNone && !isAbsorbed[row] && recording.spans.parentID[row].isNone
      && !recording.spans.hasDamagedID(row)
  }

  /// For each of these traces its rows, each with the node that heads its tree.
  private func heads(
    _ parent: [SpanIndex], of traces: Set<TraceIndex>
  ) -> [TraceIndex: [(row: Int, head: Int)]] {
    var above = parent.map(\.raw)
    var result: [TraceIndex: [(row: Int, head: Int)]] = [:]
    for row in 0..<recording.spans.count
    where !isAbsorbed[row] && traces.contains(recording.spans.trace[row]) {
      var at = row
      while above[at] != .max {
        let next = Int(above[at])
        // Halves the way for those who come later.
        if above[next] != .max { above[at] = above[next] }
        at = next
      }
      result[recording.spans.trace[row], default: []].append((row, at))
    }
    return result
  }

  private func message(_ trace: TraceIndex, _ rows: [(row: Int, head: Int)]) -> String? {
    var components = components(rows)
    join(&components, rows)
    let groups = Dictionary(grouping: components) { $0.group }
      .map {
        (first: $0.value.map(\.first).min() ?? .max, spans: $0.value.reduce(0) { $0 + $1.spans })
      }
      .sorted { ($0.first, $0.spans) < ($1.first, $1.spans) }
    guard groups.count > 1, let first = groups.first, let last = groups.last else { return nil }
    let apart = last.first.subtractingSaturated(first.first) / 1_000_000
    let sizes = groups.prefix(4).map { String($0.spans) }.joined(separator: ", ")
    let rest = groups.count > 4 ? ", …" : ""
    return
      "trace \(recording.traces[trace].hex) holds \(groups.count) groups of spans that nothing "
      + "connects (\(sizes)\(rest) spans), over \(apart) ms: unrelated work under one trace id?"
  }

  /// The trees that a true root heads.
  private func components(_ rows: [(row: Int, head: Int)]) -> [Component] {
    var number: [Int: Int] = [:]
    var components: [Component] = []
    for (row, head) in rows {
      guard head < recording.spans.count, recording.spans.parentID[head].isNone else { continue }
      let place = number[head] ?? components.count
      if place == components.count {
        number[head] = place
        components.append(Component(head: head, group: place))
      }
      let process = recording.spans.process[row]
      components[place].spans += 1
      components[place].processes.insert(process.raw)
      for time in [recording.spans.start[row], recording.spans.end[row]] where time.isKnown {
        let moment = clocks.time(time, of: process).nanoseconds
        components[place].first = min(components[place].first, moment)
        components[place].last = max(components[place].last, moment)
      }
    }
    return components
  }

  /// Puts trees that belong together into one group.
  private func join(_ components: inout [Component], _ rows: [(row: Int, head: Int)]) {
    var leader = Array(components.indices)
    func find(_ place: Int) -> Int {
      var at = place
      while leader[at] != at {
        leader[at] = leader[leader[at]]
        at = leader[at]
      }
      return at
    }
    var latest: [UInt32: Int] = [:]
    let inTime = components.indices.sorted {
      (components[$0].first, components[$0].head) < (components[$1].first, components[$1].head)
    }
    for place in inTime {
      let component = components[place]
      for process in component.processes {
        if let other = latest[process] {
          let gap = component.first.subtractingSaturated(components[other].last)
          if gap <= Self.silence { leader[find(place)] = find(other) }
          if components[other].last >= component.last { continue }
        }
        latest[process] = place
      }
    }
    for (a, b) in linked(components, rows) { leader[find(a)] = find(b) }
    for place in components.indices { components[place].group = find(place) }
  }

  /// Pairs of trees between which a link goes.
  private func linked(_ components: [Component], _ rows: [(row: Int, head: Int)]) -> [(Int, Int)] {
    guard recording.links.count > 0 else { return [] }
    var number: [Int: Int] = [:]
    for place in components.indices { number[components[place].head] = place }
    var home: [SpanID: [Int]] = [:]
    for (row, head) in rows {
      if let place = number[head] { home[recording.spans.spanID[row], default: []].append(place) }
    }
    var pairs: [(Int, Int)] = []
    for (row, head) in rows {
      guard let from = number[head] else { continue }
      for link in recording.links.rows(of: SpanIndex(row)) {
        for to in home[recording.links.target[link]] ?? [] { pairs.append((from, to)) }
      }
    }
    return pairs
  }
}
