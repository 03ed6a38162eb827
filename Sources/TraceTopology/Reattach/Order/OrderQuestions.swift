import Glibc

/// What a run of spans without parents is asked: for each of them its candidates, one behind the other.
///
///     question     0        1     2
///     first        0        3     3        5
///     ranks        ● ● ●          ● ●
struct OrderQuestions {
  /// One small number for each feature.
  typealias Traits = SIMD4<UInt8>

  private(set) var positions: [Int] = []
  private var first: [Int] = [0]
  /// The place of each candidate among all entries.
  private(set) var ranks: [Int] = []
  private(set) var spans: [SpanIndex] = []
  var scores: [Double] = []
  /// For each question the score of "none of them".
  private(set) var nones: [Double] = []
  private(set) var traits: [Traits] = []

  var count: Int { positions.count }

  /// The candidates of one question.
  func candidates(_ question: Int) -> Range<Int> { first[question]..<first[question + 1] }

  mutating func removeAll() {
    positions.removeAll(keepingCapacity: true)
    nones.removeAll(keepingCapacity: true)
    first.removeAll(keepingCapacity: true)
    first.append(0)
    ranks.removeAll(keepingCapacity: true)
    spans.removeAll(keepingCapacity: true)
    scores.removeAll(keepingCapacity: true)
    traits.removeAll(keepingCapacity: true)
  }

  /// Begins a question; the candidates that are added from here on are its own.
  mutating func ask(_ position: Int, none: Double) {
    positions.append(position)
    nones.append(none)
    first.append(ranks.count)
  }

  mutating func add(rank: Int, _ span: SpanIndex, score: Double, _ traits: Traits) {
    ranks.append(rank)
    spans.append(span)
    scores.append(score)
    self.traits.append(traits)
    first[first.count - 1] = ranks.count
  }

  /// Takes back the question that was asked last.
  mutating func removeLast() {
    guard !positions.isEmpty else { return }
    positions.removeLast()
    nones.removeLast()
    first.removeLast()
    let count = first[first.count - 1]
    ranks.removeLast(ranks.count - count)
    spans.removeLast(spans.count - count)
    scores.removeLast(scores.count - count)
    traits.removeLast(traits.count - count)
  }

  /// The probability of each candidate of a question by their scores alone, if one of them is right.
  func shares(_ question: Int, _ shares: inout [Double]) {
    shares.removeAll(keepingCapacity: true)
    let candidates = candidates(question)
    guard var peak = candidates.first.map({ scores[$0] }) else { return }
    for candidate in candidates { peak = max(peak, scores[candidate]) }
    var total = 0.0
    for candidate in candidates {
      shares.append(exp(scores[candidate] - peak))
      total += shares[shares.count - 1]
    }
    for place in shares.indices { shares[place] /= total }
  }
}
