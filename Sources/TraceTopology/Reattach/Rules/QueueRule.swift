/// The hand-off whose turn it is: a task that took several items works on them in the order of
/// arrival, so a span belongs to the hand-off after the one of the span before.
///
/// Evidence: the hand-offs that reached the task, and which of them the spans before came from.
struct QueueRule: EvidenceRule {
  let kind = EvidenceKind.queue

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let question = search.question
    guard let edge = question.queued, edge.time <= question.time else { return }
    let latest = index.handoffs.latest(question.task, at: question.time)
    let isLatest = latest.map { $0.time == edge.time && $0.from == edge.from } ?? false
    search.push(
      EvidenceSearch.Step(
        kind: .queue, from: question.task, to: edge.from, time: edge.sourceTime, previous: -1,
        signature: Signature(firstHop: .queue, isStale: !isLatest)))
  }
}
