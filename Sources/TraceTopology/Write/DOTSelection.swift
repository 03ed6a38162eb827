/// What a picture shows, and how much of it.
public struct DOTOptions: Sendable, Equatable {
  /// The largest number of boxes that may be asked for: `dot` needs minutes for more.
  public static let hardLimit = 3_000

  /// Boxes drawn before folding begins.
  public var maxNodes = 1_000
  /// Whether the runtime's own tasks are drawn.
  public var showSystem = false
  /// What stands before an id in the address of a box.
  public var linkPrefix = "#n-"

  /// The documented defaults.
  public init() {}
}

/// Chooses what is drawn and hangs it in one forest of spans and tasks.
///
/// A task is drawn if it carries a drawn span, a finding is about it, or it lies on the spawn path
/// between two such; all that are not the runtime's own, if the run has no spans at all. OpenTelemetry opens a user task
/// for every span, so user tasks are never drawn. A span hangs on the task that ran it where the
/// way from its parent leads through that task's spawn (span → task → span), and on its parent
/// itself everywhere else: so no line says what another one says already.
struct DOTSelection {
  let topology: Topology
  let options: DOTOptions
  private var graph = PictureGraph()
  private var itemOfSpan: [ItemIndex]
  private var itemOfTask: [ItemIndex]

  init(_ topology: Topology, options: DOTOptions) {
    self.topology = topology
    self.options = options
    itemOfSpan = Array(repeating: .none, count: topology.parent.count)
    itemOfTask = Array(repeating: .none, count: topology.recording.tasks.count)
  }

  /// The picture before folding.
  static func picture(of topology: Topology, options: DOTOptions) -> PictureGraph {
    var selection = DOTSelection(topology, options: options)
    selection.graph.marks = FindingMarks(topology)
    selection.selectSpans()
    selection.selectTasks()
    selection.hangTasks()
    selection.hangSpans()
    selection.addCandidates()
    selection.addLinks()
    selection.graph.cutRings()
    return selection.graph
  }

  // MARK: Spans

  private mutating func selectSpans() {
    for (position, node) in topology.spanOrder.enumerated() {
      itemOfSpan[node.index] = ItemIndex(graph.spans.count)
      graph.spans.append(node)
      graph.position.append(UInt32(truncatingIfNeeded: position))
    }
  }

  // MARK: Tasks

  private func mayBeDrawn(_ task: TaskIndex) -> Bool {
    let record = topology.recording.tasks[task]
    return record.kind != .userTask && (options.showSystem || !record.isSystem)
  }

  private mutating func selectTasks() {
    let count = topology.recording.tasks.count
    var isDrawn = [Bool](repeating: false, count: count)
    if topology.spanOrder.isEmpty {
      // A filter that no task can meet leaves none.
      for task in topology.taskOrder where mayBeDrawn(task) { isDrawn[task.index] = true }
    } else {
      for node in graph.spans {
        let task = topology.task(of: node)
        if !task.isNone, mayBeDrawn(task) { isDrawn[task.index] = true }
      }
      for task in graph.marks.tasks.keys where mayBeDrawn(task) { isDrawn[task.index] = true }
      addSpawnPaths(to: &isDrawn)
    }
    for (position, task) in topology.taskOrder.enumerated() where isDrawn[task.index] {
      itemOfTask[task.index] = ItemIndex(graph.spans.count + graph.tasks.count)
      graph.tasks.append(task)
      graph.position.append(UInt32(truncatingIfNeeded: position))
    }
    graph.parent = Array(repeating: .none, count: graph.spans.count + graph.tasks.count)
    graph.line = Array(repeating: .recorded, count: graph.parent.count)
  }

  /// Adds the tasks that lead from one drawn task to another. Each task is passed once: whether a
  /// drawn one lies above it is remembered.
  private func addSpawnPaths(to isDrawn: inout [Bool]) {
    let carriers = isDrawn
    var isVisited = [Bool](repeating: false, count: isDrawn.count)
    var leadsUp = isVisited
    var path: [TaskIndex] = []
    for task in topology.taskOrder where carriers[task.index] {
      var at = topology.recording.tasks[task].parent
      while !at.isNone, !carriers[at.index], !isVisited[at.index], mayBeDrawn(at) {
        isVisited[at.index] = true
        path.append(at)
        at = topology.recording.tasks[at].parent
      }
      if !at.isNone, carriers[at.index] || leadsUp[at.index] {
        for step in path {
          leadsUp[step.index] = true
          isDrawn[step.index] = true
        }
      }
      path.removeAll(keepingCapacity: true)
    }
  }

