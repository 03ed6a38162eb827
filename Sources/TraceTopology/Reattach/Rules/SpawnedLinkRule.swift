/// The span that is linked to by the one under which the orphan's task was spawned, where the tasks of a
/// batch are spawned in the order of its links.
///
/// Evidence: the recorded links and the creation events of the scheduler. Whether that names parents in a
/// class of spans is learned, apart for batches that spawned as many tasks as they have links.
struct SpawnedLinkRule: EvidenceRule {
  let kind = EvidenceKind.link

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let question = search.question
    let spawner = index.tasks.parent(question.task)
    let start = index.tasks.start(question.task)
    guard !spawner.isNone, start.isKnown, let turn = index.linkedTurn(of: question.task) else {
      return
    }
    let signature = Signature(
      firstHop: .link, isStale: question.rank > 0, hasInner: !search.own.open.isNone, spawns: 1,
      rivals: turn.isAgreed ? 0 : 3)
    let step = search.push(
      EvidenceSearch.Step(
        kind: .link, from: question.task, to: spawner, time: start.nanoseconds, previous: -1,
        signature: signature, isEnd: true))
    search.found(turn.target, signature, step: step, .link)
  }
}
