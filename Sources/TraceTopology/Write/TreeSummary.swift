/// Sums every tree up.
///
/// Nodes are visited as they stand in the tables, not tree by tree: the spans of a tree lie far apart
/// in a run of many.
struct TreeSummary {
  private let topology: Topology
  private var trees: [Tree] = []
  /// For each node the number of its tree; `unknown` until it was looked for, `none` if a filter left
  /// no way up from it.
  private var tree: [UInt32]
  /// How many levels stand above each node.
  private var depth: [UInt32]

  private static let unknown = UInt32.max
  private static let none = UInt32.max - 1

  private init(_ topology: Topology) {
    self.topology = topology
    tree = LargePages.filled(Self.none, count: topology.parent.count)
    depth = LargePages.filled(UInt32(0), count: topology.parent.count)
  }

  /// The trees in the order of their roots.
  static func trees(of topology: Topology) -> [Tree] {
    guard !topology.spanOrder.isEmpty else { return [] }
    var summary = TreeSummary(topology)
    summary.find()
    for node in topology.parent.indices where summary.tree[node] != none {
      summary.add(SpanIndex(node))
    }
    summary.countTasks()
    return summary.trees
  }

  /// Finds the tree of each listed node.
  private mutating func find() {
    for node in topology.spanOrder {
      tree[node.index] = Self.unknown
      guard topology.parent[node.index].isNone else { continue }
      tree[node.index] = UInt32(truncatingIfNeeded: trees.count)
      trees.append(
        Tree(
          root: node, spans: 0, tasks: 0, depth: 0, start: .unknown, end: .unknown, reattached: 0))
    }
    var way: [Int] = []
    for node in tree.indices where tree[node] == Self.unknown {
      var at = node
      while tree[at] == Self.unknown {
        way.append(at)
        at = topology.parent[at].index
      }
      while let below = way.popLast() {
        tree[below] = tree[at]
        depth[below] = depth[at] &+ 1
        at = below
      }
    }
  }

  private mutating func add(_ node: SpanIndex) {
    let number = Int(tree[node.index])
    trees[number].depth = max(trees[number].depth, Int(depth[node.index]) + 1)
    if !topology.isPlaceholder(node) {
      trees[number].spans += 1
      if topology.kind[node.index] == .reattached { trees[number].reattached += 1 }
    }
    let start = topology.start(node)
    if start.isKnown,
      !trees[number].start.isKnown || start.nanoseconds < trees[number].start.nanoseconds
    {
      trees[number].start = start
    }
    let end = topology.end(node)
    if end.isKnown, !trees[number].end.isKnown || end.nanoseconds > trees[number].end.nanoseconds {
      trees[number].end = end
    }
  }

  /// Counts each task of a tree once.
  private mutating func countTasks() {
    guard topology.recording.tasks.count > 0 else { return }
    let (topology, tree) = (topology, tree)
    let byTask = RowLists(owners: topology.recording.tasks.count, rows: tree.count) { node in
      let task = topology.task(of: SpanIndex(node))
      return tree[node] == Self.none || task.isNone ? nil : task.index
    }
    var last = Array(repeating: -1, count: trees.count)
    for task in 0..<byTask.owners {
      for node in byTask[task] where last[Int(tree[Int(node)])] != task {
        last[Int(tree[Int(node)])] = task
        trees[Int(tree[Int(node)])].tasks += 1
      }
    }
  }
}
