import Synchronization

/// Finding parents by the order in which work arrives, where no chain of evidence decides.
extension Reattacher {
  /// Matches what is still open, name by name.
  mutating func matchOrders(_ threads: Threads) async {
    let lost = forest.missing.isEmpty ? nil : LostParents(self)
    let names = openNames(lost)
    guard !names.isEmpty else { return }
    let parents = names.flatMap { statistics.parentNames($0).prefix(OrderClass.namesLimit) }
    let above = parents.flatMap {
      statistics.parentNames($0).prefix(lost == nil ? 1 : LostEntries.namesLimit)
    }
    var members = await ArrivalOrder(
      recording, nodes, isAbsorbed: forest.isAbsorbed, names: names + parents + above, threads)
    members.arrivals = Arrivals(index, nodes, recording, of: names)
    let children = ChildCounts(nodes: nodes.count)
    var known = KnownParents(forest)
    for span in result.reattachments.keys { known.learn(span, parent: believed(span)) }
    for name in names { await matchOrder(name, &members, lost, children, &known, threads) }
  }

  /// Names of which some spans have recorded parents and others have found none, in a fixed order.
  private func openNames(_ lost: LostParents?) -> [StringID] {
    var isOpen = Array(repeating: false, count: recording.strings.count)
    for row in 0..<recording.spans.count where self.isOpen(SpanIndex(row)) {
      isOpen[recording.spans.name[row].index] = true
    }
    if let lost { markAskedAbove(lost, &isOpen) }
    let names = isOpen.indices.map { StringID($0) }
      .filter { isOpen[$0.index] && statistics.parentCount($0) >= 8 && isTellable($0) }
      .sorted { recording.strings.isOrderedBefore($0, $1) }
    return fromAbove(names)
  }

  /// Whether most parents of such spans have one of the few names that are looked at: where they have
  /// not, no answer among spans of these names can be relied on.
  private func isTellable(_ name: StringID) -> Bool {
    let among = statistics.parentNames(name).prefix(OrderClass.namesLimit)
      .reduce(0) { $0 + statistics.pairCount(name, parentName: $1) }
    return 2 * among >= statistics.parentCount(name)
  }

  /// Whether this span names no parent and no confident answer was found.
  private func isOpen(_ span: SpanIndex) -> Bool {
    let row = span.index
    guard !forest.isAbsorbed[row], forest.parent[row].isNone, forest.cause[row] == .none else {
      return false
    }
    return worth(span) < Self.decisive
  }

  private mutating func matchOrder(
    _ name: StringID, _ members: inout ArrivalOrder, _ lost: LostParents?, _ children: ChildCounts,
    _ known: inout KnownParents, _ threads: Threads
  ) async {
    guard let group = await orderClass(name, &members, lost, known, threads),
      let (answers, trust) = await answers(group, &members, lost, children, known, threads)
    else { return }
    for answer in answers {
      proposeByOrder(group, answer, trust, lost)
      let span = group.spans[answer.position]
      known.learn(span, parent: believed(span))
    }
  }

  /// The class of a name, by what is known of the parents.
  func orderClass(
    _ name: StringID, _ members: inout ArrivalOrder, _ lost: LostParents?,
    _ known: KnownParents, _ threads: Threads
  ) async -> OrderClass? {
    let statistics = statistics
    var group = await OrderClass(
      name: name, members: &members, nodes: nodes,
      parentNames: Array(statistics.parentNames(name).prefix(OrderClass.namesLimit)),
      namesAbove: { statistics.parentNames($0) }, known: known,
      above: lost.flatMap { $0.names.contains(name) ? knownAbove($0) : nil }, threads)
    group?.correlated = index.correlated
    group?.tasks = index.tasks
    return group
  }

  private func answers(
    _ group: OrderClass, _ members: inout ArrivalOrder, _ lost: LostParents?,
    _ children: ChildCounts, _ known: KnownParents, _ threads: Threads
  ) async -> ([OrderModel.Answer], OrderTrust)? {
    let frozen = self
    // The trials ask about the same spans again and again.
    let memo = EvidenceMemo(positions: group.spans.count) {
      frozen.chances(group.spans[$0], group.name)
    }
    if group.lostCount > 0, let lost {
      return await answersOfLost(group, memo, &members, lost, children, known, threads)
    }
    children.add(group.labels, 1)
    defer { children.add(group.labels, -1) }
    var group = group
    group.siblings = OrderSiblings(group, children.counts)
    // Of many spans those that are hidden for the trial teach a model nothing that the others do not:
    // what was learned once answers both.
    let learned =
      group.recorded.count > Self.manyRecorded
      ? OrderModel(group, nodes: nodes, found: memo, children: children) : nil
    guard let trust = await orderTrust(group, memo, children, learned, threads),
      let model = learned ?? OrderModel(group, nodes: nodes, found: memo, children: children)
    else { return nil }
    return (await model.answers(threads), OrderTrust(trust))
  }

  /// From here on one trial in which a few parents are hidden shows as much as several.
  static let manyRecorded = 1500

  /// What chains of evidence say about one span, and how often such chains were right.
  private func chances(_ span: SpanIndex, _ name: StringID) -> OrderModel.Found {
    guard let search = search(span) else { return OrderModel.Found() }
    let end = recording.spans.end[span.index]
    let weighed = weigher.weigh(search.hits, of: span, name: name, end: end, ranks: 1) {
      $0 != span
    }
    return OrderModel.Found(
      spans: weighed.map(\.hit.span),
      chances: weighed.map { calibrated($0.probability, node: span, rule: $0.hit.kind) })
  }

