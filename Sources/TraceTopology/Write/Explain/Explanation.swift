/// Why one span hangs where it does, or hangs nowhere: what the log said, every parent that was
/// weighed, with its evidence and the statistics behind it, and what decided.
public struct Explanation: Sendable {
  /// What an option of the analysis would make of the answer.
  struct WhatIf: Sendable {
    /// The confidence with `--join-unattested`; nil if that was not tried.
    var unattested: Double?
    /// Whether it would join the span at the threshold of the run.
    var joins = false
  }

  let topology: Topology
  /// The span that was asked about.
  let node: SpanIndex
  /// What was weighed for it, or, where its recorded parent is in no log, for that parent.
  let page: Deliberation
  let policy: Policy
  var whatIf = WhatIf()

  /// The node whose place was in question.
  var subject: SpanIndex { page.node }

  /// How the span stands.
  var state: State {
    if topology.isPlaceholder(node) { return .placeholder }
    switch topology.kind[node.index] {
    case .recorded: return .parentRecorded
    case .reattached: return .reattached
    case .orphan: return topology.cause[node.index] == .contextLost ? .lostContext : .orphan
    case .root: return page.options.isEmpty ? .root : .presumedRoot
    }
  }

  /// How a span stands in the run.
  enum State: String {
    case parentRecorded = "parent-recorded"
    case reattached
    case orphan
    case lostContext = "lost-context"
    case root
    case presumedRoot = "presumed-root"
    case placeholder
  }

  /// The parent that the subject was given, or that it would have got.
  var best: Deliberation.Option? { page.options.first }

  /// The confidence of the answer; nil where nothing was concluded.
  var confidence: Double? {
    guard topology.kind[subject.index] != .recorded else { return nil }
    return topology.reattachments[subject]?.confidence
  }

  /// By how much the best candidate is ahead of the next span.
  var margin: Double? {
    guard let best else { return nil }
    let next = page.options.first { $0.span != best.span }
    return max(best.confidence - (next?.confidence ?? 0), 0)
  }
}

extension Explanation {
  /// Why the answer is what it is.
  enum Verdict: String {
    case recorded = "recorded-parent"
    case joined
    case belowThreshold = "below-min-confidence"
    case presumedRoot = "presumed-root"
    case ambiguous
    case noCandidate = "no-candidate"
    case outsideLogs = "outside-any-log"
    case contradiction
    case damaged = "damaged-record"
  }

  var verdict: Verdict {
    switch topology.kind[subject.index] {
    case .recorded: return .recorded
    case .reattached: return .joined
    case .root, .orphan: break
    }
    switch topology.cause[subject.index] {
    case .damagedInput: return .damaged
    case .cycle, .duplicateID: return .contradiction
    case .none, .missingParent, .contextLost: break
    }
    if page.closesRing { return .contradiction }
    guard let best else { return page.isOnTask ? .noCandidate : .outsideLogs }
    if isUnattested { return .presumedRoot }
    let next = page.options.first { $0.span != best.span }
    if let next, next.probability > 0.5 * best.probability { return .ambiguous }
    return .belowThreshold
  }

  /// No span of the name has a recorded parent, so nothing says that this one lost it.
  var isUnattested: Bool {
    page.ofName.parents == 0 && !topology.isPlaceholder(subject) && !policy.joinUnattested
  }

  /// Whether a scheduler log of the span's process was read.
  var hasSchedulerLog: Bool {
    topology.process(subject).map { topology.processes[$0].hasSchedulerLog } ?? false
  }
}

extension Explanation {
  /// Something that would change the answer.
  struct Change {
    /// An option of the command, or what is missing.
    var what: String
    var why: String
  }

  /// What would change the answer, most certain first.
  var changes: [Change] {
    var changes: [Change] = []
    switch verdict {
    case .recorded, .damaged: return []
    case .joined:
      guard let confidence, confidence < 0.999 else { return [] }
      return [
        Change(
          what: "--min-confidence \(Self.above(confidence))",
          why: "leaves it: its confidence is \(Self.decimal(confidence))")
      ]
    case .presumedRoot, .belowThreshold, .ambiguous, .noCandidate, .outsideLogs, .contradiction:
      break
    }
    if verdict == .presumedRoot { changes.append(unattestedChange) }
    if let confidence, verdict != .contradiction, confidence >= 0.01 {
      changes.append(
        Change(
          what: "--min-confidence \(Self.below(confidence))",
          why: "joins it: its confidence is \(Self.decimal(confidence)), the threshold is "
            + Self.decimal(policy.minimumConfidence)))
    }
    if !page.isOnTask { changes.append(taskChange) }
    if page.ofClass.parents < 5, verdict != .contradiction, verdict != .noCandidate {
      changes.append(
        Change(
          what: "--learn-from PATH",
          why: "a run of the program in which spans of this class have kept their parents"))
    }
    return changes
  }

  private var unattestedChange: Change {
    guard let tried = whatIf.unattested else {
      return Change(what: "--join-unattested", why: "does not help: no evidence of one piece")
    }
    return Change(
      what: "--join-unattested",
      why: (whatIf.joins ? "joins it" : "does not join it")
        + ": its confidence becomes \(Self.decimal(tried))")
  }

  private var taskChange: Change {
    hasSchedulerLog
      ? Change(
        what: "goroutine.id",
        why: "a scheduler log of its process was read, but nothing says on which task it ran")
      : Change(
        what: "a scheduler log",
        why: "a Go execution trace or a task log of its process, of that time")
  }

  /// The least threshold in hundredths above a confidence, and the greatest that it reaches.
  private static func above(_ value: Double) -> String { hundredths(thousandths(value) / 10 + 1) }
  private static func below(_ value: Double) -> String { hundredths(thousandths(value) / 10) }

  private static func thousandths(_ value: Double) -> Int {
    Int((min(max(value, 0), 1) * 1000).rounded())
  }

  private static func hundredths(_ value: Int) -> String { decimal(Double(value) / 100) }

  /// A number from 0 to 1 with up to three digits.
  static func decimal(_ value: Double) -> String {
    var sink = ByteSink()
    sink.append(jsonConfidence: value)
    return String(decoding: sink.bytes, as: UTF8.self)
  }
}
