/// Trying the answers of a run on itself.
extension TraceStructure {
  /// Spans of one operation, and all, that are taken as lost.
  private static let trialsOfOperation = 40
  private static let trialLimit = 1_000

  /// A span that is taken as lost.
  struct TrialQuestion {
    var missing: MissingParent
    /// The span itself and what is taken as lost above it.
    var hidden: [SpanIndex]
    /// The nearest ancestor that is left.
    var truth: SpanIndex
  }

  /// Takes spans of recorded trees as lost, with as many of their ancestors as the run lacks, and looks
  /// how often the nearest ancestor that is left is found.
  func trial(_ threads: Threads) async -> AnswerTrust {
    let questions = trialQuestions()
    // What is asked about one trace is asked together: its rows are at hand then.
    var places = Array(questions.indices)
    TimeSort.sort(&places) { Int64(questions[$0].missing.trace.raw) }
    let order = places
    let parts = await threads.stretches(of: order.count, atLeast: Self.trialsAtOnce) { stretch in
      var own = self
      return stretch.map { own.answer(questions[order[$0]]) }
    }
    var answers: [Found?] = Array(repeating: nil, count: questions.count)
    for (place, found) in zip(order, parts.joined()) { answers[place] = found }
    var trust = AnswerTrust()
    for (question, found) in zip(questions, answers) {
      guard let found else { continue }
      trust.add(found.probability, isRight: found.span == question.truth)
    }
    trust.close()
    return trust
  }

  /// Fewer questions are not worth a thread of their own.
  private static let trialsAtOnce = 64

  private mutating func answer(_ question: TrialQuestion) -> Found? {
    hidden = question.hidden
    defer { hidden = [] }
    return ancestor(of: question.missing)
  }

  /// What a trial asks.
  func trialQuestions() -> [TrialQuestion] {
    var questions: [TrialQuestion] = []
    for operation in 0..<statistics.examples.owners where questions.count < Self.trialLimit {
      for row in statistics.examples[operation].prefix(Self.trialsOfOperation) {
        let example = SpanIndex(raw: row)
        guard questions.count < Self.trialLimit else { break }
        let children = statistics.children[example.index].map { SpanIndex(raw: $0) }
        guard !children.isEmpty, isStarted(example) else { continue }
        let (hidden, truth) = hide(example)
        guard !truth.isNone else { continue }
        questions.append(
          TrialQuestion(
            missing: MissingParent(
              trace: recording.spans.trace[example.index],
              spanID: recording.spans.spanID[example.index], children: children),
            hidden: hidden, truth: truth))
      }
    }
    return questions
  }

  /// What is taken as lost with a span: as often as parents are lost, those above it; and the nearest
  /// that is left.
  private func hide(_ span: SpanIndex) -> (hidden: [SpanIndex], truth: SpanIndex) {
    var hidden = [span]
    var at = parent(of: span)
    var draw = recording.spans.spanID[span.index].draw
    while !at.isNone, Double(draw % 1024) < statistics.lossRate * 1024, hidden.count < 8 {
      if !hidden.contains(at) { hidden.append(at) }
      at = parent(of: at)
      draw /= 1024
    }
    return (hidden, at)
  }
}
