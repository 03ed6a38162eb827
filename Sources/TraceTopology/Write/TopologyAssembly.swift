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
    tasks: TaskJoin, frame: TopologyFrame, processes: ProcessOrder, isListed: Bool
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
    topology.taskOrder = frame.taskOrder
    topology.spanOrder = frame.spanOrder + assembly.placeholderOrder(processes.number)
    topology.exits = frame.exits
    topology.identity = forest.identity
    topology.endTaskOfSpan = tasks.endTask
    topology.clock = frame.clock
    topology.origin = frame.clock.origin
    topology.end = frame.clock.end
    if isListed { topology.trees = TreeSummary.trees(of: topology) }
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

  private func placeholderOrder(_ number: [Int]) -> [SpanIndex] {
    let first = recording.spans.count
    return (0..<reattached.placeholders.count).sorted { a, b in
      isOrderedBefore(reattached.placeholders[a], reattached.placeholders[b], number)
    }.map { SpanIndex(first + $0) }
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
