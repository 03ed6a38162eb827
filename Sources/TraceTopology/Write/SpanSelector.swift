/// Applies a filter to a run whose trees are repaired.
///
/// Shown are the selected spans and all their ancestors, so that every parent stays; then the tasks
/// on which shown spans began or ended and those that their evidence names, with all their spawners.
/// Where a run has no spans at all, tasks are selected by what the filter can say of them.
struct SpanSelector {
  private let topology: Topology
  private let filter: SpanFilter
  private let since: Int64
  private let until: Int64
  private let services: [Bool]
  private let trees: [Bool]?

  private init(_ topology: Topology, _ selection: Selection) {
    self.topology = topology
    filter = selection.filter
    since = selection.since ?? .min
    until = selection.until ?? .max
    let names = Set(filter.services.compactMap { topology.recording.strings.find($0) })
    services = topology.processes.map { names.contains($0.record.service) }
    trees = Self.trees(of: topology, filter)
  }

  /// The part of a run that a filter selects. Times, processes and diagnostics stay those of the run.
  static func select(_ topology: Topology, _ filter: SpanFilter) -> Topology {
    var selection = Selection(
      filter: filter, since: filter.since.map { after($0, topology) },
      until: filter.until.map { after($0, topology) })
    let selector = SpanSelector(topology, selection)
    let selected = selector.selectedSpans()
    let spans = selector.withAncestors(selected)
    let tasks =
      topology.spanOrder.isEmpty ? selector.selectedTasks() : selector.tasks(ofSpans: spans)
    let kept = selector.withSpawners(tasks)
    var part = topology
    part.spanOrder = topology.spanOrder.filter { spans[$0.index] }
    part.taskOrder = topology.taskOrder.filter { kept[$0.index] }
    part.reattachments = selector.reattachments(spans)
    part.findings = selector.findings(spans, kept)
    part.waitSites = []
    part.trees = TreeSummary.trees(of: part)
    let isSpan = { (node: SpanIndex) in !topology.isPlaceholder(node) }
    selection.summary = SelectionSummary(
      spansSelected: part.spanOrder.count { isSpan($0) && selected[$0.index] },
      spansShown: part.spanOrder.count(where: isSpan),
      spans: topology.spanOrder.count(where: isSpan),
      tasksShown: part.taskOrder.count, tasks: topology.taskOrder.count,
      treesShown: part.trees.count, trees: topology.trees.count)
    part.selection = selection
    return part
  }

  private static func after(_ moment: SpanFilter.Moment, _ topology: Topology) -> Int64 {
    switch moment {
    case .afterStart(let nanoseconds): nanoseconds
    case .unix(let nanoseconds): nanoseconds.subtractingSaturated(topology.origin.nanoseconds)
    }
  }

  // MARK: Spans

  private func selectedSpans() -> [Bool] {
    var selected = Array(repeating: false, count: topology.parent.count)
    for node in topology.spanOrder { selected[node.index] = isSelected(node) }
    return selected
  }

  /// Nobody logged a placeholder, so nothing is known of it but its tree.
  private func isSelected(_ node: SpanIndex) -> Bool {
    if let trees, !trees[node.index] { return false }
    if topology.isPlaceholder(node) { return false }
    if filter.errorsOnly, topology.status(node) != .error { return false }
    if !filter.services.isEmpty {
      guard let process = topology.process(node), services[process] else { return false }
    }
    return isInTime(
      topology.clock.span(topology.start(node)), topology.clock.span(topology.end(node)))
  }

  /// What never ended in the log was open to the end of the run; what began before the log, from its
  /// beginning.
  private func isInTime(_ start: Int64?, _ end: Int64?) -> Bool {
    let last = topology.end.since(topology.origin) ?? 0
    let start = start ?? 0
    let end = end ?? max(last, start)
    guard end >= since, start <= until else { return false }
    guard let minimum = filter.minimumDuration else { return true }
    return end.subtractingSaturated(start) >= minimum
  }

  private func withAncestors(_ selected: [Bool]) -> [Bool] {
    var shown = Array(repeating: false, count: selected.count)
    for node in topology.spanOrder where selected[node.index] {
      var at = node
      while !at.isNone, !shown[at.index] {
        shown[at.index] = true
        at = topology.parent[at.index]
      }
    }
    return shown
  }