  // MARK: The forest

  private func item(of task: TaskIndex) -> ItemIndex {
    task.isNone ? .none : itemOfTask[task.index]
  }

  private func item(ofSpan node: SpanIndex) -> ItemIndex {
    node.isNone ? .none : itemOfSpan[node.index]
  }

  /// The span that was open at the spawn of a task, if it is drawn.
  private func spawnSpan(of task: TaskIndex) -> SpanIndex {
    guard task.index < topology.spawnedUnder.count else { return .none }
    let span = topology.spawnedUnder[task.index]
    return item(ofSpan: span).isNone ? .none : span
  }

  private mutating func hangTasks() {
    for (row, task) in graph.tasks.enumerated() {
      let span = item(ofSpan: spawnSpan(of: task))
      let spawner = span.isNone ? item(of: topology.recording.tasks[task].parent) : span
      graph.parent[graph.spans.count + row] = spawner
      graph.line[graph.spans.count + row] = .spawn
    }
  }

  /// For each drawn task the span under which it, or the drawn task that led to it, was spawned.
  private func origins() -> [SpanIndex] {
    var origin = [SpanIndex](repeating: .none, count: graph.tasks.count)
    var isKnown = [Bool](repeating: false, count: graph.tasks.count)
    var path: [Int] = []
    for row in 0..<graph.tasks.count {
      var at = row
      var found = SpanIndex.none
      while true {
        if isKnown[at] {
          found = origin[at]
          break
        }
        isKnown[at] = true
        path.append(at)
        found = spawnSpan(of: graph.tasks[at])
        let spawner = item(of: topology.recording.tasks[graph.tasks[at]].parent)
        if !found.isNone || spawner.isNone { break }
        at = spawner.index - graph.spans.count
      }
      for step in path { origin[step] = found }
      path.removeAll(keepingCapacity: true)
    }
    return origin
  }

  private mutating func hangSpans() {
    let origin = origins()
    for (row, node) in graph.spans.enumerated() {
      let parent = topology.parent[node.index]
      let above = item(ofSpan: parent)
      let task = item(of: topology.task(of: node))
      guard !above.isNone else {
        graph.parent[row] = task
        graph.line[row] = .runsOn
        continue
      }
      graph.line[row] = topology.kind[node.index] == .reattached ? .reattached : .recorded
      graph.parent[row] = above
      guard !task.isNone, topology.task(of: parent) != topology.task(of: node) else { continue }
      if origin[task.index - graph.spans.count] == parent {
        graph.parent[row] = task
      } else {
        graph.extras.append(PictureLine(from: task, to: ItemIndex(row), kind: .runsOn))
      }
    }
  }

  // MARK: Further lines

  /// The two best parents that were weighed for each orphan; more would cover the picture.
  private mutating func addCandidates() {
    for (row, node) in graph.spans.enumerated() where topology.kind[node.index] == .orphan {
      for candidate in topology.reattachments[node]?.candidates.prefix(2) ?? [] {
        let from = item(ofSpan: candidate.span)
        guard !from.isNone, from.index != row else { continue }
        graph.extras.append(
          PictureLine(
            from: from, to: ItemIndex(row), kind: .candidate, confidence: candidate.confidence))
      }
    }
  }

  /// Links, drawn from the span that is named to the span that names it: from cause to effect, like
  /// every other line.
  private mutating func addLinks() {
    let links = topology.recording.links
    for row in 0..<links.count {
      let target = topology.linkTarget(row)
      guard !target.isNone else { continue }
      let from = item(ofSpan: target)
      let to = item(ofSpan: links.span[row])
      guard !from.isNone, !to.isNone, from != to else { continue }
      graph.extras.append(PictureLine(from: from, to: to, kind: .link))
    }
  }
}
