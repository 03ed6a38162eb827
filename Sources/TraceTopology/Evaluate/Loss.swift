/// What is taken from a run to see how well it is put back.
public struct LossPlan: Sendable, Equatable {
  /// Ways to lose something.
  public enum Kind: String, Sendable, CaseIterable {
    /// Spans lose their context: parent and trace, and all below them go along into a new trace.
    case contexts
    /// Span records are gone: their children name parents that nobody logged.
    case spans
    /// All spans of one process are gone that began within the same short time.
    case bursts
  }

  /// What is lost.
  public var kind: Kind
  /// How much: the share of all spans, or, for contexts, of those with a recorded parent.
  public var rate: Double
  /// The same seed loses the same spans, whatever the order of the inputs.
  public var seed: UInt64

  /// A plan.
  public init(kind: Kind, rate: Double, seed: UInt64) {
    self.kind = kind
    self.rate = rate
    self.seed = seed
  }
}

/// A run from which something was taken, and what is right for those that miss it.
struct Loss: Sendable {
  /// The recording without what was lost.
  var recording: Recording
  /// One question for each span that lost its cause, in the order of the rows.
  var questions: [Question]
  /// Spans that were taken away and whose children are left.
  var taken: [Taken] = []
  /// Rows of `recording` whose parents the whole run does not know either: nobody can say what is right.
  var unknown: Set<SpanIndex> = []

  /// A span whose cause was taken.
  struct Question: Sendable {
    /// Rows of `recording`: the span, and its nearest ancestor that is left, `none` if none is.
    var span: SpanIndex
    var ancestor: SpanIndex
  }

  /// What the whole run says of a span that was taken.
  struct Taken: Sendable {
    var trace: TraceID
    var spanID: SpanID
    var name: StringID
    var start: Timestamp
    var end: Timestamp
  }

  /// Takes from a recording what the plan says.
  ///
  /// - Parameters:
  ///   - plan: what is lost.
  ///   - recording: times of scheduler logs as they were read.
  ///   - forest: the recorded parents.
  ///   - unknown: rows that lack the parent which they had.
  /// - Returns: the rest, with one question for each span that misses its cause.
  static func of(
    _ plan: LossPlan, from recording: Recording, _ forest: SpanForest, unknown: Set<Int> = []
  ) -> Loss {
    let dice = LossDice(plan, recording)
    let rows = (0..<recording.spans.count).filter { !forest.isAbsorbed[$0] }
    switch plan.kind {
    case .contexts:
      let cut = rows.filter { !forest.parent[$0].isNone && dice.takes(SpanIndex($0)) }
      return LossBuilder(recording, forest, unknown).cutting(Set(cut), seed: plan.seed)
    case .spans:
      return LossBuilder(recording, forest, unknown).without(
        Set(rows.filter { dice.takes(SpanIndex($0)) }))
    case .bursts:
      return LossBuilder(recording, forest, unknown).without(Set(dice.burst(rows)))
    }
  }
}

/// Decides by hashes of ids, so that the order of reading does not matter.
struct LossDice {
  /// The length of a burst, in nanoseconds.
  private static let burstLength: Int64 = 50_000_000

  private let plan: LossPlan
  private let recording: Recording
  private let threshold: UInt64

  init(_ plan: LossPlan, _ recording: Recording) {
    self.plan = plan
    self.recording = recording
    threshold = UInt64(min(max(plan.rate, 0), 1) * 4_294_967_296)
  }

  /// Whether this span is among those that lose something.
  func takes(_ span: SpanIndex) -> Bool {
    let trace = recording.traces[recording.spans.trace[span.index]]
    return takes([recording.spans.spanID[span.index].value, trace.high, trace.low])
  }

  /// The spans of some processes in some stretches of time.
  func burst(_ rows: [Int]) -> [Int] {
    rows.filter { row in
      let start = recording.spans.start[row]
      let process = recording.spans.process[row]
      guard start.isKnown, !process.isNone else { return false }
      let record = recording.processes.record[process.index]
      let name =
        recording.strings.text(record.service) + "/" + recording.strings.text(record.instance)
      return takes([Self.hash(name), UInt64(bitPattern: start.nanoseconds / Self.burstLength)])
    }
  }

  private func takes(_ words: [UInt64]) -> Bool {
    var mixed = plan.seed &+ 0x9E37_79B9_7F4A_7C15
    for word in words { mixed = Self.mix(mixed ^ word) }
    return mixed >> 32 < threshold
  }

  /// The finalizer of splitmix64 (Steele, Lea, Flood 2014).
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
