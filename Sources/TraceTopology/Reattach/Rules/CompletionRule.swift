/// The span that was open on the task which went on when the orphan had ended: it waited for it.
///
/// Evidence: the orphan's task closed a channel, sent an answer or brought a wait group to zero after
/// the orphan's end and before its next work, and the task that this woke had a span open since before
/// the orphan began. Of a lost span it is known when its children had ended: the next such wake-up was its.
struct CompletionRule: EvidenceRule {
  let kind = EvidenceKind.completion

  /// Clocks of spans and of the scheduler agree no better than this.
  private static let slack: Int64 = 20_000

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let question = search.question
    guard let end = question.end ?? Self.lastSeen(question),
      let release = index.completions.first(
        question.task, from: max(end.subtractingSaturated(Self.slack), question.time)),
      release.to != question.task,
      release.time <= index.open.nextStart(question.task, after: end)
    else { return }
    let view = index.open.view(release.to, at: release.time)
    guard !view.open.isNone, view.openStart <= question.time else { return }
    let signature = Signature(firstHop: .completion, hasInner: !search.own.open.isNone)
    let step = search.push(
      EvidenceSearch.Step(
        kind: .completion, from: question.task, to: release.to, time: release.time, previous: -1,
        signature: signature, isEnd: true))
    search.found(view.open, signature, step: step, .completion)
  }

  /// When the children of a lost span had ended, as its own end is not known.
  private static func lastSeen(_ question: EvidenceSearch.Question) -> Int64? {
    guard question.span.isNone, let seen = question.lastSeen,
      seen > question.time.addingSaturated(1)
    else { return nil }
    return seen
  }
}