  /// Hides a share of the recorded parents and looks how many are found again.
  private func orderTrust(
    _ group: OrderClass, _ evidence: EvidenceMemo, _ children: ChildCounts, _ learned: OrderModel?,
    _ threads: Threads
  ) async -> AnswerTrust? {
    var trust = AnswerTrust()
    let folds = group.recorded.count <= Self.manyRecorded ? 4 : 1
    for fold in 0..<folds {
      let hidden = hidden(group, evidence, fold)
      for position in hidden.positions { children.add(group.labels[position], -1) }
      defer { for position in hidden.positions { children.add(group.labels[position], 1) } }
      guard
        let model = learned?.hiding(hidden)
          ?? OrderModel(group, hidden: hidden, nodes: nodes, found: evidence, children: children)
      else { return nil }
      for answer in await model.answers(threads, hidden) {
        guard let best = answer.parents.first else { continue }
        let isRight =
          !hidden.isGone(answer.position) && best.span == group.parent(answer.position)
        trust.add(best.probability, isRight: isRight)
      }
    }
    trust.close()
    return trust
  }

  /// What is hidden for one trial.
  private func hidden(
    _ group: OrderClass, _ evidence: EvidenceMemo, _ fold: Int
  ) -> HiddenParents {
    var hidden = HiddenParents(group)
    let share = max(group.recorded.count / 400, 4)
    let ids = recording.spans.spanID
    for position in group.recorded.lazy.map({ Int($0) }) {
      let draw = ids[group.spans[position].index].draw
      guard draw % share == fold else { continue }
      // As many parents as the log lacks are taken away besides.
      let isGone = Double(draw / share % 1024) < group.missingShare(position, nodes) * 1024
      // What a chain decides is no question here.
      if !isGone, evidence[position].best >= Self.decisive { continue }
      hidden.hide(position, isGone: isGone)
    }
    return hidden
  }

  private mutating func proposeByOrder(
    _ group: OrderClass, _ answer: OrderModel.Answer, _ trust: OrderTrust, _ lost: LostParents?
  ) {
    let answer = trust.settled(answer) { group.isLost($0) }
    guard let likeliest = answer.parents.first else { return }
    var span = group.spans[answer.position]
    let parent = group.logged(likeliest.span)
    var share = lossShare(span.index)
    if answer.question != .open {
      guard let lost, let number = lost.number(of: span, self) else { return }
      span = SpanIndex(recording.spans.count + number)
      share = seat(number, lost.traces).shareBeyondTrace ?? 1
    }
    let isOfLost = group.isLost(likeliest.span)
    let sure = trust.confidence(
      likeliest.probability, answer.question, isLost: isOfLost)
    let stated = isOfLost ? sure * share : calibrated(sure * share, node: span, rule: .order)
    let isBetter = stated > worth(span) && parent != span
    guard isBetter || isWatched(span) else { return }
    let scale = likeliest.probability > 0 ? sure / likeliest.probability : 0
    let weighed = answer.parents.map { other in
      Weigher.Weighed(
        hit: EvidenceSearch.Hit(
          span: group.logged(other.span), signature: Signature(firstHop: .queue), step: -1,
          kind: .order),
        probability: min(other.probability * scale, 1))
    }
    let isLost = answer.parents.map { group.isLost($0.span) }
    noteOrder(span, share, weighed, isLost, isAdopted: isBetter)
    guard isBetter, let best = weighed.first else { return }
    let evidence = orderEvidence(span, parent, isLost: isLost[0])
    propose(span, best, share, weighed, evidence: evidence)
    if isLost[0] { triedNodes.insert(span) } else { triedNodes.remove(span) }
  }

  /// What says that it was the turn of a span; where no log holds this, that another one stands above it.
  func orderEvidence(_ span: SpanIndex, _ parent: SpanIndex, isLost: Bool) -> [Evidence] {
    let turn = Evidence(
      rule: .order, task: task(span), by: isLost ? .none : nodes.task[parent.index],
      at: nodes.start[span.index], span: isLost ? .none : parent)
    guard isLost else { return [turn] }
    return [
      turn,
      Evidence(rule: .ancestor, task: .none, by: .none, at: nodes.start[span.index], span: parent),
    ]
  }
}

/// What chains of evidence say about the spans of one class, by their positions, each asked once as a
/// rule: what is asked by two threads at once comes to the same.
final class EvidenceMemo: Sendable {
  private struct Known: Sendable {
    /// For each position where its answer stands; -1 for those that nobody asked about.
    var number: [Int32]
    var answers: [OrderModel.Found] = []

    func answer(_ position: Int) -> OrderModel.Found? {
      number[position] < 0 ? nil : answers[Int(number[position])]
    }

    mutating func learn(_ position: Int, _ answer: OrderModel.Found) {
      guard number[position] < 0 else { return }
      number[position] = Int32(truncatingIfNeeded: answers.count)
      answers.append(answer)
    }
  }

  private let known: Mutex<Known>
  private let ask: @Sendable (Int) -> OrderModel.Found

  init(positions: Int, _ ask: @escaping @Sendable (Int) -> OrderModel.Found) {
    known = Mutex(Known(number: Array(repeating: -1, count: positions)))
    self.ask = ask
  }

  subscript(position: Int) -> OrderModel.Found {
    if let answer = known.withLock({ $0.answer(position) }) { return answer }
    let answer = ask(position)
    known.withLock { $0.learn(position, answer) }
    return answer
  }
}
