import Glibc

/// Collect → Decode → Link → Reattach → Write: a whole run in one screen.
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
    topology(of: await InputReading.read(paths, policy: policy, progress: progress), policy: policy)
  }

  /// Everything behind the reading.
  static func topology(of logs: Recording, policy: Policy) -> Topology {
    var recording = logs

    // What the logs recorded: spans to spans, tasks to tasks, spans to tasks.
    TraceIDForms.join(&recording)
    let placed = TimePlacement.place(&recording, policy: policy)
    let processes = ProcessOrder(recording, placed.join)
    let forest = ParentLinker.link(
      &recording, order: SpanOrder(recording, processRank: processes.number))
    let order = SpanOrder(recording, processRank: processes.number)
    let tasks = TaskJoin(recording, placed, forest: forest)

    // What can be concluded about the spans whose cause is lost.
    let nodes = NodeFacts(recording, taskOfSpan: tasks.task, isAbsorbed: forest.isAbsorbed)
    let links = LinkTargets.resolve(recording, forest, order: order)
    let index = EvidenceIndex(recording, forest, nodes: nodes, linkTargets: links)
    let reattached = Reattacher.place(
      recording, forest, index: index, nodes: nodes, policy: policy)
    MergedTraces.report(&recording, forest, parent: reattached.parent)

    var topology = TopologyAssembly.assemble(
      recording, placed: placed, forest: forest, reattached: reattached, tasks: tasks,
      index: index, order: order, processes: processes)
    topology.linkTargets = links
    topology.carry(attributes: policy.attributes, inherited: policy.inheritedAttributes)
    return topology
  }
}
