/// The critical path of a tree, as people read it. Times are nanoseconds.
public struct PathSummary: Sendable, Equatable {
  /// A kind of doing, and how long.
  public struct Share: Sendable, Equatable {
    /// `running`, `ready`, `in system calls`, `waiting for …`, or `in the span` where no scheduler log
    /// tells.
    public var doing: String
    /// How long.
    public var time: Int64
  }

  /// A part of the path on one task in one span.
  public struct Step: Sendable, Equatable {
    /// Since the start of the root.
    public var start: Int64
    /// How long.
    public var length: Int64
    /// The service, where the run has several processes; else empty.
    public var service: String
    /// The span; empty if none was open.
    public var span: String
    /// The task; empty if the logs do not say.
    public var task: String
    /// What was done, the longest first.
    public var shares: [Share]
  }

  /// The trace of the root, in hexadecimal digits.
  public var trace: String
  /// The root, and its service where the run has several processes.
  public var root: String
  /// From the start of the root to its end.
  public var length: Int64
  /// Where all of that time went, the longest first.
  public var shares: [Share]
  /// In order of time; of a very long path the longest steps alone.
  public var steps: [Step]
  /// Steps that are not kept.
  public var left: Int
}

extension Topology {
  /// How many trees have a critical path.
  public var pathCount: Int { trees.count { times.paths.length(of: $0.root) != nil } }

  /// The critical paths of the trees that took longest, the slowest first.
  ///
  /// - Parameter count: of so many trees at most.
  /// - Returns: one summary for each tree whose root has a start and an end.
  public func slowestPaths(_ count: Int) -> [PathSummary] {
    let roots = trees.compactMap { tree in
      times.paths.length(of: tree.root).map { (root: tree.root, length: $0) }
    }
    let slowest = roots.enumerated().sorted { a, b in
      let (left, right) = (a.element.length, b.element.length)
      return left != right ? left > right : a.offset < b.offset
    }
    return slowest.prefix(count).compactMap { _, tree in
      times.paths[tree.root].map { summary(of: $0, tree.root) }
    }
  }

  private func summary(of path: CriticalPath, _ root: SpanIndex) -> PathSummary {
    let steps = path.steps.map { step in
      PathSummary.Step(
        start: step.from.subtractingSaturated(path.from),
        length: step.to.subtractingSaturated(step.from),
        service: step.span.isNone ? serviceName(of: step.task) : serviceName(of: step.span),
        span: step.span.isNone ? "" : spanText(step.span), task: taskText(step.task),
        shares: shares(step.use))
    }
    let service = serviceName(of: root)
    return PathSummary(
      trace: traceID(root).hex,
      root: service.isEmpty ? spanText(root) : "\(service) \(spanText(root))", length: path.length,
      shares: shares(path.use), steps: steps, left: path.left)
  }

  private func shares(_ use: TimeUse) -> [PathSummary.Share] {
    let waits = use.waits.map { wait in
      let reason = recording.strings.text(wait.reason)
      return (reason.isEmpty ? "waiting" : "waiting for \(reason)", wait.nanoseconds)
    }
    let states = [
      ("running", use.running), ("ready", use.runnable), ("in system calls", use.syscall),
      ("in the span", use.unknown),
    ]
    return (states + waits).filter { $0.1 > 0 }.map { PathSummary.Share(doing: $0.0, time: $0.1) }
      .sorted { $0.time != $1.time ? $0.time > $1.time : $0.doing < $1.doing }
  }

  private func spanText(_ node: SpanIndex) -> String {
    let name = NodeLabel.shortened(recording.strings.text(self.name(node)))
    return name.isEmpty ? "(no name)" : "\"\(name)\""
  }

  private func taskText(_ task: TaskIndex) -> String {
    guard !task.isNone else { return "" }
    let record = recording.tasks[task]
    let name = NodeLabel.function(
      recording.strings.text(record.entry == .empty ? record.label : record.entry))
    let words = [record.kind.name, record.number.map { "\($0)" }, NodeLabel.shortened(name)]
    return words.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func serviceName(of node: SpanIndex) -> String { process(node).map(serviceText) ?? "" }

  private func serviceName(of task: TaskIndex) -> String {
    task.isNone ? "" : serviceText(process(task))
  }

  private func serviceText(_ number: Int) -> String {
    guard processes.count > 1, processes.indices.contains(number) else { return "" }
    return NodeLabel.shortened(recording.strings.text(processes[number].record.service))
  }
}
