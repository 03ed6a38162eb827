/// What a line of a picture says about the box at its end.
enum LineKind: UInt8, Sendable, CaseIterable {
  /// The log names this parent.
  case recorded
  /// The scheduler saw the spawn.
  case spawn
  /// An inferred parent.
  case reattached
  /// A parent that was weighed for an orphan and not claimed.
  case candidate
  /// An OpenTelemetry link.
  case link
  /// The span ran on this task.
  case runsOn
}

/// A line that is not part of the forest.
struct PictureLine: Sendable {
  var from: ItemIndex
  var to: ItemIndex
  var kind: LineKind
  /// For candidates.
  var confidence = 0.0
}

typealias ItemIndex = Row<PictureGraph>

/// What a picture shows before it is folded: items (drawn spans, then drawn tasks, both in output
/// order) that form a forest, and further lines across it.
///
/// Invariant: following `parent` ends at a root; `cutRings` sees to it.
struct PictureGraph: Sendable {
  var spans: [SpanIndex] = []
  var tasks: [TaskIndex] = []
  /// For each item its number in the topology's order of spans or of tasks.
  var position: [UInt32] = []
  /// For each item the item on which it hangs, and what the line to it says.
  var parent: [ItemIndex] = []
  var line: [LineKind] = []
  var extras: [PictureLine] = []
  /// What findings mark.
  var marks = FindingMarks()

  var count: Int { parent.count }

  func isSpan(_ item: Int) -> Bool { item < spans.count }
  func task(_ item: Int) -> TaskIndex { tasks[item - spans.count] }

  /// The id in this and in every other output.
  func id(_ item: Int) -> String { "\(isSpan(item) ? "s" : "t")\(position[item])" }

  /// Opens every ring at its weakest line. Spans hang on tasks and tasks on spans, so logs that
  /// contradict each other can close a ring that neither of them holds.
  mutating func cutRings() {
    var state = [UInt8](repeating: 0, count: count)
    var path: [Int] = []
    for start in 0..<count where state[start] == 0 {
      var at = ItemIndex(start)
      while !at.isNone, state[at.index] == 0 {
        state[at.index] = 1
        path.append(at.index)
        at = parent[at.index]
      }
      if !at.isNone, state[at.index] == 1, let first = path.firstIndex(of: at.index) {
        cut(ring: path[first...])
      }
      for item in path { state[item] = 2 }
      path.removeAll(keepingCapacity: true)
    }
  }

  private mutating func cut(ring: ArraySlice<Int>) {
    guard let weakest = ring.max(by: { line[$0].rawValue < line[$1].rawValue }) else { return }
    extras.append(
      PictureLine(from: parent[weakest], to: ItemIndex(weakest), kind: line[weakest]))
    parent[weakest] = .none
  }
}

/// The children of each node of a forest, and an order in which parents come first.
struct TreeOrder {
  /// Children of node n: `children[bounds[n] ..< bounds[n + 1]]`, in order.
  private(set) var bounds: [Int]
  private(set) var children: [UInt32]
  private(set) var preorder: [UInt32]

  init(parents: [UInt32]) {
    bounds = Array(repeating: 0, count: parents.count + 1)
    for parent in parents where parent != .max { bounds[Int(parent) + 1] += 1 }
    var node = 0
    while node < parents.count {
      bounds[node + 1] += bounds[node]
      node += 1
    }
    children = Array(repeating: 0, count: bounds[parents.count])
    var next = bounds
    var stack: [UInt32] = []
    for (node, parent) in parents.enumerated() {
      if parent == .max {
        stack.append(UInt32(truncatingIfNeeded: node))
      } else {
        children[next[Int(parent)]] = UInt32(truncatingIfNeeded: node)
        next[Int(parent)] += 1
      }
    }
    stack.reverse()
    preorder = []
    preorder.reserveCapacity(parents.count)
    while let node = stack.popLast() {
      preorder.append(node)
      stack.append(contentsOf: children[bounds[Int(node)]..<bounds[Int(node) + 1]].reversed())
    }
  }
}
