import Glibc

/// A run of open positions between known ones.
struct OrderRun {
  var positions: ArraySlice<Int>
  /// Whether somebody asks for one of them.
  var isAsked: Bool
  /// What is known of the parents beside it; nil where nobody looks there.
  var before: Int32?
  var after: Int32?
}

/// What was asked of a run, and how likely each of the candidates is.
struct AskedRun {
  var questions = OrderQuestions()
  /// The ranks of the known parents beside it.
  var before: Int?
  var after: Int?
  /// By order and lag alone.
  var shares: [Double] = []
  /// When what other runs claim is known as well.
  var settled: [Double] = []
}

/// What runs close to each other claim of the same parents.
///
/// Where a parent has one child of a name, a span that is likely its child takes it from the others: a
/// candidate counts as much as the recorded parents show for one with that many children besides, weighed
/// by how likely these are.
struct OrderClaims {
  /// Runs before and behind one whose claims are heard.
  let reach: Int
  /// How much less likely a parent is with one child more, by the children it is known to have.
  private let factors: [Double]
  private var claims = SpanValues<Double>()

  private static let farthest = 2
  /// Less than this does not move an answer.
  private static let leastEffect = 0.1

  /// `weights` are those of a model, as many for each feature.
  init(_ weights: [Double]) {
    let first = OrderTraits.Feature.others.rawValue * OrderTraits.values
    guard weights.count >= first + OrderTraits.values else {
      factors = Array(repeating: 1, count: OrderTraits.values)
      reach = 0
      return
    }
    let own = Array(weights[first..<first + OrderTraits.values])
    factors = own.indices.map { exp(own[min($0 + 1, own.count - 1)] - own[$0]) }
    reach = factors.contains { abs($0 - 1) > Self.leastEffect } ? Self.farthest : 0
  }

  mutating func add(_ run: AskedRun) { count(run, 1) }
  mutating func remove(_ run: AskedRun) { count(run, -1) }

  private mutating func count(_ run: AskedRun, _ sign: Double) {
    guard reach > 0 else { return }
    for candidate in run.questions.all where run.shares[candidate] > Self.leastShare {
      let span = run.questions[candidate].span
      claims[span] = (claims[span] ?? 0) + sign * run.shares[candidate]
    }
  }

  /// Weighs the candidates of a run with the claims of the others: their scores are those by order and lag
  /// no more.
  func settle(_ asked: inout AskedRun, _ chain: inout OrderChain) {
    var isMoved = false
    for question in 0..<asked.questions.count {
      for candidate in asked.questions.candidates(question)
      where asked.shares[candidate] > Self.leastShare {
        let share = min(claimed(candidate, beside: question, asked), 1)
        guard share > Self.leastShare else { continue }
        let known = asked.questions[candidate].traits[.others]
        asked.questions[candidate].score += log(1 - share + share * factors[known])
        isMoved = true
      }
    }
    if isMoved {
      chain.posteriors(
        asked.questions, before: asked.before, after: asked.after, into: &asked.settled)
    } else {
      asked.settled.removeAll(keepingCapacity: true)
      asked.settled.append(contentsOf: asked.shares)
    }
  }

  /// What is less likely than this is not worth a look.
  private static let leastShare = 0.01

  /// What is claimed of a candidate by others than the question itself and those beside it, which the steps
  /// from one to the next hold apart.
  private func claimed(_ candidate: Int, beside question: Int, _ asked: AskedRun) -> Double {
    let span = asked.questions[candidate].span
    var others = (claims[span] ?? 0) - asked.shares[candidate]
    guard others > Self.leastShare else { return 0 }
    for near in max(question - 1, 0)...min(question + 1, asked.questions.count - 1)
    where near != question {
      for other in asked.questions.candidates(near) where asked.questions[other].span == span {
        others -= asked.shares[other]
      }
    }
    return others
  }
}
