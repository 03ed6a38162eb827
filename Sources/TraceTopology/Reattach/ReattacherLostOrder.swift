/// Finding what stood above lost parents by the order in which work arrives.
extension Reattacher {
  /// Names in the order of how far down they usually stand: what is found for the parents tells which
  /// of them are lost.
  func fromAbove(_ names: [StringID]) -> [StringID] {
    let depths = names.map { name in
      var depth = 0
      var above = statistics.commonestParent(name)
      while let next = above, next != name, depth < Self.deepest {
        depth += 1
        above = statistics.commonestParent(next)
      }
      return depth
    }
    return names.indices.sorted { depths[$0] != depths[$1] ? depths[$0] < depths[$1] : $0 < $1 }
      .map { names[$0] }
  }

  private static let deepest = 64

  /// Whether the parent of a lost parent was not found, and may be in another trace.
  func isAskedAbove(_ number: Int, _ lost: LostParents) -> Bool {
    let node = SpanIndex(recording.spans.count + number)
    guard worth(node) < Self.decisive else { return false }
    let seat = seat(number, lost.traces)
    if case .withinTrace = seat { return true }
    return seat.shareBeyondTrace != nil
  }

  /// Marks the names of the spans whose lost parents are asked for what stood above them.
  func markAskedAbove(_ lost: LostParents, _ isOpen: inout [Bool]) {
    for number in forest.missing.indices where isAskedAbove(number, lost) {
      for child in forest.missing[number].children {
        isOpen[recording.spans.name[child.index].index] = true
      }
    }
  }

  /// What is known of what stood above the lost parents of spans.
  func knownAbove(_ lost: LostParents) -> KnownAbove {
    let frozen = self
    return KnownAbove { span in
      guard let number = lost.number(of: span, frozen) else { return KnownAbove.Known() }
      let node = SpanIndex(frozen.recording.spans.count + number)
      if let above = frozen.believed(node) {
        return KnownAbove.Known(above: above)
      }
      var known = KnownAbove.Known()
      if frozen.isAskedAbove(number, lost) { known.asked = node }
      if case .withinTrace = frozen.seat(number, lost.traces) { known.isWithinTrace = true }
      return known
    }
  }

  /// Answers where some of the entries are spans that no log holds.
  func answersOfLost(
    _ group: OrderClass, _ memo: EvidenceMemo, _ members: inout ArrivalOrder, _ lost: LostParents,
    _ children: ChildCounts, _ known: KnownParents, _ threads: Threads
  ) async -> ([OrderModel.Answer], OrderTrust)? {
    let others = labelsOfLost(group.name)
    var group = group
    group.siblings = siblings(group, children)
    guard
      let trust = await trustOfLost(
        group, memo, &members, lost, children, others, known, threads)
    else { return nil }
    let labels = group.labels + others
    children.reserve(nodes.count + group.lostCount)
    children.add(labels, 1)
    defer { children.add(labels, -1) }
    guard let model = OrderModel(group, nodes: nodes, found: memo, children: children) else {
      return nil
    }
    return (await model.answers(threads), trust)
  }

  private func siblings(_ group: OrderClass, _ children: ChildCounts) -> OrderSiblings? {
    children.reserve(nodes.count + group.lostCount)
    children.add(group.labels, 1)
    defer { children.add(group.labels, -1) }
    return OrderSiblings(group, children.counts)
  }

