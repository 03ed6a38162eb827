/// The call whose answer the reader of the connection delivered when the served span had ended.
///
/// Evidence: other spans served on the same task, or on tasks of the same spawner, have callers that
/// were all woken by one task of another process: the reader of the connection. It woke the task of the
/// call first after the end of the served span. With many calls on one connection another answer may
/// have come between; how often the first one is right is learned. A served span that nobody logged
/// ran at least as long as its children show.
struct ConnectionRule: EvidenceRule {
  let kind = EvidenceKind.connection

  /// Answers that follow each other within this time may each be the right one, in nanoseconds.
  private static let closeness: Int64 = 200_000

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let answers = index.answers(to: search.question)
    guard let first = answers.first else { return }
    let rivals = answers.count { $0.time - first.time <= Self.closeness } - 1
    for (rank, answer) in answers.prefix(3).enumerated() where !answer.span.isNone {
      let signature = Signature(
        firstHop: .answer, rivals: UInt8(min(rivals, 3)), isLater: rank > 0)
      let step = search.push(
        EvidenceSearch.Step(
          kind: .connection, from: search.question.task, to: answer.to, time: answer.time,
          previous: -1, signature: signature, isEnd: true))
      search.found(answer.span, signature, step: step, .connection)
    }
  }
}
