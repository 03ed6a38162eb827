/// How well what was taken from a run was put back.
public struct EvaluationScore: Sendable, Equatable {
  /// How often the answers that claimed so much were right.
  public struct Bin: Sendable, Equatable {
    /// The least confidence of the bin; it ends where the next one begins.
    public var from: Double
    /// Answers in it.
    public var answers = 0
    /// Right ones among them.
    public var right = 0
    /// The sum of what they claimed.
    public var claimed = 0.0
  }

  /// What was lost.
  public var plan: LossPlan
  /// Spans that lost their cause.
  public var questions = 0
  /// Those whose ancestors are all gone: the right answer is no parent.
  public var withoutAncestor = 0
  /// Questions that were given some parent.
  public var answered = 0
  /// Answers that name exactly the nearest ancestor that is left.
  public var right = 0
  /// Questions without an ancestor that were rightly left alone.
  public var rightlyLeft = 0
  /// Spans that head a tree in the whole run, and how many of them were given a parent.
  public var roots = 0
  /// See `roots`.
  public var rootsJoined = 0
  /// Recorded parents that changed; always 0.
  public var parentsChanged = 0
  /// Right answers of the baseline that takes the root of the trace.
  public var rightByRoot = 0
  /// Right answers of the baseline that takes the shortest span of the trace that contains it.
  public var rightByContainer = 0
  /// Spans that were taken and have children left.
  public var taken = 0
  /// Those of them of which a name is concluded, and of how many it is the right one.
  public var named = 0
  /// See `named`.
  public var namedRight = 0
  /// Beginnings and ends that are concluded, and how many lie where they are said to lie.
  public var timed = 0
  /// See `timed`.
  public var timedRight = 0
  /// Answers by what they claimed.
  public var bins: [Bin] = [0, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99].map { Bin(from: $0) }

  /// The share of right answers; 1 where nothing was answered.
  public var precision: Double { answered == 0 ? 1 : Double(right) / Double(answered) }
  /// The share of questions with an ancestor that were answered rightly; 1 where there is none.
  public var recall: Double {
    let asked = questions - withoutAncestor
    return asked == 0 ? 1 : Double(right) / Double(asked)
  }
  /// The share of all questions that came out right, those included that are rightly left.
  public var exact: Double {
    questions == 0 ? 1 : Double(right + rightlyLeft) / Double(questions)
  }
  /// The mean distance between what answers claimed and how often they were right.
  public var calibrationError: Double {
    guard answered > 0 else { return 0 }
    let off = bins.reduce(0.0) { $0 + abs($1.claimed - Double($1.right)) }
    return off / Double(answered)
  }

  init(_ plan: LossPlan) { self.plan = plan }

  mutating func note(claimed: Double, isRight: Bool) {
    guard let bin = bins.lastIndex(where: { $0.from <= claimed }) else { return }
    bins[bin].answers += 1
    bins[bin].right += isRight ? 1 : 0
    bins[bin].claimed += claimed
  }
}
