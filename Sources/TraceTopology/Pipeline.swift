/// Collect → Decode → Link → Reattach → Review → Write: a whole run in one screen.
///
/// Facts flow down and nothing flows back. Writing is the caller's choice (`TopologyOutputs`).
public enum Pipeline {
  /// Reads the logs under `paths` and rebuilds the topology of the run.
  ///
  /// The result depends on the content of the logs and on `policy` alone. Problems of the inputs are
  /// part of it (`diagnostics`); nothing is thrown.
  ///
  /// - Parameters:
  ///   - paths: files, folders, archives, or `-` for the standard input.
  ///   - policy: thresholds.
  ///   - progress: called after each file with the number of files read and of all files.
  /// - Returns: the whole result, ready to write.
  public static func analyze(
    _ paths: [String], policy: Policy = .standard,
    progress: (@Sendable (_ read: Int, _ of: Int) -> Void)? = nil
  ) async -> Topology {
    let lessons = await Lessons.learn(policy)
    let logs = await InputReading.read(paths, policy: policy, progress: progress)
    return topology(of: consume logs, policy: policy, lessons: lessons)
  }

  /// Everything behind the reading. What was read is given away: its tables are changed where they are.
  static func topology(
    of logs: consuming Recording, policy: Policy, lessons: Lessons = Lessons()
  ) -> Topology {
    let run = LinkedRun(consume logs, policy: policy, lessons: lessons)
    return run.topology(run.reattach(policy, watching: []).result, policy)
  }
}

/// What the logs recorded: spans to spans, tasks to tasks, spans to tasks.
struct LinkedRun: Sendable {
  var recording: Recording
  let placed: TimePlacement
  let processes: ProcessOrder
  let forest: SpanForest
  let order: SpanOrder
  let tasks: TaskJoin
  let nodes: NodeFacts
  /// For each row of the link table the span that it names.
  let links: [SpanIndex]
  let index: EvidenceIndex
  let knowledge: Knowledge

  init(_ logs: consuming Recording, policy: Policy, lessons: Lessons = Lessons()) {
    recording = consume logs
    TraceIDForms.join(&recording)
    placed = TimePlacement.place(&recording, policy: policy)
    processes = ProcessOrder(recording, placed.join)
    forest = ParentLinker.link(
      &recording, order: SpanOrder(recording, processRank: processes.number))
    order = SpanOrder(recording, processRank: processes.number)
    tasks = TaskJoin(recording, placed, forest: forest)
    nodes = NodeFacts(recording, taskOfSpan: tasks.task, isAbsorbed: forest.isAbsorbed)
    links = LinkTargets.resolve(recording, forest, order: order)
    index = EvidenceIndex(recording, forest, nodes: nodes, linkTargets: links)
    knowledge = Knowledge(lessons.runs, into: &recording)
    recording.diagnostics.append(lessons.diagnostics)
  }

  /// What can be concluded about the spans whose cause is lost; what was weighed is kept for the
  /// watched ones.
  func reattach(_ policy: Policy, watching watched: [SpanIndex]) -> Reattacher {
    Reattacher.run(
      recording, forest, index: index, nodes: nodes, policy: policy, knowledge: knowledge,
      watching: watched)
  }

  /// All of it in the order of the outputs.
  func topology(_ reattached: Reattached, _ policy: Policy) -> Topology {
    var recording = recording
    MergedTraces.report(&recording, forest, parent: reattached.parent)

    let spawnedUnder = SpawnContexts.spans(recording, index)
    let review = Review(
      ReviewFacts(
        recording, placed, forest, reattached, tasks, spawnedUnder: spawnedUnder,
        processNumber: processes.number, policy: policy))

    var topology = TopologyAssembly.assemble(
      recording, placed: placed, forest: forest, reattached: reattached, tasks: tasks,
      spawnedUnder: spawnedUnder, order: order, processes: processes)
    topology.findings = review.findings
    topology.waitSites = review.waitSites
    topology.times = review.times
    topology.hasWholeTaskLog = review.hasWholeTaskLog
    topology.exits = ExitPaths(recording, placed, tasks, isAbsorbed: forest.isAbsorbed)
    topology.linkTargets = links
    topology.learnedFrom = knowledge.sources
    topology.carry(attributes: policy.attributes, inherited: policy.inheritedAttributes)
    return topology
  }
}
