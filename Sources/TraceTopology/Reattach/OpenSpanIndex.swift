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
  /// What a question reads of one span stands together: it is one line of the cache, mostly.
  private struct Row {
    var start: Int64
    /// The end of time if the span never ended.
    var end: Int64
    /// The row of the nearest earlier span that ends later; -1 if there is none.
    var enclosing: Int32
    var span: SpanIndex
  }

  /// Where the rows of each task begin, and where the last ones end.
  private let bounds: [UInt32]
  /// Task by task.
  private let rows: [Row]
  /// For each node its place among the rows of all tasks; empty if there are none.
  private let positions: [Int32]

  /// Nodes that are on no task or began at an unknown time are left out.
  init(taskCount: Int, nodes: NodeFacts) {
    var counts = Array(repeating: UInt32(0), count: nodes.count > 0 ? taskCount + 1 : 0)
    for node in 0..<nodes.count where Self.isListed(node, nodes) {
      counts[nodes.task[node].index + 1] += 1
    }
    for task in 0..<max(counts.count - 1, 0) { counts[task + 1] += counts[task] }
    bounds = counts
    let none = Row(start: 0, end: 0, enclosing: -1, span: .none)
    var rows = LargePages.filled(none, count: Int(counts.last ?? 0))
    var next = counts
    for node in 0..<nodes.count where Self.isListed(node, nodes) {
      let end = nodes.end[node]
      let task = nodes.task[node].index
      rows[Int(next[task])] = Row(
        start: nodes.start[node].nanoseconds, end: end.isKnown ? end.nanoseconds : .max,
        enclosing: -1, span: SpanIndex(node))
      next[task] += 1
    }
    for task in 0..<max(bounds.count - 1, 0) {
      Self.order(&rows, Int(bounds[task])..<Int(bounds[task + 1]), nodes)
    }
    var positions = LargePages.filled(Int32(-1), count: rows.isEmpty ? 0 : nodes.count)
    for position in rows.indices {
      positions[rows[position].span.index] = Int32(truncatingIfNeeded: position)
    }
    self.rows = rows
    self.positions = positions
  }

  private static func isListed(_ node: Int, _ nodes: NodeFacts) -> Bool {
    !nodes.task[node].isNone && nodes.start[node].isKnown
  }

  /// Puts the rows of one task into order, and leads from each to the one around it. The facts are handed
  /// on: a closure that held them would be a copy of all columns for each task.
  private static func order(_ rows: inout [Row], _ task: Range<Int>, _ nodes: NodeFacts) {
    guard task.count > 1 else { return }
    for position in task.dropFirst() where isBefore(rows[position], rows[position - 1], nodes) {
      rows[task].sort { isBefore($0, $1, nodes) }
      break
    }
    for position in task {
      var above = position > task.lowerBound ? Int32(truncatingIfNeeded: position - 1) : -1
      while above >= 0, rows[Int(above)].end <= rows[position].end {
        above = rows[Int(above)].enclosing
      }
      rows[position].enclosing = above
    }
  }

  private static func isBefore(_ a: Row, _ b: Row, _ nodes: NodeFacts) -> Bool {
    if a.start != b.start { return a.start < b.start }
    if a.end != b.end { return a.end > b.end }
    return nodes.key(a.span.index) < nodes.key(b.span.index)
  }

  /// All spans that are on a task: task by task, by their starts.
  var spansByTask: some Sequence<SpanIndex> { rows.lazy.map(\.span) }

  private func places(_ task: TaskIndex) -> Range<Int> {
    rows.isEmpty ? 0..<0 : Int(bounds[task.index])..<Int(bounds[task.index + 1])
  }

  /// The number of spans that began on a task before this one; nil if it is on no task.
  func rank(of span: SpanIndex, on task: TaskIndex) -> Int? {
    guard span.index < positions.count, positions[span.index] >= 0 else { return nil }
    return Int(positions[span.index]) - Int(bounds[task.index])
  }

  /// The first of these places whose span begins after `time`; they stand in the order of starts.
  private func first(of places: Range<Int>, after time: Int64) -> Int {
    var base = places.lowerBound
    var count = places.count
    // No branch depends on what is compared: which way it goes cannot be foreseen.
    while count > 0 {
      let half = count / 2
      let isBefore = rows[base + half].start <= time
      base = isBefore ? base + half + 1 : base
      count = isBefore ? count - half - 1 : half
    }
    return base
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
    var places = places(task)
    if let rank, rank < places.count {
      places = places.lowerBound..<places.lowerBound + max(rank, 0)
    }
    var at = Int32(truncatingIfNeeded: first(of: places, after: time) - 1)
    guard at >= places.lowerBound else { return view }
    while at >= 0 {
      let row = rows[Int(at)]
      if row.end > time {
        view.open = row.span
        view.openStart = row.start
        view.openEnd = row.end
        return view
      }
      // Going outwards, ends only grow.
      view.lastEnded = row.span
      view.lastEnd = row.end
      at = row.enclosing
    }
    return view
  }

  /// Calls `body` with each span that is on a task, task by task, with when it began and when the task was
  /// last busy with others by then: when the one around it began, or the last one before it ended; the
  /// beginning of time if there is none.
  ///
  /// What stands before a span on its task began no later: nothing needs to be searched for.
  func eachArriving(
    _ body: (_ task: TaskIndex, _ span: SpanIndex, _ start: Int64, _ busy: Int64) -> Void
  ) {
    for task in 0..<max(bounds.count - 1, 0) {
      let first = Int(bounds[task])
      for own in first..<Int(bounds[task + 1]) {
        let start = rows[own].start
        var busy = Int64.min
        var at = own > first ? own - 1 : -1
        while at >= 0 {
          if rows[at].end > start {
            busy = max(rows[at].start, busy)
            break
          }
          busy = rows[at].end
          at = Int(rows[at].enclosing)
        }
        body(TaskIndex(task), rows[own].span, start, busy)
      }
    }
  }

  /// When the first span after `time` begins on a task; the end of time if none does.
  func nextStart(_ task: TaskIndex, after time: Int64) -> Int64 {
    let places = places(task)
    let next = first(of: places, after: time)
    return next < places.upperBound ? rows[next].start : .max
  }
}
