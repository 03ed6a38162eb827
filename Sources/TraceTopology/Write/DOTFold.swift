/// What became of the items of a picture: each belongs to one group, and each group is one box.
struct DOTFolding: Sendable {
  /// What a group stands for.
  enum Kind: UInt8, Sendable {
    /// One item, drawn as itself.
    case item
    /// Items that are alike.
    case alike
    /// Whatever else hangs on the group before it, or on nothing.
    case rest
  }

  /// How far folding had to go.
  enum Stage: UInt8, Sendable {
    case none
    /// Siblings of the same shape are one box.
    case shapes
    /// Siblings of the same name are one box, whatever hangs on them.
    case paths
    /// As before, and small subtrees are one "+n" box on their parent.
    case trimmed
    /// All spans of one name and service are one box.
    case callSites
  }

  var stage: Stage
  var groupOf: [UInt32]
  var kind: [Kind]
  /// Orphans alone were too many and were folded as well.
  var foldedOrphans = false
  /// What findings are about alone was too much and was folded as well, finding by finding.
  var foldedFindings = false

  /// Items of group g in order: `members[bounds[g] ..< bounds[g + 1]]`.
  private(set) var bounds: [Int]
  private(set) var members: [UInt32]

  /// Groups as numbered by `groupOf`. Those in `rests` are rest boxes, all others hold what is
  /// alike.
  init(stage: Stage, groupOf: [UInt32], count: Int, rests: Range<Int>) {
    self.stage = stage
    self.groupOf = groupOf
    bounds = Array(repeating: 0, count: count + 1)
    for group in groupOf { bounds[Int(group) + 1] += 1 }
    for group in 0..<count { bounds[group + 1] += bounds[group] }
    members = Array(repeating: 0, count: groupOf.count)
    var next = bounds
    for (item, group) in groupOf.enumerated() {
      members[next[Int(group)]] = UInt32(truncatingIfNeeded: item)
      next[Int(group)] += 1
    }
    kind = []
    for group in 0..<count {
      let isSingle = bounds[group + 1] - bounds[group] == 1
      kind.append(rests.contains(group) ? .rest : isSingle ? .item : .alike)
    }
  }

  var count: Int { kind.count }

  func members(of group: Int) -> ArraySlice<UInt32> { members[bounds[group]..<bounds[group + 1]] }
}

/// Folds a picture until its boxes are no more than a limit.
///
/// Each step is tried on the whole picture and the first that fits wins, so a picture is never
/// folded further than it must be:
///
/// 1. siblings of the same shape (name, process, kind, and below them the same shapes) ×N
/// 2. siblings of the same name ×N, whatever is below them
/// 3. as 2, and the lightest subtrees become "+n" boxes, if that hides no more than a tenth
/// 4. all items of one name and service ×N: the picture of call sites
/// 5. as 3, however much it hides: this always fits
///
/// What a finding is about, orphans, and placeholders on which orphans hang are never folded, unless
/// these alone exceed the limit; findings stay longer than orphans. No step recurses; each costs n log n at most.
struct DOTFolder {
  let topology: Topology
  let graph: PictureGraph
  let limit: Int
  /// For each item whether it keeps a box of its own.
  private var isKept: [Bool]

  init(_ graph: PictureGraph, of topology: Topology, limit: Int) {
    self.topology = topology
    self.graph = graph
    self.limit = max(1, limit)
    isKept = []
  }

  static func fold(_ graph: PictureGraph, of topology: Topology, limit: Int) -> DOTFolding {
    var folder = DOTFolder(graph, of: topology, limit: limit)
    return folder.fold()
  }

  private mutating func fold() -> DOTFolding {
    guard graph.count > limit else {
      let own = (0..<graph.count).map { UInt32(truncatingIfNeeded: $0) }
      return DOTFolding(stage: .none, groupOf: own, count: own.count, rests: 0..<0)
    }
    let marked = (0..<graph.count).map { graph.finding($0) != nil }
    isKept = unfoldable()
    for item in 0..<graph.count where marked[item] { isKept[item] = true }
    let foldsOrphans = isKept.count(where: \.self) >= limit
    if foldsOrphans { isKept = marked }
    let foldsFindings = marked.count(where: \.self) >= limit
    if foldsFindings { isKept = Array(repeating: false, count: graph.count) }
    let tree = TreeOrder(parents: graph.parent.map(\.raw))
    var folding = fold(tree)
    folding.foldedOrphans = foldsOrphans
    folding.foldedFindings = foldsFindings
    return folding
  }

  private func fold(_ tree: TreeOrder) -> DOTFolding {
    let names = labels(byService: false)
    let alike = group(tree, by: shapes(tree, labels: names))
    if alike.count <= limit {
      return DOTFolding(stage: .shapes, groupOf: alike.groupOf, count: alike.count, rests: 0..<0)
    }
    let paths = group(tree, by: names)
    if paths.count <= limit {
      return DOTFolding(stage: .paths, groupOf: paths.groupOf, count: paths.count, rests: 0..<0)
    }
    var trim = DOTTrim(self, tree: tree, groups: paths)
    let trimmed = trim.folding(keeping: isKept)
    if trim.hidden <= graph.count / 10 { return trimmed }
    return foldedByCallSite() ?? trimmed
  }