  /// What points outside of the part is left out.
  private func reattachments(_ shown: [Bool]) -> [SpanIndex: Reattachment] {
    var kept = topology.reattachments.filter { shown[$0.key.index] }
    for node in topology.spanOrder where shown[node.index] {
      kept[node]?.candidates.removeAll { !shown[$0.span.index] }
    }
    return kept
  }

  /// The findings about something that is shown, without what is not.
  private func findings(_ spans: [Bool], _ tasks: [Bool]) -> [Finding] {
    topology.findings.compactMap { finding in
      var shown = finding
      shown.occurrences = finding.count
      shown.tasks.removeAll { !tasks[$0.index] }
      shown.spans.removeAll { !spans[$0.index] }
      return shown.tasks.isEmpty && shown.spans.isEmpty ? nil : shown
    }
  }

  // MARK: Trees

  /// For each node whether its tree is asked for; nil if all are.
  private static func trees(of topology: Topology, _ filter: SpanFilter) -> [Bool]? {
    guard !filter.traces.isEmpty || filter.root != nil else { return nil }
    let prefixes = filter.traces.map(TracePrefix.init)
    let root = roots(of: topology)
    var isWanted = Array(repeating: prefixes.isEmpty, count: topology.parent.count)
    for node in topology.spanOrder {
      let trace = topology.traceID(node)
      if prefixes.contains(where: { $0.matches(trace) }) { isWanted[root[node.index].index] = true }
    }
    let name = filter.root.map { topology.recording.strings.find($0) }
    return root.map { head in
      guard !head.isNone, isWanted[head.index] else { return false }
      guard let name else { return true }
      return topology.name(head) == name
    }
  }

  /// For each node the root of its tree.
  private static func roots(of topology: Topology) -> [SpanIndex] {
    var root = Array(repeating: SpanIndex.none, count: topology.parent.count)
    var path: [Int] = []
    for node in topology.spanOrder {
      var at = node
      while root[at.index].isNone {
        path.append(at.index)
        let parent = topology.parent[at.index]
        if parent.isNone {
          root[at.index] = at
        } else {
          at = parent
        }
      }
      for step in path { root[step] = root[at.index] }
      path.removeAll(keepingCapacity: true)
    }
    return root
  }

  // MARK: Tasks

  private func tasks(ofSpans shown: [Bool]) -> [Bool] {
    var tasks = Array(repeating: false, count: topology.recording.tasks.count)
    let mark = { (task: TaskIndex) in if !task.isNone { tasks[task.index] = true } }
    for node in topology.spanOrder where shown[node.index] {
      mark(topology.task(of: node))
      if node.index < topology.endTaskOfSpan.count { mark(topology.endTaskOfSpan[node.index]) }
      guard topology.kind[node.index] == .reattached else { continue }
      for fact in topology.reattachments[node]?.evidence ?? [] {
        mark(fact.task)
        mark(fact.by)
      }
    }
    return tasks
  }

  private func selectedTasks() -> [Bool] {
    var tasks = Array(repeating: false, count: topology.recording.tasks.count)
    guard filter.isForTasks else { return tasks }
    for row in topology.taskOrder {
      let task = topology.recording.tasks[row]
      guard filter.services.isEmpty || services[topology.process(row)] else { continue }
      tasks[row.index] = isInTime(
        topology.clock.task(task.start, of: task.process),
        topology.clock.task(task.end, of: task.process))
    }
    return tasks
  }

  private func withSpawners(_ tasks: [Bool]) -> [Bool] {
    var shown = Array(repeating: false, count: tasks.count)
    for task in topology.taskOrder where tasks[task.index] {
      var at = task
      while !at.isNone, !shown[at.index] {
        shown[at.index] = true
        at = topology.recording.tasks[at].parent
      }
    }
    return shown
  }
}

extension Topology {
  /// The part of the run that `filter` selects, parents included: every output then shows this part.
  public func selecting(_ filter: SpanFilter) -> Topology {
    filter.isEmpty ? self : SpanSelector.select(self, filter)
  }

  /// Whether there is neither a span nor a task nor a record of a profile.
  public var isEmpty: Bool {
    spanOrder.isEmpty && taskOrder.isEmpty && recording.profileStacks.isEmpty
  }

  /// How much of the run a filter left; `nil` if there is none.
  public var selectionSummary: SelectionSummary? { selection?.summary }
}
