/// Answering by a model of the order.
extension OrderModel {
  private static let runLimit = 32
  /// Parents that an answer names.
  private static let shown = 3

  /// Answers the open positions, in runs between known ones: all of them, or those of a trial with what
  /// stands beside them.
  mutating func answers(_ hidden: HiddenParents? = nil) -> [Answer] {
    var answers: [Answer] = []
    var run: [Int] = []
    var chain = OrderChain(jumps: jumps, openJumps: openJumps)
    var questions = OrderQuestions()
    var shares: [Double] = []
    let open = open(hidden)
    var next = 0
    while next < open.count {
      run.removeAll(keepingCapacity: true)
      var isAsked = false
      var behind = 0
      repeat {
        if hidden?.isHidden(open[next]) ?? true { isAsked = true }
        run.append(open[next])
        behind = told(after: open[next])
        next += 1
      } while next < open.count && open[next] == behind && run.count < Self.runLimit
      guard isAsked else { continue }
      // Behind a run of the greatest length nothing is known.
      let after = run.count < Self.runLimit && behind < labels.count ? labels[behind] : nil
      let before = told(before: run[0]).flatMap {
        OrderClass.Label.isAsked(labels[$0]) ? nil : labels[$0]
      }
      answer(run, before, after, hidden, &chain, &questions, &shares, &answers)
    }
    return answers
  }

  /// The open positions in the order in which the chain goes through them.
  private func open(_ hidden: HiddenParents?) -> [Int] {
    let open = hidden.map { group.open.merged(with: $0.positions) } ?? group.open
    guard isLaned, let lanes = group.lanes else { return open }
    return open.sorted { lanes.isOrderedBefore($0, $1) }
  }

  /// The next position that says something; the number of positions if there is none.
  private func told(after position: Int) -> Int {
    let sequence = sequence
    var at = sequence.after(position)
    while at < labels.count, labels[at] == OrderClass.Label.skipped { at = sequence.after(at) }
    return at
  }

  /// Answers one run; `before` and `after` are the labels beside it.
  private mutating func answer(
    _ run: [Int], _ before: Int32?, _ after: Int32?, _ hidden: HiddenParents?,
    _ chain: inout OrderChain, _ questions: inout OrderQuestions, _ shares: inout [Double],
    _ answers: inout [Answer]
  ) {
    questions.removeAll()
    for position in run {
      let isGone = hidden?.isGone(position) ?? false
      ask(position, without: isGone ? group.parent(position) : nil, &questions)
    }
    chain.posteriors(
      questions, before: before.flatMap { rank($0) }, after: after.flatMap { rank($0) },
      into: &shares)
    if hasOneChild { Self.shareOut(questions, &shares) }
    for question in run.indices {
      guard hidden?.isHidden(run[question]) ?? true else { continue }
      let candidates = questions.candidates(question)
      guard !candidates.isEmpty else { continue }
      answers.append(
        Answer(
          position: run[question], parents: Self.best(candidates, questions, shares),
          shares: totals(candidates, questions, shares), question: self.question(run[question])))
    }
  }

  /// Where a parent has one child, all who may be this child together are no likelier to be so than
  /// certain: takes away from each what they claim beyond that.
  private static func shareOut(_ questions: OrderQuestions, _ shares: inout [Double]) {
    var claims: [SpanIndex: Double] = [:]
    for candidate in shares.indices {
      claims[questions.spans[candidate], default: 0] += shares[candidate]
    }
    for candidate in shares.indices {
      if let claim = claims[questions.spans[candidate]], claim > 1 { shares[candidate] /= claim }
    }
  }

  private func totals(
    _ candidates: Range<Int>, _ questions: OrderQuestions, _ shares: [Double]
  ) -> Shares {
    var totals = Shares()
    guard group.lostCount > 0 else { return totals }
    for candidate in candidates {
      if group.isLost(questions.spans[candidate]) {
        totals.lost += shares[candidate]
      } else {
        totals.logged += shares[candidate]
      }
    }
    totals.none = max(1 - totals.lost - totals.logged, 0)
    return totals
  }

  /// The likeliest candidates; of equally likely ones those that come first.
  private static func best(
    _ candidates: Range<Int>, _ questions: OrderQuestions, _ shares: [Double]
  ) -> [(span: SpanIndex, probability: Double)] {
    var best: [Int] = []
    best.reserveCapacity(shown + 1)
    for candidate in candidates {
      var place = best.count
      while place > 0 {
        let other = best[place - 1]
        let isBetter =
          shares[candidate] != shares[other]
          ? shares[candidate] > shares[other]
          : questions.ranks[candidate] < questions.ranks[other]
        guard isBetter else { break }
        place -= 1
      }
      guard place < shown else { continue }
      best.insert(candidate, at: place)
      if best.count > shown { best.removeLast() }
    }
    return best.map { (span: questions.spans[$0], probability: shares[$0]) }
  }
}

extension [Int] {
  /// The elements of two sorted arrays in their order.
  fileprivate func merged(with others: [Int]) -> [Int] {
    var all: [Int] = []
    all.reserveCapacity(count + others.count)
    var place = 0
    for element in self {
      while place < others.count, others[place] < element {
        all.append(others[place])
        place += 1
      }
      all.append(element)
    }
    return all + others[place...]
  }
}
