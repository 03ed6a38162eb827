/// A conclusion about the observed system: which rule, about what, how bad, on which evidence.
///
/// One finding stands for all that is alike: what one rule says of one place. Its subjects are the
/// tasks and spans that it is about, in the order of their starts.
struct Finding: Sendable {
  /// The rule's stable name, such as `leaked-task`.
  var rule: String
  var severity: Severity
  /// What tells this finding from others of its rule: names and places in the source, never ids or
  /// times, so the same fault has the same key in every run.
  var key: [String]
  var tasks: [TaskIndex] = []
  var spans: [SpanIndex] = []
  /// How often it was found, where that is not the number of subjects.
  var occurrences: Int?
  /// A sentence for a person.
  var message: String
  var evidence: [FindingFact] = []
  /// What the rule does not claim.
  var caveat: String

  /// How many tasks and spans it is about, or how often it happened.
  var count: Int { occurrences ?? max(tasks.count, spans.count) }
}

extension Finding {
  /// Sixteen hexadecimal digits that stay the same from run to run: FNV-1a (64 bits) over the rule
  /// and the key, each followed by a zero byte.
  var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in [rule] + key {
      for byte in text.utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
      }
      hash = hash &* 0x0000_0100_0000_01B3
    }
    return SpanID(value: hash).hex
  }

  /// Worst first, then by rule, then by place.
  static func isOrderedBefore(_ a: Finding, _ b: Finding) -> Bool {
    if a.severity != b.severity { return a.severity.rank < b.severity.rank }
    if a.rule != b.rule { return a.rule < b.rule }
    return a.key.lexicographicallyPrecedes(b.key)
  }
}

/// One observed fact on which a finding rests.
struct FindingFact: Sendable {
  enum Value: Sendable {
    case text(String)
    case count(Int)
    /// Nanoseconds.
    case duration(Int64)
    /// From 0 to 1.
    case share(Double)
    case site(SiteID)
    case task(TaskIndex)
    case span(SpanIndex)
    /// A moment on the clock of a process.
    case moment(Timestamp, ProcessIndex)
  }

  var name: String
  var value: Value

  init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

extension Severity {
  /// The worst first.
  var rank: Int {
    switch self {
    case .error: 0
    case .warning: 1
    case .note: 2
    }
  }
}
