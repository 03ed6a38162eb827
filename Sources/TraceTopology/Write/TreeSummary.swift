/// Walks every tree once and sums it up.
enum TreeSummary {
  /// The trees in the order of their roots.
  static func trees(of topology: Topology) -> [Tree] {
    guard !topology.spanOrder.isEmpty else { return [] }
    let count = topology.parent.count
    var isListed = Array(repeating: false, count: count)
    for node in topology.spanOrder { isListed[node.index] = true }
    let children = RowLists(owners: count, rows: count) {
      topology.parent[$0].isNone || !isListed[$0] ? nil : topology.parent[$0].index
    }
    var lastTree = Array(repeating: -1, count: topology.recording.tasks.count)
    var trees: [Tree] = []
    var level: [SpanIndex] = []
    var next: [SpanIndex] = []
    for root in topology.spanOrder where topology.parent[root.index].isNone {
      var tree = Tree(
        root: root, spans: 0, tasks: 0, depth: 0, start: .unknown, end: .unknown, reattached: 0)
      level = [root]
      while !level.isEmpty {
        tree.depth += 1
        next.removeAll(keepingCapacity: true)
        for node in level {
          add(node, to: &tree, number: trees.count, topology, &lastTree)
          for child in children[node.index] { next.append(SpanIndex(raw: child)) }
        }
        swap(&level, &next)
      }
      trees.append(tree)
    }
    return trees
  }

  private static func add(
    _ node: SpanIndex, to tree: inout Tree, number: Int, _ topology: Topology,
    _ lastTree: inout [Int]
  ) {
    if !topology.isPlaceholder(node) { tree.spans += 1 }
    if topology.kind[node.index] == .reattached, !topology.isPlaceholder(node) {
      tree.reattached += 1
    }
    let task = topology.task(of: node)
    if !task.isNone, lastTree[task.index] != number {
      lastTree[task.index] = number
      tree.tasks += 1
    }
    let start = topology.start(node)
    if start.isKnown, !tree.start.isKnown || start.nanoseconds < tree.start.nanoseconds {
      tree.start = start
    }
    let end = topology.end(node)
    if end.isKnown, !tree.end.isKnown || end.nanoseconds > tree.end.nanoseconds { tree.end = end }
  }
}
