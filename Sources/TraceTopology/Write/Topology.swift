/// One process as it appears in the outputs.
struct TopologyProcess: Sendable {
  var record: ProcessRecord
  var clock: ClockMap
  /// One moment on the clock of the scheduler log and on the wall clock, once all is placed.
  var anchor: (log: Timestamp, wall: Timestamp)?
  /// Whether a scheduler log of it was read.
  var hasSchedulerLog = false
  /// By what that log was joined to the spans.
  var tie: ProcessTie?
  /// The clock of its host against the hosts that calls tie it to; nil if none does.
  var skew: HostClocks.Skew?
}

/// One tree of spans.
struct Tree: Sendable {
  var root: SpanIndex
  var spans: Int
  var tasks: Int
  var depth: Int
  var start: Timestamp
  var end: Timestamp
  var reattached: Int
}

/// The whole result, read-only and ready to write.
///
/// Spans are numbered by *node*: node n below `recording.spans.count` is that row of the recording,
/// later nodes are placeholders. A row that repeats another one exactly is absorbed: it appears in no
/// list. Times are Unix nanoseconds, except for processes whose clock is `none`.
public struct Topology: Sendable {
  var recording: Recording
  var placeholders: [Placeholder]

  /// Processes in output order.
  var processes: [TopologyProcess]
  /// For each process row of the recording its number in `processes`.
  var processNumber: [Int]
  /// Task rows in output order, and spans (nodes) in output order.
  var taskOrder: [TaskIndex]
  var spanOrder: [SpanIndex]

  /// For each node: its parent node, how that was found, and why it had to be.
  var parent: [SpanIndex]
  var kind: [AttachmentKind]
  var cause: [LossCause]
  /// For nodes that were reattached or weighed.
  var reattachments: [SpanIndex: Reattachment]
  /// By what recorded parents are tied to their children, where that is more than an id.
  var identity: [SpanIndex: ParentIdentity] = [:]

  /// For each node the task it began on and the task it ended on; empty if no scheduler log was read.
  var taskOfSpan: [TaskIndex]
  var taskSource: [TaskSource]
  /// For each task the span that was open on its spawner at the spawn; empty if there are no spans.
  var spawnedUnder: [SpanIndex]

  /// In the order of their roots; none if they are only counted.
  var trees: [Tree]
  /// The problems of the inputs, in an order that does not depend on the order of reading.
  public internal(set) var diagnostics: [Diagnostic]
  var origin: Timestamp
  var end: Timestamp
  /// For each node the task on which it ended, where a log says so.
  var endTaskOfSpan: [TaskIndex] = []
  var clock = TopologyClock()
  /// For each row of the link table the span that it names, if the run holds it.
  var linkTargets: [SpanIndex] = []
  /// What went wrong in the run, worst first.
  var findings: [Finding] = []
  /// Where tasks waited, how long, and who woke them: of the whole run, and none for a part of it.
  var waitSites: [WaitSite] = []
  /// Where the time of spans and trees went.
  var times = RunTimes()
  /// How tasks and spans ended.
  var exits = ExitPaths()
  /// Whether any scheduler log was read to its end, so that leaks could be looked for.
  var hasWholeTaskLog = false
  /// What spans have from their ancestors.
  var inherited = InheritedAttributes()
  /// The keys of the attributes that pictures show: those that were asked for.
  var shownAttributes: [StringID] = []
  /// Keys of attributes that name a unit of work.
  var correlating: [StringID] = []
  /// Other runs whose recorded parents were learned from.
  var learnedFrom: [Knowledge.Source] = []
  /// What a filter left of the run; `nil` if it is whole.
  var selection: Selection?
}

extension Topology {
  @inline(__always)
  func isPlaceholder(_ node: SpanIndex) -> Bool { node.index >= recording.spans.count }

  /// What is concluded of a span that nobody logged; nil for others, and where nothing tells.
  func inferred(_ node: SpanIndex) -> InferredSpan? {
    isPlaceholder(node) ? placeholder(node).inferred : nil
  }

  @inline(__always)
  private func placeholder(_ node: SpanIndex) -> Placeholder {
    placeholders[node.index - recording.spans.count]
  }

  @inline(__always)
  func spanID(_ node: SpanIndex) -> SpanID {
    isPlaceholder(node) ? placeholder(node).spanID : recording.spans.spanID[node.index]
  }

  @inline(__always)
  func traceID(_ node: SpanIndex) -> TraceID {
    recording.traces[
      isPlaceholder(node) ? placeholder(node).trace : recording.spans.trace[node.index]]
  }

  @inline(__always)
  func name(_ node: SpanIndex) -> StringID {
    isPlaceholder(node) ? .empty : recording.spans.name[node.index]
  }

  @inline(__always)
  func start(_ node: SpanIndex) -> Timestamp {
    isPlaceholder(node) ? placeholder(node).start : recording.spans.start[node.index]
  }

  @inline(__always)
  func end(_ node: SpanIndex) -> Timestamp {
    isPlaceholder(node) ? placeholder(node).end : recording.spans.end[node.index]
  }

  @inline(__always)
  func spanKind(_ node: SpanIndex) -> SpanKind {
    isPlaceholder(node) ? .unspecified : recording.spans.kind(node.index)
  }

  @inline(__always)
  func status(_ node: SpanIndex) -> SpanStatus {
    isPlaceholder(node) ? .unset : recording.spans.status(node.index)
  }

  /// The number in `processes` of the process of a span, `nil` if it is unknown.
  @inline(__always)
  func process(_ node: SpanIndex) -> Int? {
    let row = isPlaceholder(node) ? placeholder(node).process : recording.spans.process[node.index]
    return row.isNone ? nil : processNumber[row.index]
  }

  /// The number in `processes` of the process of a task.
  @inline(__always)
  func process(_ task: TaskIndex) -> Int { processNumber[recording.tasks.process(task).index] }

  /// The span that a link names, `none` if the run does not hold it.
  @inline(__always)
  func linkTarget(_ row: Int) -> SpanIndex { row < linkTargets.count ? linkTargets[row] : .none }

  @inline(__always)
  func task(of node: SpanIndex) -> TaskIndex {
    node.index < taskOfSpan.count ? taskOfSpan[node.index] : .none
  }
}
