/// How far an analysis can be trusted on a run of one's own.
public struct Evaluation: Sendable {
  /// One for each plan, in the order of the plans.
  public var scores: [EvaluationScore]
  /// What is wrong with the inputs.
  public var diagnostics: [Diagnostic]
  /// Spans of the whole run, repeated records counted once.
  public var spans: Int
}

extension Pipeline {
  /// Takes from a run some of what it recorded, analyzes what is left, and compares.
  ///
  /// - Parameters:
  ///   - paths: files, folders, or `-` for the standard input.
  ///   - plans: what is taken, one after the other, each from the whole run.
  ///   - policy: thresholds.
  /// - Returns: the scores; the same for the same logs and plans.
  public static func evaluate(
    _ paths: [String], plans: [LossPlan], policy: Policy = .standard
  ) async -> Evaluation {
    let lessons = await Lessons.learn(policy)
    var recording = await InputReading.read(paths, policy: policy)
    recording.diagnostics.append(lessons.diagnostics)
    TraceIDForms.join(&recording)
    let count = recording.processes.count
    let apart = ProcessJoin(
      canonical: (0..<count).map { ProcessIndex($0) },
      scheduler: Array(repeating: .none, count: count))
    let order = SpanOrder(recording, processRank: ProcessOrder(recording, apart).number)
    let forest = await ParentLinker.link(&recording, order: order, Threads(policy))
    let whole = recording
    let unknown = await unknownParents(whole, policy, lessons)
    var scores: [EvaluationScore] = []
    for plan in plans {
      let loss = Loss.of(plan, from: whole, forest, unknown: unknown)
      let run = await LinkedRun(loss.recording, policy: policy, lessons: lessons)
      let answers = await run.reattach(policy, watching: []).result
      scores.append(Evaluator(loss: loss, answers: answers).score(plan))
    }
    return Evaluation(
      scores: scores, diagnostics: recording.diagnostics.sorted,
      spans: forest.isAbsorbed.count { !$0 })
  }

  /// Spans of which the whole run lacks the parent that they had.
  private static func unknownParents(
    _ whole: Recording, _ policy: Policy, _ lessons: Lessons
  ) async -> Set<Int> {
    let run = await LinkedRun(whole, policy: policy, lessons: lessons)
    let answers = await run.reattach(policy, watching: []).result
    return Set(
      (0..<whole.spans.count).filter {
        answers.kind[$0] == .reattached || answers.kind[$0] == .orphan
      })
  }
}
