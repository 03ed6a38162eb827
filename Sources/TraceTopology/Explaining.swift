/// What a question about one span of a run comes to.
public struct Explanations: Sendable {
  /// The spans that the words may mean, in the order of the outputs.
  public var matches: [SpanMatch]
  /// Why the one span that is meant hangs where it does; nil if none is meant, or several.
  public var explanation: Explanation?
  /// What is wrong with the inputs.
  public var diagnostics: [Diagnostic]
  /// Whether the inputs hold no spans.
  public var isEmpty: Bool
}

extension Pipeline {
  /// Analyzes a run and keeps all that is weighed for one span.
  ///
  /// - Parameters:
  ///   - query: the span's id, the beginning of its id, or its name.
  ///   - pick: which of several spans is meant, from 1; `nil` if there must be one.
  ///   - paths: files, folders, archives, or `-` for the standard input.
  ///   - policy: thresholds, as for `analyze`.
  /// - Returns: what was found; the same for the same logs and options.
  public static func explain(
    _ query: String, pick: Int? = nil, in paths: [String], policy: Policy = .standard
  ) async -> Explanations {
    let lessons = await Lessons.learn(policy)
    let run = await LinkedRun(
      await InputReading.read(paths, policy: policy), policy: policy, lessons: lessons)
    let found = SpanQuery(query).matches(run.recording, run.forest, run.order)
    let place = pick.map { $0 - 1 } ?? (found.count == 1 ? 0 : -1)
    let node = found.indices.contains(place) ? found[place] : nil
    let subject = node.map { run.subject(of: $0) }
    let reattacher = await run.reattach(policy, watching: subject.map { [$0] } ?? [])
    let topology = await run.topology(reattacher.result, RunFrame(run, policy), policy)
    var result = Explanations(
      matches: found.map { topology.match($0) }, diagnostics: topology.diagnostics,
      isEmpty: run.recording.spans.count == 0)
    guard let node, let subject, let page = reattacher.notebook?.pages[subject] else {
      return result
    }
    var explanation = Explanation(topology: topology, node: node, page: page, policy: policy)
    if explanation.verdict == .presumedRoot {
      explanation.whatIf = await run.tryUnattested(subject, policy)
    }
    result.explanation = explanation
    return result
  }
}

extension LinkedRun {
  /// The node whose place is in question: the lost parent of a span that names one.
  func subject(of node: SpanIndex) -> SpanIndex {
    guard node.index < recording.spans.count, forest.cause[node.index] == .missingParent,
      let number = forest.missing.firstIndex(where: { $0.children.contains(node) })
    else { return node }
    return SpanIndex(recording.spans.count + number)
  }

  /// What becomes of a span if classes that never have a recorded parent may be joined.
  func tryUnattested(_ node: SpanIndex, _ policy: Policy) async -> Explanation.WhatIf {
    var other = policy
    other.joinUnattested = true
    let result = await reattach(other, watching: []).result
    return Explanation.WhatIf(
      unattested: result.reattachments[node]?.confidence,
      joins: result.kind[node.index] == .reattached)
  }
}
