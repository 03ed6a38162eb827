/// All that a rule may look at.
struct ReviewFacts: Sendable {
  let recording: Recording
  let isAbsorbed: [Bool]
  /// Why a row has no parent although it names one.
  let recordedCause: [LossCause]
  /// By what rows are tied to their parents, where that is more than an id.
  let identity: [SpanIndex: ParentIdentity]
  /// How far apart the clocks of the hosts are.
  let clocks: HostClocks
  /// Whether spans of one id were found that contradict each other.
  let hasConflicts: Bool
  /// Rows of dumps that stand for a goroutine of a trace.
  let absorbedTasks: Set<TaskIndex>
  let reattached: Reattached
  let taskOfSpan: [TaskIndex]
  let endTaskOfSpan: [TaskIndex]
  /// For each task the span that was open on its spawner at the spawn; empty if there are no spans.
  let spawnedUnder: [SpanIndex]
  /// For each process row its number in the output.
  let processNumber: [Int]
  let policy: Policy
  /// For each process row what its scheduler log covers; nil if it has none.
  let logs: [ReviewLog?]
  /// For each process row how far its clock may be off against that of the spans, in nanoseconds.
  let uncertainty: [Int64]
  /// What each task did when; none if not all of it is written down.
  let timelines: Timelines
  /// Whose ends of spans may be in what is missing of the logs.
  let damage: SpanDamage

  init(
    _ recording: Recording, _ placed: TimePlacement, _ forest: SpanForest, _ reattached: Reattached,
    _ tasks: TaskJoin, spawnedUnder: [SpanIndex], timelines: Timelines, processNumber: [Int],
    policy: Policy
  ) {
    self.recording = recording
    isAbsorbed = forest.isAbsorbed
    recordedCause = forest.cause
    identity = forest.identity
    clocks = forest.clocks
    hasConflicts = recording.diagnostics.all.contains { $0.code == "conflicting-span" }
    absorbedTasks = placed.dumps.absorbed
    self.reattached = reattached
    taskOfSpan = tasks.task
    endTaskOfSpan = tasks.endTask
    self.spawnedUnder = spawnedUnder
    self.processNumber = processNumber
    self.policy = policy
    logs = ReviewLog.all(recording, policy)
    uncertainty = placed.clocks.map { $0.uncertainty ?? 0 }
    damage = SpanDamage(recording)
    self.timelines = timelines
  }
}

/// What the scheduler log of one process covers.
struct ReviewLog: Sendable {
  /// Unknown for dumps, which show one moment and no times.
  var first = Timestamp.unknown
  var last = Timestamp.unknown
  /// Whether nothing of it is cut or damaged.
  var isWhole = true
  /// Whether it is a dump, which shows every goroutine at one moment.
  var isDump = false
  /// For how long a task must be blocked at the end to count as leaked, in nanoseconds.
  var leakGrace: Int64 = 0
  /// For how long nothing must happen to a span to count as hung, in nanoseconds.
  var hungAfter: Int64 = 0

  /// The longest of the usual limits, in nanoseconds.
  private static let longest: Int64 = 5_000_000_000
  /// The part of a short run that is grace enough, and the part in which something must happen to a
  /// span.
  private static let leakShare: Int64 = 10
  private static let hungShare: Int64 = 4

  var length: Int64 { max(last.since(first) ?? 0, 0) }

  fileprivate static func all(_ recording: Recording, _ policy: Policy) -> [ReviewLog?] {
    let processes = recording.processes
    var logs = [ReviewLog?](repeating: nil, count: processes.count)
    for row in 0..<processes.count where processes.source[row] != .spans {
      let input = processes.input[row].index
      let isWhole = input >= recording.inputs.count || recording.inputs[input].complete
      logs[row] = ReviewLog(isWhole: isWhole, isDump: processes.source[row] == .goDump)
    }
    for extent in recording.logExtents {
      logs[extent.process.index]?.add(extent)
    }
    return logs.map { log in
      guard var log else { return nil }
      // A dump has no length; a run of a fraction of a second cannot be measured in seconds.
      let length = log.isDump ? .max : log.length
      log.leakGrace = policy.leakGrace ?? min(longest, length / leakShare)
      log.hungAfter = policy.hungAfter ?? min(longest, length / hungShare)
      return log
    }
  }

