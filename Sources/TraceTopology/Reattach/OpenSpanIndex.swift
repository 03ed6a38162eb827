/// Answers "which span was open on this task at this time", for the innermost one.
///
/// The spans of a task stand in the order of their starts; `enclosing` leads from each to the nearest
/// earlier one that ends later (a monotone stack built it), so a question is one binary search and a
/// few steps up.
///
///     time       0 ........................ 90
///     0          [-----------------------------]     enclosing: none
///     1             [------]                         enclosing: 0
///     2                [--]                          enclosing: 1
///     3                        [---]                 enclosing: 0
struct OpenSpanIndex: Sendable {
  private let bounds: [Int]
  /// Spans, task by task.
  private let spans: [SpanIndex]
  private let starts: [Int64]
  private let ends: [Int64]
  private let enclosing: [Int32]
  private let positions: [Int32]

  init(taskCount: Int, nodes: NodeFacts) {
    let ends = { (node: Int) -> Int64 in
      let end = nodes.end[node]
      return end.isKnown ? end.nanoseconds : .max
    }
    var lists = RowLists(owners: nodes.count > 0 ? taskCount : 0, rows: nodes.count) { node in
      nodes.task[node].isNone || !nodes.start[node].isKnown ? nil : nodes.task[node].index
    }
    lists.sortEach { first, second in
      let a = Int(first)
      let b = Int(second)
      if nodes.start[a] != nodes.start[b] {
        return nodes.start[a].nanoseconds < nodes.start[b].nanoseconds
      }
      if ends(a) != ends(b) { return ends(a) > ends(b) }
      return nodes.key(a) < nodes.key(b)
    }
    bounds = lists.start
    spans = lists.list.map { SpanIndex(raw: $0) }
    starts = spans.map { nodes.start[$0.index].nanoseconds }
    let endings = spans.map { ends($0.index) }
    self.ends = endings
    enclosing = Self.enclosing(endings, bounds: bounds)
    var positions = Array(repeating: Int32(-1), count: nodes.count)
    for index in 0..<spans.count {
      positions[spans[index].index] = Int32(truncatingIfNeeded: index)
    }
    self.positions = positions
  }

  private static func enclosing(_ ends: [Int64], bounds: [Int]) -> [Int32] {
    var result = Array(repeating: Int32(-1), count: ends.count)
    for task in 0..<max(bounds.count - 1, 0) {
      for position in bounds[task]..<bounds[task + 1] {
        var above = position - 1 >= bounds[task] ? Int32(position - 1) : -1
        while above >= 0, ends[Int(above)] <= ends[position] { above = result[Int(above)] }
        result[position] = above
      }
    }
    return result
  }

  /// All spans that are on a task: task by task, by their starts.
  var spansByTask: [SpanIndex] { spans }

  /// Whether any span began on this task.
  func isEmpty(_ task: TaskIndex) -> Bool {
    spans.isEmpty || bounds[task.index] == bounds[task.index + 1]
  }

  /// The number of spans that began on a task before this one; nil if it is on no task.
  func rank(of span: SpanIndex, on task: TaskIndex) -> Int? {
    guard span.index < positions.count, positions[span.index] >= 0 else { return nil }
    return Int(positions[span.index]) - bounds[task.index]
  }

  /// What was open on a task at a moment, and what had ended last before it.
  struct View: Sendable {
    var open = SpanIndex.none
    var openStart = Int64.min
    /// When the open span ends; unended ones at the end of time.
    var openEnd = Int64.max
    var lastEnded = SpanIndex.none
    var lastEnd = Int64.min
  }

  /// Looks at a task at `time`; spans from `before` on (a rank) are left out.
  func view(_ task: TaskIndex, at time: Int64, before rank: Int? = nil) -> View {
    var view = View()
    guard !spans.isEmpty else { return view }
    let first = bounds[task.index]
    var high = bounds[task.index + 1]
    if let rank, rank < high - first { high = first + rank }
    var low = first
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= time { low = middle + 1 } else { high = middle }
    }
    var at = Int32(low - 1)
    guard low > first else { return view }
    while at >= 0 {
      let position = Int(at)
      if ends[position] > time {
        view.open = spans[position]
        view.openStart = starts[position]
        view.openEnd = ends[position]
        return view
      }
      // Going outwards, ends only grow.
      view.lastEnded = spans[position]
      view.lastEnd = ends[position]
      at = enclosing[position]
    }
    return view
  }

  /// When the first span after `time` begins on a task; the end of time if none does.
  func nextStart(_ task: TaskIndex, after time: Int64) -> Int64 {
    guard !spans.isEmpty else { return .max }
    var low = bounds[task.index]
    var high = bounds[task.index + 1]
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low < bounds[task.index + 1] ? starts[low] : .max
  }
}
