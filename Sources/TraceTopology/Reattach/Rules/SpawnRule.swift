/// The span that was open on the spawner when it spawned the orphan's task; without one, the same
/// question for the spawner, and so on along the ancestors.
///
/// Evidence: creation events of the scheduler. Strong for the first span of a task, weaker for later
/// ones.
struct SpawnRule: EvidenceRule {
  let kind = EvidenceKind.spawn

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let question = search.question
    let parent = index.tasks.parent(question.task)
    let start = index.tasks.start(question.task)
    guard !parent.isNone, start.isKnown else { return }
    let signature = Signature(
      firstHop: question.rank == 0 ? .spawn : .lateSpawn, hasInner: !search.own.open.isNone)
    search.push(
      EvidenceSearch.Step(
        kind: .spawn, from: question.task, to: parent, time: start.nanoseconds, previous: -1,
        signature: signature))
  }
}
