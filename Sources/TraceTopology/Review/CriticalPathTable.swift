/// The critical paths of a run: in tables of which each one's roots stand before those of the next one.
struct CriticalPaths: Sendable {
  private let tables: [CriticalPathTable]

  init(_ tables: [CriticalPathTable] = []) { self.tables = tables.filter { $0.count > 0 } }

  var count: Int { tables.reduce(0) { $0 + $1.count } }

  private func table(of root: SpanIndex) -> CriticalPathTable? {
    tables.first { root.index <= $0.last.index }
  }

  /// How long the path of a root is; nil if it has none.
  func length(of root: SpanIndex) -> Int64? { table(of: root)?.length(of: root) }

  /// The path of a root; nil if it has none.
  subscript(root: SpanIndex) -> CriticalPath? { table(of: root)?[root] }
}

/// Critical paths, packed.
struct CriticalPathTable: Sendable {
  private struct Row: Sendable {
    var root: SpanIndex
    var left: UInt32
    var from: Int64
    var to: Int64
    /// Where its steps begin.
    var step: Int
    /// Where its use begins; those of its steps follow.
    var use: Int
  }

  private struct Step: Sendable {
    var span: SpanIndex
    var task: TaskIndex
    var from: Int64
    var to: Int64
  }

  /// In the order of their roots.
  private var rows: [Row] = []
  private var steps: [Step] = []
  private var uses = TimeUseList()

  var count: Int { rows.count }
  /// The last root; none if there is none.
  var last: SpanIndex { rows.last?.root ?? .none }

  /// Adds the path of a root that is behind all others.
  mutating func append(_ path: CriticalPath, of root: SpanIndex) {
    rows.append(
      Row(
        root: root, left: UInt32(clamping: path.left), from: path.from, to: path.to,
        step: steps.count, use: uses.append(path.use)))
    for step in path.steps {
      steps.append(Step(span: step.span, task: step.task, from: step.from, to: step.to))
      uses.append(step.use)
    }
  }

  private func number(of root: SpanIndex) -> Int? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = low + (high - low) / 2
      if rows[middle].root.index < root.index { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].root == root ? low : nil
  }

  /// How long the path of a root is; nil if it has none.
  func length(of root: SpanIndex) -> Int64? {
    number(of: root).map { rows[$0].to.subtractingSaturated(rows[$0].from) }
  }

  /// The path of a root; nil if it has none.
  subscript(root: SpanIndex) -> CriticalPath? {
    guard let number = number(of: root) else { return nil }
    let row = rows[number]
    var path = CriticalPath(left: Int(row.left), from: row.from, to: row.to)
    var place = row.use
    path.use = uses.next(&place)
    let behind = number + 1 < rows.count ? rows[number + 1].step : steps.count
    for step in steps[row.step..<behind] {
      path.steps.append(
        CriticalPath.Step(
          span: step.span, task: step.task, from: step.from, to: step.to, use: uses.next(&place)))
    }
    return path
  }
}
