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
    return await topology(of: consume logs, policy: policy, lessons: lessons)
  }

  /// Everything behind the reading. What was read is given away: its tables are changed where they are.
  static func topology(
    of logs: consuming Recording, policy: Policy, lessons: Lessons = Lessons()
  ) async -> Topology {
    let run = await LinkedRun(consume logs, policy: policy, lessons: lessons)
    let (reattached, frame) = await Threads(policy).both(
      { await run.reattach(policy, watching: []).result }, { RunFrame(run, policy) })
    return await run.topology(reattached, frame, policy)
  }
}

/// What the logs recorded: spans to spans, tasks to tasks, spans to tasks.
struct LinkedRun: Sendable {
  var recording: Recording
  let placed: TimePlacement
  let processes: ProcessOrder
  let forest: SpanForest
  let order: SpanOrder
  let evidence: LinkedEvidence
  let knowledge: Knowledge
  /// What the recorded trees teach about lost parents; nil where none is asked for.
  let structure: TraceStructure?

  /// `answers`: whether the run will be asked for what is lost, too.
  init(
    _ logs: consuming Recording, policy: Policy, lessons: Lessons = Lessons(), answers: Bool = true
  ) async {
    var recording = consume logs
    TraceIDForms.join(&recording)
    var placed = TimePlacement.place(&recording, policy: policy)
    processes = ProcessOrder(recording, placed.join)
    let threads = Threads(policy)
    let forest = await ParentLinker.link(
      &recording, order: SpanOrder(recording, processRank: processes.number), threads)
    // What spans say of the other sides of their calls is held by who asks for it.
    let peers = recording.attributes.peers
    recording.attributes.peers = PeerTable()
    let order = SpanOrder(recording, processRank: processes.number)
    knowledge = Knowledge(lessons.runs, into: &recording)
    recording.diagnostics.append(lessons.diagnostics)
    let (linked, whole, lineage) = (recording, placed, knowledge.lineage)
    // Only lost parents are looked for within their traces.
    let isAsked = answers && !forest.missing.isEmpty
    (evidence, structure) = await threads.both(
      { LinkedEvidence(linked, whole, forest, order, peers, correlating: policy.correlatingKeys) },
      {
        guard isAsked else { return nil }
        return await TraceStructure(
          linked, forest, lessons: lineage, questions: forest.missing, threads)
      })
    placed.forgetNumbers()
    self.recording = recording
    self.placed = placed
    self.forest = forest
    self.order = order
  }

  /// What can be concluded about the spans whose cause is lost; what was weighed is kept for the
  /// watched ones.
  func reattach(_ policy: Policy, watching watched: [SpanIndex]) async -> Reattacher {
    await Reattacher.run(
      recording, forest, index: evidence.index, nodes: evidence.nodes, structure: structure,
      policy: policy, knowledge: knowledge, watching: watched)
  }

  /// All of it in the order of the outputs. What only the answers needed is given up first.
  consuming func topology(
    _ reattached: Reattached, _ frame: RunFrame, _ policy: Policy
  ) async -> Topology {
    var recording = recording
    let (placed, forest, processes) = (placed, forest, processes)
    let (tasks, links, sources) = (evidence.tasks, evidence.links, knowledge.sources)
    _ = consume self
    MergedTraces.report(&recording, forest, parent: reattached.parent)

    let final = recording
    let (review, assembled) = await Threads(policy).both(
      {
        await Review(
          ReviewFacts(
            final, placed, forest, reattached, tasks, spawnedUnder: frame.spawnedUnder,
            timelines: frame.timelines, processNumber: processes.number, policy: policy))
      },
      {
        TopologyAssembly.assemble(
          final, placed: placed, forest: forest, reattached: reattached, tasks: tasks,
          frame: frame.topology, processes: processes, isListed: policy.listsSpans)
      })
    var topology = assembled
    topology.spawnedUnder = frame.spawnedUnder
    topology.findings = review.findings
    topology.waitSites = review.waitSites
    topology.times = review.times
    topology.hasWholeTaskLog = review.hasWholeTaskLog
    topology.linkTargets = links
    topology.learnedFrom = sources
    topology.correlating = policy.correlatingKeys.compactMap { recording.strings.find($0) }
    topology.carry(attributes: policy.attributes, inherited: policy.inheritedAttributes)
    return topology
  }
}

/// What is known of the spans of a run, for questions about what caused them.
struct LinkedEvidence: Sendable {
  let tasks: TaskJoin
  let nodes: NodeFacts
  /// For each row of the link table the span that it names.
  let links: [SpanIndex]
  let index: EvidenceIndex

  init(
    _ recording: Recording, _ placed: TimePlacement, _ forest: SpanForest, _ order: SpanOrder,
    _ peers: PeerTable, correlating: [String]
  ) {
    tasks = TaskJoin(recording, placed, forest: forest)
    nodes = NodeFacts(recording, taskOfSpan: tasks.task, isAbsorbed: forest.isAbsorbed)
    links = LinkTargets.resolve(recording, forest, order: order)
    index = EvidenceIndex(
      recording, forest, peers, nodes: nodes, linkTargets: links,
      correlating: correlating)
  }
}

/// What is to be said of a run that no answer about lost causes changes: made beside the answers.
struct RunFrame: Sendable {
  let spawnedUnder: [SpanIndex]
  let timelines: Timelines
  let topology: TopologyFrame

  init(_ run: LinkedRun, _ policy: Policy) {
    let recording = run.recording
    spawnedUnder = SpawnContexts.spans(recording, run.evidence.index)
    timelines = recording.waits.isWhole ? Timelines(recording) : Timelines()
    topology = TopologyFrame(
      recording, placed: run.placed, forest: run.forest, order: run.order,
      tasks: run.evidence.tasks, processes: run.processes, isListed: policy.listsSpans)
  }
}
