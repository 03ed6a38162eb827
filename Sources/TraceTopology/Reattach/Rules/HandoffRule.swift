/// The latest hand-off that reached the task before the orphan began: a channel operation, a close,
/// a condition variable, a task log's wake-up.
///
/// Evidence: who woke whom, or whom the task took a value from, and when. A hand-off that is older
/// than the end of the task's previous work is *stale*: it belonged to that work.
struct HandoffRule: EvidenceRule {
  let kind = EvidenceKind.handoff

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let question = search.question
    guard let edge = index.handoffs.latest(question.task, at: question.time) else { return }
    let signature = Signature(
      firstHop: Signature.FirstHop(edge.kind), isStale: edge.time < search.own.lastEnd,
      hasInner: !search.own.open.isNone)
    search.push(
      EvidenceSearch.Step(
        kind: .handoff, from: question.task, to: edge.from, time: edge.sourceTime, previous: -1,
        signature: signature))
  }
}
