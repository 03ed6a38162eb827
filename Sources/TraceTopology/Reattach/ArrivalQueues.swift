/// Which hand-off's turn it is when a span begins, on tasks that take several items before they work
/// on them: batches, mailboxes.
///
/// The spans of one name on a task are walked in order, each taking the next hand-off. One with a
/// recorded parent takes the next hand-off that leads to this parent, so that the count is put right
/// again wherever something is known.
struct ArrivalQueues: Sendable {
  private var turns: [SpanIndex: HandoffIndex.Edge] = [:]

  /// How many hand-offs are looked through for a recorded parent.
  private static let lookAhead = 16

  init() {}

  init(
    _ recording: Recording, _ forest: SpanForest, index: EvidenceIndex, ancestry: Ancestry,
    taskOf: [TaskIndex], isAsked: (Int) -> Bool, isExample: (Int) -> Bool
  ) {
    var open = KeyNumbers()
    let spans = recording.spans
    let isQuestion = { (row: Int) in
      forest.parent[row].isNone && forest.cause[row] == .none && !forest.isAbsorbed[row]
    }
    for row in 0..<spans.count where isQuestion(row) && isAsked(row) {
      _ = open.number(of: UInt64(spans.name[row].raw))
    }
    guard !open.keys.isEmpty else { return }
    var next: [UInt64: Int] = [:]
    for span in index.open.spansByTask {
      let row = span.index
      guard row < spans.count else { continue }
      let task = taskOf[row]
      guard index.handoffs.count(task) > 1, open.find(UInt64(spans.name[row].raw)) != nil else {
        continue
      }
      let key = UInt64(task.raw) << 32 | UInt64(spans.name[row].raw)
      let turn = next[key] ?? 0
      if isQuestion(row) || (!forest.parent[row].isNone && isExample(row)) {
        turns[span] = index.handoffs.edge(task, turn)
      }
      next[key] = 1 + Self.taken(by: span, task, from: turn, forest, index, ancestry)
    }
  }

  /// The number of the hand-off that this span came from.
  private static func taken(
    by span: SpanIndex, _ task: TaskIndex, from turn: Int, _ forest: SpanForest,
    _ index: EvidenceIndex, _ ancestry: Ancestry
  ) -> Int {
    let parent = forest.parent[span.index]
    guard !parent.isNone else { return turn }
    for number in turn..<(turn + lookAhead) {
      guard let edge = index.handoffs.edge(task, number) else { break }
      let view = index.open.view(edge.from, at: edge.sourceTime)
      var at = view.open.isNone ? view.lastEnded : view.open
      var steps: UInt8 = 0
      while !at.isNone, steps <= Ancestry.depth {
        if at == parent { return number }
        at = ancestry.parent(at)
        steps += 1
      }
    }
    return turn
  }

  func turn(of span: SpanIndex) -> HandoffIndex.Edge? { turns[span] }
}
