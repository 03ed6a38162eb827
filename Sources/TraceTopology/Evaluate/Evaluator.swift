/// Compares what an analysis made of a run that lacks something with the whole run.
struct Evaluator {
  let loss: Loss
  /// What was put back in `loss.recording`.
  let answers: Reattached

  func score(_ plan: LossPlan) -> EvaluationScore {
    var score = EvaluationScore(plan)
    let baseline = BaselineParents(loss.recording)
    var isAsked = Set<SpanIndex>()
    for question in loss.questions {
      isAsked.insert(question.span)
      ask(question, baseline, &score)
    }
    for row in 0..<loss.recording.spans.count
    where !isAsked.contains(SpanIndex(row)) && !loss.unknown.contains(SpanIndex(row)) {
      note(SpanIndex(row), &score)
    }
    compareTaken(&score)
    return score
  }

  /// What is concluded of spans that were taken, beside what they were.
  private func compareTaken(_ score: inout EvaluationScore) {
    struct Key: Hashable {
      var trace: TraceID
      var span: SpanID
    }
    let inferred = Dictionary(
      answers.placeholders.map {
        (Key(trace: loss.recording.traces[$0.trace], span: $0.spanID), $0.inferred)
      }, uniquingKeysWith: { first, _ in first })
    for taken in loss.taken {
      score.taken += 1
      guard let found = inferred[Key(trace: taken.trace, span: taken.spanID)] ?? nil else {
        continue
      }
      score.named += 1
      score.namedRight += found.name == taken.name ? 1 : 0
      for (stretch, time) in [(found.start, taken.start), (found.end, taken.end)] {
        guard let stretch, time.isKnown else { continue }
        score.timed += 1
        score.timedRight += stretch.contains(time) ? 1 : 0
      }
    }
  }

  private func ask(
    _ question: Loss.Question, _ baseline: BaselineParents, _ score: inout EvaluationScore
  ) {
    let answer = nearest(above: question.span)
    score.questions += 1
    if question.ancestor.isNone { score.withoutAncestor += 1 }
    if answer.span.isNone {
      score.rightlyLeft += question.ancestor.isNone ? 1 : 0
    } else {
      let isRight = answer.span == question.ancestor
      score.answered += 1
      score.right += isRight ? 1 : 0
      score.note(claimed: answer.confidence, isRight: isRight)
    }
    guard !question.ancestor.isNone else { return }
    if baseline.root(of: question.span) == question.ancestor { score.rightByRoot += 1 }
    if baseline.container(of: question.span) == question.ancestor { score.rightByContainer += 1 }
  }

  /// A span that lost nothing: a root stays one, a recorded parent stays what it is.
  private func note(_ span: SpanIndex, _ score: inout EvaluationScore) {
    let parent = answers.parent[span.index]
    guard !loss.recording.spans.parentID[span.index].isNone else {
      score.roots += 1
      score.rootsJoined += parent.isNone ? 0 : 1
      return
    }
    guard answers.kind[span.index] == .recorded else { return }
    let said = loss.recording.spans.parentID[span.index]
    score.parentsChanged += isLogged(parent) && id(parent) == said ? 0 : 1
  }

  /// Whether a node stands in a log; the others are placeholders.
  private func isLogged(_ node: SpanIndex) -> Bool {
    !node.isNone && node.index < loss.recording.spans.count
  }

  private func id(_ span: SpanIndex) -> SpanID { loss.recording.spans.spanID[span.index] }

  /// The nearest ancestor that a log holds, through placeholders, and how sure the weakest of the
  /// joints on the way is.
  private func nearest(above span: SpanIndex) -> (span: SpanIndex, confidence: Double) {
    var confidence = 1.0
    var at = span
    while true {
      if answers.kind[at.index] == .reattached {
        confidence = min(confidence, answers.reattachments[at]?.confidence ?? 1)
      }
      at = answers.parent[at.index]
      guard !at.isNone, !isLogged(at) else { return (at, confidence) }
    }
  }
}

/// The parents that simple rules would choose, to compare with.
struct BaselineParents {
  private let recording: Recording
  private let byTrace: RowLists

  init(_ recording: Recording) {
    self.recording = recording
    let spans = recording.spans
    var lists = RowLists(owners: recording.traces.count, rows: spans.count) {
      spans.trace[$0].index
    }
    lists.sortEach { spans.start[Int($0)].nanoseconds < spans.start[Int($1)].nanoseconds }
    byTrace = lists
  }

  /// The first span of the trace that names no parent; `none` if that is the span itself.
  func root(of span: SpanIndex) -> SpanIndex {
    let rows = byTrace[recording.spans.trace[span.index].index]
    let root = rows.first { recording.spans.parentID[Int($0)].isNone && Int($0) != span.index }
    return root.map { SpanIndex(Int($0)) } ?? .none
  }

  /// The shortest span of the trace that contains this one.
  func container(of span: SpanIndex) -> SpanIndex {
    let spans = recording.spans
    let start = spans.start[span.index]
    let end = spans.end[span.index]
    guard start.isKnown, end.isKnown else { return .none }
    var best: (length: Int64, row: SpanIndex)?
    for row in byTrace[spans.trace[span.index].index] {
      let other = Int(row)
      if spans.start[other].nanoseconds > start.nanoseconds { break }
      guard other != span.index, spans.end[other].isKnown,
        spans.end[other].nanoseconds >= end.nanoseconds,
        let length = spans.end[other].since(spans.start[other])
      else { continue }
      if length < best?.length ?? .max { best = (length, SpanIndex(other)) }
    }
    return best?.row ?? .none
  }
}