  /// Takes a share of the recorded parents away, as if no log held them, hides others, and looks how
  /// many are found again: the class is put together anew, for what is known of lost parents rests on
  /// those that are left.
  private func trustOfLost(
    _ group: OrderClass, _ memo: EvidenceMemo, _ members: inout ArrivalOrder, _ lost: LostParents,
    _ children: ChildCounts, _ others: [Int32], _ known: KnownParents, _ threads: Threads
  ) async -> OrderTrust? {
    var asked: [OrderTrial] = []
    for fold in 0..<(group.recorded.count > Self.manyRecorded ? 1 : Self.lostFolds) {
      let questions = questionsOfLost(group, memo, fold)
      let gone = Set(questions.filter { $0.isGone }.map { $0.parent })
      let left = known.without(gone)
      guard var trial = await orderClass(group.name, &members, lost, left, threads),
        trial.spans.count == group.spans.count
      else { continue }
      trial.siblings = group.siblings
      var hidden = HiddenParents(trial)
      for question in questions { hidden.hide(question.position, as: question.question) }
      let labels = hidden.labels + others
      children.reserve(nodes.count + trial.lostCount)
      children.add(labels, 1)
      defer { children.add(labels, -1) }
      guard
        let model = OrderModel(trial, hidden: hidden, nodes: nodes, found: memo, children: children)
      else { return nil }
      for answer in await model.answers(threads, hidden) {
        guard let parent = group.parent(answer.position) else { continue }
        let right = gone.contains(parent) ? trial.lostBelow[above(parent)] : parent
        asked.append(OrderTrial(answer, right: right, isLost: right.map { trial.isLost($0) }))
      }
    }
    return OrderTrust(asked) { group.isLost($0) }
  }

  private static let lostFolds = 8

  /// The recorded parent of a span, or the one that was found for it.
  private func above(_ span: SpanIndex) -> SpanIndex {
    let parent = forest.parent[span.index]
    return parent.isNone ? believed(span) ?? .none : parent
  }

  /// A parent that is hidden in a trial.
  private struct LostQuestion {
    var position: Int
    var parent: SpanIndex
    var question: OrderQuestion
    /// Whether it is taken away, too.
    var isGone: Bool
  }

  /// What is asked in one trial: half of it about spans that lost their contexts, and as many of their
  /// parents as the log lacks; half about lost parents that are named.
  private func questionsOfLost(
    _ group: OrderClass, _ memo: EvidenceMemo, _ fold: Int
  ) -> [LostQuestion] {
    let share = max(group.recorded.count / 200, Self.lostFolds)
    var questions: [LostQuestion] = []
    for position in group.recorded.lazy.map({ Int($0) }) {
      guard let parent = group.parent(position) else { continue }
      let draw = nodes.spanID[group.spans[position].index].draw
      var question = LostQuestion(position: position, parent: parent, question: .open, isGone: true)
      if draw % (2 * share) == fold {
        let chance = Double(draw / (2 * share) % 1024)
        question.isGone = chance < group.missingShare(position, nodes) * 1024
        // What a chain decides is no question here.
        if !question.isGone, memo[position].best >= Self.decisive { continue }
      } else if draw % (2 * share) == fold + share {
        question.question = draw / (2 * share) % 2 == 0 ? .named : .withinTrace
      } else {
        continue
      }
      questions.append(question)
    }
    return questions
  }

  /// The parents that were found for lost spans which most likely had this name.
  private func labelsOfLost(_ name: StringID) -> [Int32] {
    var labels: [Int32] = []
    for number in forest.missing.indices where placeholderNames[number] == name {
      let node = SpanIndex(recording.spans.count + number)
      guard let parent = believed(node) else { continue }
      labels.append(Int32(truncatingIfNeeded: parent.index))
    }
    return labels
  }
}

/// What is known of parents that no log holds, for questions by order.
struct LostParents: Sendable {
  let traces: TraceHeads
  /// The names of their children.
  let names: Set<StringID>

  init(_ reattacher: Reattacher) {
    let forest = reattacher.forest
    let spans = reattacher.recording.spans
    var names: Set<StringID> = []
    for missing in forest.missing {
      for child in missing.children { names.insert(spans.name[child.index]) }
    }
    self.names = names
    traces = TraceHeads(reattacher.recording, forest)
  }

  /// The number of the lost parent that a span names; nil if it has none.
  func number(of span: SpanIndex, _ reattacher: Reattacher) -> Int? {
    let count = reattacher.recording.spans.count
    let parent = reattacher.result.parent[span.index]
    return parent.isNone || parent.index < count ? nil : parent.index - count
  }
}
