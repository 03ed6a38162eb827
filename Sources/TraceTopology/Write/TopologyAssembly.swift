/// Puts everything into output order and sums the trees up.
///
/// Order depends on what the logs say alone: processes by their names, tasks and spans by process,
/// start and id.
struct TopologyAssembly {
  private let recording: Recording
  private let join: ProcessJoin
  private let reattached: Reattached
  private let forest: SpanForest

  /// Joins the products of all stages into the result.
  static func assemble(
    _ recording: Recording, placed: TimePlacement, forest: SpanForest, reattached: Reattached,
    tasks: TaskJoin, spawnedUnder: [SpanIndex], order: SpanOrder, processes: ProcessOrder
  ) -> Topology {
    let join = placed.join
    let assembly = TopologyAssembly(
      recording: recording, join: join, reattached: reattached, forest: forest)
    var topology = Topology(
      recording: recording, placeholders: reattached.placeholders, processes: [],
      processNumber: processes.number, taskOrder: [], spanOrder: [], parent: reattached.parent,
      kind: reattached.kind, cause: reattached.cause, reattachments: reattached.reattachments,
      taskOfSpan: tasks.task, taskSource: tasks.source, spawnedUnder: [], trees: [],
      diagnostics: recording.diagnostics.sorted, origin: .unknown, end: .unknown)
    topology.processes = processes.rows.map { row in
      let scheduler = join.scheduler[row.index]
      let log = scheduler.isNone ? row : scheduler
      var process = TopologyProcess(
        record: assembly.record(of: row, scheduler), clock: placed.clocks[log.index],
        skew: forest.clocks.skew(of: row))
      guard recording.processes.source[log.index] != .spans else { return process }
      process.hasSchedulerLog = true
      process.tie = join.tie[log]
      let wall = recording.logExtents.first { $0.process == log }?.first ?? .unknown
      if process.clock.source != .none, wall.isKnown {
        process.anchor = (placed.logStart[log.index], wall)
      }
      return process
    }
    topology.taskOrder = assembly.taskOrder(processes.number)
    let absorbed = placed.dumps.absorbed
    if !absorbed.isEmpty { topology.taskOrder.removeAll { absorbed.contains($0) } }
    topology.spanOrder = assembly.spanOrder(order, processes.number)
    topology.spawnedUnder = spawnedUnder
    topology.identity = forest.identity
    topology.endTaskOfSpan = tasks.endTask
    let clock = TopologyClock(recording, clocks: placed.clocks)
    topology.clock = clock
    topology.origin = clock.origin
    topology.end = clock.end
    topology.trees = TreeSummary.trees(of: topology)
    return topology
  }

  /// What a resource does not say, its scheduler log may.
  private func record(of row: ProcessIndex, _ scheduler: ProcessIndex) -> ProcessRecord {
    var record = recording.processes.record[row.index]
    guard !scheduler.isNone else { return record }
    let other = recording.processes.record[scheduler.index]
    if record.service == .empty { record.service = other.service }
    if record.instance == .empty { record.instance = other.instance }
    if record.host == .empty { record.host = other.host }
    if record.runtime == .empty { record.runtime = other.runtime }
    record.pid = record.pid ?? other.pid
    return record
  }

  private func taskOrder(_ number: [Int]) -> [TaskIndex] {
    let tasks = recording.tasks
    let strings = recording.strings
    var order = (0..<tasks.count).map { TaskIndex($0) }
    NearlySorted.sort(&order) { first, second in
      let processA = number[tasks.process(first).index]
      let processB = number[tasks.process(second).index]
      if processA != processB { return processA < processB }
      let startA = tasks.start(first)
      let startB = tasks.start(second)
      if startA != startB { return startA.nanoseconds < startB.nanoseconds }
      let a = tasks[first]
      let b = tasks[second]
      if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
      if a.number != b.number { return (a.number ?? 0) < (b.number ?? 0) }
      if a.label != b.label { return strings.isOrderedBefore(a.label, b.label) }
      return a.end.nanoseconds < b.end.nanoseconds
    }
    return order
  }

  private func spanOrder(_ order: SpanOrder, _ number: [Int]) -> [SpanIndex] {
    var rows = (0..<recording.spans.count).filter { !forest.isAbsorbed[$0] }
    rows.sort { order.isOrderedBefore($0, $1) }
    let first = recording.spans.count
    let placeholders = (0..<reattached.placeholders.count).sorted { a, b in
      isOrderedBefore(reattached.placeholders[a], reattached.placeholders[b], number)
    }
    return rows.map { SpanIndex($0) } + placeholders.map { SpanIndex(first + $0) }
  }

  /// Placeholders come after the spans, among themselves in the same order.
  private func isOrderedBefore(_ a: Placeholder, _ b: Placeholder, _ number: [Int]) -> Bool {
    let processA = a.process.isNone ? Int.max : number[a.process.index]
    let processB = b.process.isNone ? Int.max : number[b.process.index]
    if processA != processB { return processA < processB }
    if a.start != b.start { return a.start.nanoseconds < b.start.nanoseconds }
    let traceA = recording.traces[a.trace]
    let traceB = recording.traces[b.trace]
    return traceA != traceB ? traceA < traceB : a.spanID < b.spanID
  }
}
