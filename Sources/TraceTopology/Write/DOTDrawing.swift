/// A line of the finished picture: all lines of one kind between two boxes.
struct DrawnLine: Sendable {
  var from: Int
  var to: Int
  var kind: LineKind
  var count = 0
  /// The lowest confidence among reattachments and candidates.
  var confidence = 1.0
  /// The rule that decided; `nil` if there were several.
  var rule: EvidenceKind?
  /// The item at its end, if it stands for one line only.
  var item: Int
}

/// What a group of items has in common, for the facts of its box.
struct GroupFacts: Sendable {
  var spans = 0
  var tasks = 0
  var errors = 0
  var orphans = 0
  /// Items that a finding marks.
  var marked = 0
  var median: Int64?
  var high: Int64?
  var longest: Int64?
}

extension LineKind {
  /// Lower is kept longer, where not all lines find room.
  fileprivate var rank: Int {
    switch self {
    case .reattached, .candidate: 0
    case .recorded, .spawn: 1
    case .link: 2
    case .runsOn: 3
    }
  }
}

extension PictureGraph {
  /// How long an item took; `nil` if the log does not say.
  func duration(_ item: Int, of topology: Topology) -> Int64? {
    if isSpan(item) {
      let node = spans[item]
      guard !topology.isPlaceholder(node) else { return nil }
      return topology.end(node).since(topology.start(node))
    }
    let record = topology.recording.tasks[task(item)]
    return record.end.since(record.start)
  }

  /// The number of an item's process in the topology.
  func process(_ item: Int, of topology: Topology) -> Int? {
    isSpan(item) ? topology.process(spans[item]) : topology.process(task(item))
  }
}

/// The finished picture: boxes with their clusters and lines, ready to be written.
struct DOTDrawing: Sendable {
  /// Lines up to which a picture is small enough for labels on lines and for careful layout.
  static let fewLines = 250

  let topology: Topology
  let graph: PictureGraph
  let folding: DOTFolding
  private(set) var lines: [DrawnLine] = []
  /// Lines that found no room.
  private(set) var leftOut = 0
  /// For each group the group it hangs on, where that is drawn; the place of "+n" boxes.
  private(set) var above: [Int?]

  init(_ graph: PictureGraph, of topology: Topology, folding: DOTFolding) {
    self.graph = graph
    self.topology = topology
    self.folding = folding
    above = Array(repeating: nil, count: folding.count)
    var table: [UInt64: Int] = [:]
    for item in 0..<graph.count where !graph.parent[item].isNone {
      add(
        PictureLine(from: graph.parent[item], to: ItemIndex(item), kind: graph.line[item]), &table)
    }
    for line in lines where above[line.to] == nil && line.from != line.to {
      above[line.to] = line.from
    }
    for line in graph.extras { add(line, &table) }
    leaveOut(from: room)
  }

  /// Lines that are drawn at most. What `dot` needs grows with the lines that make the picture
  /// something else than a forest: measured with 940 boxes and 1, 1¼, 1½ and 2 random lines for
  /// each, without labels, 1 s, 6 s, 65 s and more than 70 s. Call sites are no forest.
  private var room: Int {
    let boxes = folding.count
    if boxes * 3 <= Self.fewLines { return max(40, boxes * 3) }
    let share = boxes + (folding.stage == .callSites ? min(boxes / 4, 250) : boxes * 3 / 4)
    return max(Self.fewLines, share)
  }

  var isLarge: Bool { lines.count > Self.fewLines }

  /// Keeps the lines that say most: what was inferred or weighed, then what carries most.
  private mutating func leaveOut(from room: Int) {
    guard lines.count > room else { return }
    leftOut = lines.count - room
    let order = lines.indices.sorted { a, b in
      (lines[a].kind.rank, lines[b].count, a) < (lines[b].kind.rank, lines[a].count, b)
    }
    let kept = order.prefix(room).sorted()
    lines = kept.map { lines[$0] }
  }

  /// Joins lines of one kind between the same boxes. A line from a box to itself says something
  /// only where a box stands for one call site: recursion.
  private mutating func add(_ line: PictureLine, _ table: inout [UInt64: Int]) {
    let from = Int(folding.groupOf[line.from.index])
    let to = Int(folding.groupOf[line.to.index])
    if from == to, folding.stage != .callSites || line.kind == .runsOn { return }
    let key = UInt64(from) << 34 | UInt64(to) << 4 | UInt64(line.kind.rawValue)
    var confidence = line.confidence
    var rule: EvidenceKind?
    if line.kind == .reattached, graph.isSpan(line.to.index) {
      let found = topology.reattachments[graph.spans[line.to.index]]
      confidence = found?.confidence ?? 0
      rule = found?.rule
    }
    let row =
      table[key]
      ?? {
        lines.append(
          DrawnLine(from: from, to: to, kind: line.kind, rule: rule, item: line.to.index))
        return lines.count - 1
      }()
    table[key] = row
    lines[row].count += 1
    lines[row].confidence = min(lines[row].confidence, confidence)
    if lines[row].rule != rule { lines[row].rule = nil }
  }

  // MARK: Boxes

  /// The number of the process, or with call sites of the service, whose cluster holds a group.
  func process(of group: Int) -> Int? {
    if folding.kind[group] == .rest {
      return above[group].flatMap { folding.kind[$0] == .rest ? nil : process(of: $0) }
    }
    return folding.members(of: group).first.flatMap { graph.process(Int($0), of: topology) }
  }

  /// The id of a group: its only item's, or one made from the first item's.
  func id(_ group: Int) -> String {
    let first = folding.members(of: group).first.map { graph.id(Int($0)) } ?? ""
    return switch folding.kind[group] {
    case .item: first
    case .alike: "sum-\(first)"
    case .rest: "more-\(first)"
    }
  }

  func facts(of group: Int) -> GroupFacts {
    var facts = GroupFacts()
    var durations: [Int64] = []
    for item in folding.members(of: group).lazy.map(Int.init) {
      if graph.finding(item) != nil { facts.marked += 1 }
      if graph.isSpan(item) {
        let node = graph.spans[item]
        facts.spans += 1
        if topology.status(node) == .error { facts.errors += 1 }
        if topology.kind[node.index] == .orphan { facts.orphans += 1 }
      } else {
        facts.tasks += 1
      }
      if let duration = graph.duration(item, of: topology) { durations.append(duration) }
    }
    durations.sort()
    facts.median = Self.percentile(50, of: durations)
    facts.high = Self.percentile(99, of: durations)
    facts.longest = durations.last
    return facts
  }

  /// The smallest value that is no smaller than that share of all values (nearest rank).
  static func percentile(_ share: Int, of sorted: [Int64]) -> Int64? {
    guard !sorted.isEmpty else { return nil }
    return sorted[max(0, (sorted.count * share + 99) / 100 - 1)]
  }
}
