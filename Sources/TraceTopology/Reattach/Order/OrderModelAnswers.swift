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
    var isAsked = false
    var before: Int32?
    var chain = OrderChain(jumps: jumps, openJumps: openJumps)
    var questions = OrderQuestions()
    var shares: [Double] = []
    let sequence = sequence
    for place in labels.indices {
      let position = sequence[place]
      if sequence.before(position) < 0, place > 0 {
        if isAsked { answer(run, before, nil, hidden, &chain, &questions, &shares, &answers) }
        before = nil
        run.removeAll(keepingCapacity: true)
        isAsked = false
      }
      let label = labels[position]
      guard label != OrderClass.Label.skipped else { continue }
      let isOpen = label == OrderClass.Label.open
      if isOpen {
        run.append(position)
        if hidden?.isHidden(position) ?? true { isAsked = true }
      }
      if isOpen ? run.count >= Self.runLimit : true {
        let after = isOpen ? nil : label
        if isAsked {
          answer(run, before, after, hidden, &chain, &questions, &shares, &answers)
        }
        before = after
        run.removeAll(keepingCapacity: true)
        isAsked = false
      }
    }
    if isAsked { answer(run, before, nil, hidden, &chain, &questions, &shares, &answers) }
    return answers
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
    for question in run.indices {
      guard hidden?.isHidden(run[question]) ?? true else { continue }
      let candidates = questions.candidates(question)
      guard !candidates.isEmpty else { continue }
      answers.append(
        Answer(position: run[question], parents: Self.best(candidates, questions, shares)))
    }
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

/// Recorded parents of a class that are hidden for a trial.
struct HiddenParents {
  /// What the model is told.
  private(set) var labels: [Int32]
  private(set) var positions: [Int] = []
  private var isHidden: [Bool]
  private var isGone: [Bool]

  init(_ group: OrderClass) {
    labels = group.labels
    isHidden = Array(repeating: false, count: labels.count)
    isGone = isHidden
  }

  /// Hides a parent; one that is gone is no candidate either, as if no log held it.
  mutating func hide(_ position: Int, isGone gone: Bool) {
    positions.append(position)
    isHidden[position] = true
    isGone[position] = gone
    labels[position] = OrderClass.Label.open
  }

  func isHidden(_ position: Int) -> Bool { isHidden[position] }
  func isGone(_ position: Int) -> Bool { isGone[position] }
}

/// How many children of the class in question each node is known to have: one array for all classes,
/// for the spans of the run are many more than those of a class.
final class ChildCounts {
  private(set) var counts: [Int32]

  init(nodes: Int) { counts = Array(repeating: 0, count: nodes) }

  func add(_ label: Int32, _ count: Int32) {
    if OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
  }
}
