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

/// What is known of a parent that is asked for.
enum OrderQuestion: Int, CaseIterable, Sendable {
  /// Nothing.
  case open
  /// Its child names it, and it is lost.
  case named
  /// The same, and what stood above it is in the child's trace.
  case withinTrace
}

/// Recorded parents of a class that are hidden for a trial.
struct HiddenParents {
  /// What the model is told.
  private(set) var labels: [Int32]
  private(set) var positions: [Int] = []
  /// Positions whose children are in the trace of what stood above the parent.
  private(set) var withinTrace: Set<Int>
  private var isHidden: [Bool]
  private var isGone: [Bool]

  init(_ group: OrderClass) {
    labels = group.labels
    withinTrace = group.withinTrace
    isHidden = Array(repeating: false, count: labels.count)
    isGone = isHidden
  }

  /// Hides a parent; one that is gone is no candidate either, as if no log held it.
  mutating func hide(_ position: Int, isGone gone: Bool = false, as question: OrderQuestion = .open)
  {
    positions.append(position)
    isHidden[position] = true
    isGone[position] = gone
    labels[position] = question == .open ? OrderClass.Label.open : OrderClass.Label.lost
    if question == .withinTrace { withinTrace.insert(position) }
  }

  func isHidden(_ position: Int) -> Bool { isHidden[position] }
  func isGone(_ position: Int) -> Bool { isGone[position] }
}

/// How many children of the class in question each node is known to have: one array for all classes,
/// for the spans of the run are many more than those of a class.
final class ChildCounts {
  private(set) var counts: [Int32]

  init(nodes: Int) { counts = LargePages.filled(0, count: nodes) }

  /// Makes room for nodes and what has numbers behind them.
  func reserve(_ count: Int) {
    while counts.count < count { counts.append(0) }
  }

  func add(_ label: Int32, _ count: Int32) {
    if OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
  }

  func add(_ labels: [Int32], _ count: Int32) {
    Self.add(labels, count, to: &counts)
  }

  /// Apart, so that the array is asked for once and not for each label.
  private static func add(_ labels: [Int32], _ count: Int32, to counts: inout [Int32]) {
    for label in labels where OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
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
