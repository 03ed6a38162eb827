/// Finding parents by the order in which work arrives, where no chain of evidence decides.
extension Reattacher {
  /// Matches what is still open, name by name.
  mutating func matchOrders() {
    let names = openNames()
    guard !names.isEmpty else { return }
    let members = ArrivalOrder(
      recording, nodes, isAbsorbed: forest.isAbsorbed,
      names: names + names.flatMap { statistics.parentNames($0).prefix(OrderClass.namesLimit) })
    var places = Array(repeating: OrderClass.Label.skipped, count: nodes.count)
    for name in names { matchOrder(name, members, &places) }
  }

  /// Names of which some spans have recorded parents and others have found none, in a fixed order.
  private func openNames() -> [StringID] {
    var open: Set<StringID> = []
    for row in 0..<recording.spans.count where isOpen(SpanIndex(row)) {
      let name = recording.spans.name[row]
      if statistics.parentCount(name) >= 8 { open.insert(name) }
    }
    return open.sorted { recording.strings.isOrderedBefore($0, $1) }
  }

  /// Whether this span names no parent and no confident answer was found.
  private func isOpen(_ span: SpanIndex) -> Bool {
    let row = span.index
    guard !forest.isAbsorbed[row], forest.parent[row].isNone, forest.cause[row] == .none else {
      return false
    }
    return (result.reattachments[span]?.confidence ?? 0) < Self.decisive
  }

  private mutating func matchOrder(
    _ name: StringID, _ members: ArrivalOrder, _ places: inout [Int32]
  ) {
    guard let group = orderClass(name, members, &places), let (answers, trust) = answers(group)
    else { return }
    for answer in answers { proposeByOrder(group, answer, trust) }
  }

  private func orderClass(
    _ name: StringID, _ members: ArrivalOrder, _ places: inout [Int32]
  ) -> OrderClass? {
    let forest = forest
    let found = result.reattachments
    let minimum = Self.decisive
    let parent = { (span: SpanIndex) -> SpanIndex in
      let recorded = forest.parent[span.index]
      guard recorded.isNone, let answer = found[span], answer.confidence >= minimum,
        let best = answer.candidates.first
      else { return recorded }
      return best.span
    }
    return OrderClass(
      name: name, members: members, nodes: nodes, parent: parent,
      isRecorded: { !forest.parent[$0.index].isNone },
      isMissing: { forest.cause[$0.index] == .missingParent },
      parentNames: Array(statistics.parentNames(name).prefix(OrderClass.namesLimit)),
      places: &places)
  }

  private func answers(_ group: OrderClass) -> ([OrderModel.Answer], AnswerTrust)? {
    let frozen = self
    // The trials ask about the same spans again and again.
    let memo = EvidenceMemo { frozen.chances($0, group.name) }
    // Of many spans those that are hidden for the trial teach a model nothing that the others do not:
    // what was learned once answers both.
    let learned =
      group.recorded.count > Self.manyRecorded
      ? OrderModel(group, labels: group.labels, nodes: nodes, found: memo) : nil
    guard let trust = orderTrust(group, memo, learned),
      let model = learned ?? OrderModel(group, labels: group.labels, nodes: nodes, found: memo)
    else { return nil }
    return (model.answers(), trust)
  }

  /// From here on one trial in which a few parents are hidden shows as much as several.
  private static let manyRecorded = 1500

  /// What chains of evidence say about one span.
  private func chances(_ span: SpanIndex, _ name: StringID) -> OrderModel.Found {
    guard let search = search(span) else { return OrderModel.Found() }
    let end = recording.spans.end[span.index]
    return OrderModel.Found(
      weigher.weigh(search.hits, name: name, end: end, ranks: 1) { $0 != span })
  }

  /// Hides a share of the recorded parents and looks how many are found again.
  private func orderTrust(
    _ group: OrderClass, _ evidence: EvidenceMemo, _ learned: OrderModel?
  ) -> AnswerTrust? {
    var trust = AnswerTrust()
    let recorded = group.recorded
    let folds = recorded.count <= Self.manyRecorded ? 4 : 1
    let share = max(recorded.count / 400, 4)
    for fold in 0..<folds {
      var labels = group.labels
      var hidden: [Int: Int32] = [:]
      for position in recorded {
        let draw = nodes.spanID[group.spans[position].index].draw
        guard draw % share == fold else { continue }
        // As many parents as the log lacks are taken away besides.
        let isGone = Double(draw / share % 1024) < group.missingShare * 1024
        // What a chain decides is no question here.
        if !isGone, evidence[group.spans[position]].best >= Self.decisive { continue }
        hidden[position] = isGone ? group.labels[position] : -1
        labels[position] = OrderClass.Label.open
      }
      guard
        let model = learned?.seeing(labels)
          ?? OrderModel(group, labels: labels, nodes: nodes, found: evidence)
      else { return nil }
      for answer in model.answers(hidden: hidden) {
        guard let gone = hidden[answer.position] else { continue }
        let isRight = gone < 0 && answer.entry == group.labels[answer.position]
        trust.add(answer.probability, isRight: isRight)
      }
    }
    trust.close()
    return trust
  }

  private mutating func proposeByOrder(
    _ group: OrderClass, _ answer: OrderModel.Answer, _ trust: AnswerTrust
  ) {
    let span = group.spans[answer.position]
    let parent = group.entries[Int(answer.entry)].span
    let share = lossShare(span.index)
    let sure = trust.confidence(answer.probability)
    let known = result.reattachments[span]?.confidence ?? 0
    let isBetter = sure * share > known && parent != span
    guard isBetter || isWatched(span) else { return }
    let scale = answer.probability > 0 ? sure / answer.probability : 0
    let weighed = answer.others.map { other in
      Weigher.Weighed(
        hit: EvidenceSearch.Hit(
          span: group.entries[Int(other.entry)].span, signature: Signature(firstHop: .queue),
          step: -1, kind: .order), probability: min(other.probability * scale, 1))
    }
    noteOrder(span, share, weighed, isAdopted: isBetter)
    guard isBetter, let best = weighed.first else { return }
    propose(span, best, share, weighed, evidence: [orderEvidence(span, parent)])
  }

  func orderEvidence(_ span: SpanIndex, _ parent: SpanIndex) -> Evidence {
    Evidence(
      rule: .order, task: task(span), by: nodes.task[parent.index],
      at: recording.spans.start[span.index], span: parent)
  }
}

/// What chains of evidence say about the spans of one group, each asked once.
final class EvidenceMemo {
  private var known = KeyedValues<OrderModel.Found>()
  private let ask: (SpanIndex) -> OrderModel.Found

  init(_ ask: @escaping (SpanIndex) -> OrderModel.Found) { self.ask = ask }

  subscript(span: SpanIndex) -> OrderModel.Found {
    let key = UInt64(span.raw)
    if let found = known[key] { return found }
    let found = ask(span)
    known.update(key, from: found) { _ in }
    return found
  }
}
