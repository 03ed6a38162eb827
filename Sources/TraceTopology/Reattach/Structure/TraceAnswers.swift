/// The questions of a run about its traces, answered ahead of their turn by several threads.
///
/// Traces have nothing to do with each other. Within one of them an answer counts only as long as all
/// questions before it came to what was foreseen; the others are asked again in their turn. So the
/// answers are those of asking one by one.
struct TraceAnswers: Sendable {
  typealias Found = TraceStructure.Found

  /// A question that was answered ahead of its turn.
  private struct Answer: Sendable {
    var found: Found?
    /// The question before it in its trace; -1 for the first one.
    var previous: Int
    /// Whether it has had its turn.
    var isSettled = false
  }

  private var structure: TraceStructure
  /// For each lost parent; empty if nothing was asked ahead.
  private var answers: [Answer?] = []
  /// Traces in which something came to what was not foreseen.
  private var surprising: Set<TraceIndex> = []

  /// Fewer questions are not worth a thread of their own.
  private static let fewest = 64

  init(_ structure: TraceStructure) { self.structure = structure }

  /// Asks for the ancestors of some lost parents, by their numbers and in the order of their turns.
  mutating func prepare(
    _ numbers: [Int], of missing: [MissingParent], _ threads: Threads
  ) async {
    guard threads.count > 1, numbers.count >= 2 * Self.fewest else { return }
    var byTrace = numbers.map { (number: $0, trace: missing[$0].trace.raw) }
    // Those of the largest trace take the longest, and come first: nobody waits for them at the end.
    let structure = structure
    TimeSort.sort(&byTrace) {
      -Int64(structure.spanCount(of: TraceIndex(raw: $0.trace))) << 32 | Int64($0.trace)
    }
    let order = byTrace
    // A trace belongs to the stretch in which its first question stands.
    let isFirst = { @Sendable (place: Int) in
      place == order.count || place == 0 || order[place].trace != order[place - 1].trace
    }
    await self.structure.arrange(order.map { missing[$0.number].trace }, threads)
    let base = self.structure
    let parts = await threads.stretches(of: order.count, atLeast: Self.fewest) { stretch in
      var own = base
      var found: [Found?] = []
      var place = stretch.lowerBound
      while place < order.count, place < stretch.upperBound || !isFirst(place) {
        if found.isEmpty, !isFirst(place) {
          place += 1
          continue
        }
        let answer = own.ancestor(of: missing[order[place].number])
        if let answer { own.give(answer) }
        found.append(answer)
        place += 1
      }
      return found
    }
    answers = Array(repeating: nil, count: missing.count)
    for (place, found) in parts.joined().enumerated() {
      answers[order[place].number] = Answer(
        found: found, previous: isFirst(place) ? -1 : order[place - 1].number)
    }
  }

  /// Whether a question was answered ahead, and all before it came to what was foreseen.
  private mutating func isForeseen(_ number: Int, _ trace: TraceIndex) -> Bool {
    guard number < answers.count, let answer = answers[number], !surprising.contains(trace) else {
      return false
    }
    var at = answer.previous
    while at >= 0, let before = answers[at], !before.isSettled {
      // Its turn passed without it, and what it would have given was given to nobody.
      guard before.found?.below == nil else { return false }
      // No later question has to pass it again.
      answers[at]?.isSettled = true
      at = before.previous
    }
    return true
  }

  /// The nearest ancestor of a lost parent that is left; nil where nothing fits.
  mutating func ancestor(of missing: MissingParent, number: Int) -> Found? {
    if isForeseen(number, missing.trace) { return answers[number]?.found }
    if !answers.isEmpty { surprising.insert(missing.trace) }
    return structure.ancestor(of: missing)
  }

  /// Every span that was weighed as that ancestor, each once, best first.
  mutating func weighed(_ missing: MissingParent) -> [Found] { structure.weighed(missing) }

  /// Notes what the question of a lost parent came to in its turn.
  mutating func settle(_ number: Int, _ missing: MissingParent, _ found: Found?) {
    if let found { structure.give(found) }
    guard !answers.isEmpty else { return }
    let foreseen = answers[number]?.found
    answers[number]?.isSettled = true
    guard foreseen?.below == found?.below, found?.below == nil || foreseen?.span == found?.span
    else {
      surprising.insert(missing.trace)
      return
    }
  }
}
