/// Which nodes hang together: union-find with path halving, so that no inferred parent closes a ring.
struct TreeUnion: Sendable {
  private var leader: [UInt32]

  /// Each node hangs together with its parent; no node is an ancestor of itself.
  init(parents: [SpanIndex]) {
    leader = parents.indices.map { node in
      parents[node].isNone ? UInt32(truncatingIfNeeded: node) : parents[node].raw
    }
  }

  mutating func find(_ node: SpanIndex) -> UInt32 {
    var at = node.raw
    while leader[Int(at)] != at {
      leader[Int(at)] = leader[Int(leader[Int(at)])]
      at = leader[Int(at)]
    }
    return at
  }

  /// Joins the trees of two nodes; false if they are one tree already.
  mutating func join(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let first = find(a)
    let second = find(b)
    guard first != second else { return false }
    leader[Int(first)] = second
    return true
  }
}
