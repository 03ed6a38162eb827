import Glibc

/// What a run of spans without parents is asked: for each of them its candidates, one behind the other.
///
///     question     0        1     2
///     first        0        3     3        5
///     ranks        ● ● ●          ● ●
struct OrderQuestions {
  /// One that may be the parent.
  struct Candidate {
    /// Its place among all entries.
    var rank: Int
    var span: SpanIndex
    var traits: OrderTraits
    var score: Double
  }

  private(set) var positions: [Int] = []
  private var first: [Int] = [0]
  private var candidates: [Candidate] = []
  /// For each question the score of "none of them".
  var nones: [Double] = []

  var count: Int { positions.count }

  /// The candidates of all questions.
  var all: Range<Int> { candidates.indices }

  /// The candidates of one question.
  func candidates(_ question: Int) -> Range<Int> { first[question]..<first[question + 1] }

  subscript(candidate: Int) -> Candidate {
    @inline(__always) get { candidates[candidate] }
    @inline(__always) _modify { yield &candidates[candidate] }
  }

  mutating func removeAll() {
    positions.removeAll(keepingCapacity: true)
    nones.removeAll(keepingCapacity: true)
    first.removeAll(keepingCapacity: true)
    first.append(0)
    candidates.removeAll(keepingCapacity: true)
  }

  /// Begins a question; the candidates that are added until it is closed are its own.
  mutating func ask(_ position: Int, none: Double) {
    positions.append(position)
    nones.append(none)
    first.append(candidates.count)
  }

  @inline(__always)
  mutating func add(rank: Int, _ span: SpanIndex, score: Double, _ traits: OrderTraits) {
    candidates.append(Candidate(rank: rank, span: span, traits: traits, score: score))
  }

  /// Ends the question that was asked last.
  mutating func close() { first[first.count - 1] = candidates.count }

  /// Takes back the question that was asked last.
  mutating func removeLast() {
    guard !positions.isEmpty else { return }
    positions.removeLast()
    nones.removeLast()
    first.removeLast()
    candidates.removeLast(candidates.count - first[first.count - 1])
  }

  /// The probability of each candidate of a question by their scores alone, if one of them is right.
  func shares(_ question: Int, _ shares: inout [Double]) {
    shares.removeAll(keepingCapacity: true)
    weigh(question, against: -.infinity, &shares)
    var total = 0.0
    for share in shares { total += share }
    for place in shares.indices { shares[place] /= total }
  }

  /// Adds how much each candidate of a question weighs by its score alone; gives how much "none of them"
  /// does.
  func weigh(_ question: Int, _ weights: inout [Double]) -> Double {
    let none = nones[question]
    return exp(none - weigh(question, against: none, &weights))
  }

  /// Gives the greatest score, by which all weigh as much less as it is greater.
  @discardableResult
  private func weigh(
    _ question: Int, against none: Double, _ weights: inout [Double]
  ) -> Double {
    let own = candidates(question)
    var peak = none
    for candidate in own { peak = max(peak, candidates[candidate].score) }
    for candidate in own { weights.append(exp(candidates[candidate].score - peak)) }
    return peak
  }
}