  private mutating func add(_ extent: LogExtent) {
    if !extent.isComplete { isWhole = false }
    if extent.first.isKnown, !first.isKnown || extent.first.nanoseconds < first.nanoseconds {
      first = extent.first
    }
    if extent.last.isKnown, !last.isKnown || extent.last.nanoseconds > last.nanoseconds {
      last = extent.last
    }
  }
}

// MARK: - What rules ask

extension ReviewFacts {
  /// The scheduler log of the process of a task, if it is whole.
  func wholeLog(of task: TaskIndex) -> ReviewLog? {
    guard !task.isNone, let log = logs[recording.tasks.process(task).index], log.isWhole else {
      return nil
    }
    return log
  }

  /// Whether a row is a span that was logged, and is not another one's double.
  func isListed(_ row: Int) -> Bool { !isAbsorbed[row] }

  /// The span that was open on the spawner of a task.
  func creator(of task: TaskIndex) -> SpanIndex {
    task.index < spawnedUnder.count ? spawnedUnder[task.index] : .none
  }

  func task(of span: SpanIndex) -> TaskIndex {
    span.index < taskOfSpan.count ? taskOfSpan[span.index] : .none
  }

  func text(_ id: StringID) -> String { recording.strings.text(id) }

  func spanName(_ row: Int) -> String {
    let name = text(recording.spans.name[row])
    return name.isEmpty ? "(no name)" : name
  }

  /// The service of a process; empty if nobody says.
  func service(_ process: ProcessIndex) -> String {
    process.isNone ? "" : text(recording.processes.record[process.index].service)
  }

  /// A place in the source as it stands in keys: no path, which differs between machines.
  func key(_ site: SiteID) -> String {
    guard let site = recording.sites[site] else { return "" }
    let place = NodeLabel.site(file: text(site.file), line: site.line)
    return "\(text(site.function)) \(place)"
  }

  /// A place in the source for people: `main.handle (main.go:88)`.
  func place(_ site: SiteID) -> String? {
    guard let site = recording.sites[site] else { return nil }
    let function = text(site.function)
    let place = NodeLabel.site(file: text(site.file), line: site.line)
    if place.isEmpty { return function.isEmpty ? nil : NodeLabel.shortened(function, to: 100) }
    let line = NodeLabel.shortened(place, to: 60)
    return function.isEmpty ? line : "\(NodeLabel.shortened(function, to: 100)) (\(line))"
  }

  /// Tasks in the order of their starts, process by process.
  func sorted(_ tasks: [TaskIndex]) -> [TaskIndex] {
    let (table, strings, number) = (recording.tasks, recording.strings, processNumber)
    let rank = { (process: ProcessIndex) in process.isNone ? Int.max : number[process.index] }
    return tasks.sorted { a, b in
      let processes = (rank(table.process(a)), rank(table.process(b)))
      if processes.0 != processes.1 { return processes.0 < processes.1 }
      let starts = (table.start(a).nanoseconds, table.start(b).nanoseconds)
      if starts.0 != starts.1 { return starts.0 < starts.1 }
      let numbers = (table.number(a) ?? .max, table.number(b) ?? .max)
      if numbers.0 != numbers.1 { return numbers.0 < numbers.1 }
      return strings.text(table[a].label) < strings.text(table[b].label)
    }
  }

  /// Spans in the order of their starts, process by process.
  func sorted(_ spans: [SpanIndex]) -> [SpanIndex] {
    let (table, traces, number) = (recording.spans, recording.traces, processNumber)
    let rank = { (process: ProcessIndex) in process.isNone ? Int.max : number[process.index] }
    return spans.sorted { a, b in
      let processes = (rank(table.process[a.index]), rank(table.process[b.index]))
      if processes.0 != processes.1 { return processes.0 < processes.1 }
      let starts = (table.start[a.index].nanoseconds, table.start[b.index].nanoseconds)
      if starts.0 != starts.1 { return starts.0 < starts.1 }
      if table.spanID[a.index] != table.spanID[b.index] {
        return table.spanID[a.index] < table.spanID[b.index]
      }
      return traces[table.trace[a.index]] < traces[table.trace[b.index]]
    }
  }
}
