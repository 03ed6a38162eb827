/// Answering by a model of the order.
extension OrderModel {
  private static let runLimit = 32
  /// Fewer runs that are asked about are not worth a thread and room of their own.
  static let fewestRuns = 256
  /// Parents that an answer names.
  private static let shown = 3

  /// Answers the open positions, in runs between known ones: all of them, or those of a trial with what
  /// stands beside them.
  func answers(
    _ threads: Threads, _ hidden: HiddenParents? = nil, atLeast least: Int = fewestRuns
  ) async -> [Answer] {
    let runs = runs(open(hidden), hidden)
    let asked = runs.indices.filter { runs[$0].isAsked }
    let parts = await threads.stretches(of: asked.count, atLeast: least) { stretch in
      var own = self
      return own.answers(to: asked[stretch], of: runs, hidden)
    }
    return parts.flatMap { $0 }
  }

  /// Answers some of the runs, by their numbers; what is close to these is asked, too.
  private mutating func answers(
    to numbers: ArraySlice<Int>, of runs: [OrderRun], _ hidden: HiddenParents?
  ) -> [Answer] {
    var answers: [Answer] = []
    var chain = OrderChain(jumps: jumps, openJumps: openJumps)
    var claims = OrderClaims(weights)
    var asked = Array(repeating: AskedRun(), count: min(claims.reach * 2, runs.count) + 1)
    var best: [Int] = []
    var first = 0
    var last = 0
    for own in numbers {
      let near = max(own - claims.reach, 0)..<min(own + claims.reach + 1, runs.count)
      while first < min(near.lowerBound, last) {
        claims.remove(asked[first % asked.count])
        first += 1
      }
      first = near.lowerBound
      last = max(last, first)
      while last < near.upperBound {
        ask(runs[last], hidden, &chain, &asked[last % asked.count])
        claims.add(asked[last % asked.count])
        last += 1
      }
      claims.settle(&asked[own % asked.count], &chain)
      add(asked[own % asked.count], hidden, &best, &answers)
    }
    return answers
  }

  /// The open positions in the order in which the chain goes through them.
  private func open(_ hidden: HiddenParents?) -> [Int] {
    let open = hidden.map { group.open.merged(with: $0.positions) } ?? group.open
    guard isLaned, let lanes = group.lanes else { return open }
    return open.sorted { lanes.isOrderedBefore($0, $1) }
  }

  /// The runs of open positions.
  private func runs(_ open: [Int], _ hidden: HiddenParents?) -> [OrderRun] {
    var runs: [OrderRun] = []
    var next = 0
    while next < open.count {
      let first = next
      var isAsked = false
      var behind = 0
      repeat {
        if hidden?.isHidden(open[next]) ?? true { isAsked = true }
        behind = told(after: open[next])
        next += 1
      } while next < open.count && open[next] == behind && next - first < Self.runLimit
      // Behind a run of the greatest length nothing is known.
      let after = next - first < Self.runLimit && behind < labels.count ? labels[behind] : nil
      let before = told(before: open[first]).flatMap {
        OrderClass.Label.isAsked(labels[$0]) ? nil : labels[$0]
      }
      runs.append(
        OrderRun(
          positions: open[first..<next], isAsked: isAsked, before: before, after: after))
    }
    return runs
  }

  /// Asks what order and lag say of one run.
  private mutating func ask(
    _ run: OrderRun, _ hidden: HiddenParents?, _ chain: inout OrderChain, _ asked: inout AskedRun
  ) {
    asked.questions.removeAll()
    for position in run.positions {
      let isGone = hidden?.isGone(position) ?? false
      ask(position, without: isGone ? group.parent(position) : nil, &asked.questions)
    }
    asked.before = run.before.flatMap { rank($0, near: window.firsts) }
    asked.after = run.after.flatMap { rank($0, near: window.firsts) }
    chain.posteriors(asked.questions, before: asked.before, after: asked.after, into: &asked.shares)
  }

  private func add(
    _ run: AskedRun, _ hidden: HiddenParents?, _ best: inout [Int], _ answers: inout [Answer]
  ) {
    for (question, position) in run.questions.positions.enumerated() {
      guard hidden?.isHidden(position) ?? true else { continue }
      let candidates = run.questions.candidates(question)
      guard !candidates.isEmpty else { continue }
      answers.append(
        Answer(
          position: position,
          parents: Self.likeliest(candidates, run.questions, run.settled, &best),
          shares: totals(candidates, run.questions, run.settled),
          question: self.question(position)))
    }
  }

  private func totals(
    _ candidates: Range<Int>, _ questions: OrderQuestions, _ shares: [Double]
  ) -> Shares {
    var totals = Shares()
    guard group.lostCount > 0 else { return totals }
    for candidate in candidates {
      if group.isLost(questions[candidate].span) {
        totals.lost += shares[candidate]
      } else {
        totals.logged += shares[candidate]
      }
    }
    totals.none = max(1 - totals.lost - totals.logged, 0)
    return totals
  }

  /// The likeliest candidates; of equally likely ones those that come first.
  private static func likeliest(
    _ candidates: Range<Int>, _ questions: OrderQuestions, _ shares: [Double],
    _ best: inout [Int]
  ) -> [(span: SpanIndex, probability: Double)] {
    best.removeAll(keepingCapacity: true)
    for candidate in candidates {
      var place = best.count
      while place > 0 {
        let other = best[place - 1]
        let isBetter =
          shares[candidate] != shares[other]
          ? shares[candidate] > shares[other]
          : questions[candidate].rank < questions[other].rank
        guard isBetter else { break }
        place -= 1
      }
      guard place < shown else { continue }
      best.insert(candidate, at: place)
      if best.count > shown { best.removeLast() }
    }
    return best.map { (span: questions[$0].span, probability: shares[$0]) }
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