  /// Orphans, placeholders that are orphans themselves, and placeholders on which orphans hang.
  private func unfoldable() -> [Bool] {
    var keeps = [Bool](repeating: false, count: graph.count)
    for (row, node) in graph.spans.enumerated() where topology.kind[node.index] == .orphan {
      keeps[row] = true
      let above = graph.parent[row]
      if !above.isNone, graph.isSpan(above.index),
        topology.isPlaceholder(graph.spans[above.index])
      {
        keeps[above.index] = true
      }
    }
    return keeps
  }

  // MARK: What is alike

  /// For each item a number that items of the same name, place and kind share.
  private func labels(byService: Bool) -> [UInt32] {
    var table = PairTable()
    return (0..<graph.count).map { item in
      let name: StringID
      let process: Int?
      var traits: UInt32
      if graph.isSpan(item) {
        let node = graph.spans[item]
        // Lost spans are alike where they are believed to be.
        name = topology.inferred(node)?.name ?? topology.name(node)
        process = topology.process(node)
        traits = UInt32(topology.spanKind(node).rawValue)
        if topology.isPlaceholder(node) { traits |= 8 }
        if topology.kind[node.index] == .orphan {
          traits |= 16 | UInt32(topology.cause[node.index].rawValue) << 8
        }
      } else {
        let task = topology.recording.tasks[graph.task(item)]
        name = task.entry == .empty && task.number == nil ? task.label : task.entry
        process = topology.process(graph.task(item))
        traits = 32 | UInt32(task.kind.rawValue)
      }
      let place =
        byService
        ? process.map { topology.processes[$0].record.service.raw } ?? .max
        : process.map { UInt32(truncatingIfNeeded: $0) } ?? .max
      var label = table.number(name.raw, place)
      if let finding = graph.finding(item) {
        label = table.number(label, UInt32(truncatingIfNeeded: finding) | 1 << 30)
      }
      return table.number(label, traits | 1 << 31)
    }
  }

  /// For each item a number that items of the same label with the same shapes below them share.
  /// Children are a set: a request that asked a database twice is like one that asked thrice.
  private func shapes(_ tree: TreeOrder, labels: [UInt32]) -> [UInt32] {
    var lists = PairTable()
    var table = PairTable()
    var shape = labels
    var below: [UInt32] = []
    for item in tree.preorder.reversed() {
      let children = tree.children[tree.bounds[Int(item)]..<tree.bounds[Int(item) + 1]]
      below.removeAll(keepingCapacity: true)
      for child in children { below.append(shape[Int(child)]) }
      if below.count > 1 { below.sort() }
      var list = UInt32.max
      for (offset, child) in below.enumerated() where offset == 0 || below[offset - 1] != child {
        list = lists.number(list, child)
      }
      shape[Int(item)] = table.number(list, labels[Int(item)])
    }
    return shape
  }

  // MARK: Grouping

  /// Groups of siblings; numbered so that a group comes after the one on which it hangs.
  struct Groups {
    var groupOf: [UInt32]
    var count: Int
  }

  /// Joins the children of one group that have the same key. Items that keep their own box are
  /// joined with nothing.
  private func group(_ tree: TreeOrder, by key: [UInt32]) -> Groups {
    var table = PairTable()
    var groupOf = [UInt32](repeating: 0, count: graph.count)
    for item in tree.preorder.lazy.map(Int.init) {
      let parent = graph.parent[item]
      let above = parent.isNone ? UInt32.max : groupOf[parent.index]
      groupOf[item] = isKept[item] ? table.fresh() : table.number(above, key[item])
    }
    return Groups(groupOf: groupOf, count: table.count)
  }

  private func foldedByCallSite() -> DOTFolding? {
    let key = labels(byService: true)
    var table = PairTable()
    var groupOf: [UInt32] = []
    groupOf.reserveCapacity(graph.count)
    for item in 0..<graph.count {
      groupOf.append(isKept[item] ? table.fresh() : table.number(.max, key[item]))
      if table.count > limit { return nil }
    }
    return DOTFolding(stage: .callSites, groupOf: groupOf, count: table.count, rests: 0..<0)
  }
}

/// Numbers pairs of numbers in order of first appearance.
struct PairTable {
  private var pairs = KeyNumbers()
  /// For each pair its number.
  private var numbers: [UInt32] = []
  private(set) var count = 0

  /// The number of this pair, new or known.
  mutating func number(_ a: UInt32, _ b: UInt32) -> UInt32 {
    let pair = pairs.number(of: UInt64(a) << 32 | UInt64(b))
    if pair.isNew { numbers.append(fresh()) }
    return numbers[pair.number]
  }

  /// A number that no pair gets.
  mutating func fresh() -> UInt32 {
    defer { count += 1 }
    return UInt32(truncatingIfNeeded: count)
  }
}
