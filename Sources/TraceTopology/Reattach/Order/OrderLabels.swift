/// What is known of the parents of some spans of a class that follow each other.
struct OrderLabels: Sendable {
  var labels: [Int32] = []
  /// Positions whose parent is an entry, by a log and by an answer.
  var recorded: [Int32] = []
  var inferred: [Int32] = []
  /// Positions whose parents are asked for.
  var open: [Int] = []
  /// Positions whose parents are lost: what is said of one depends on what was said of others.
  var lost: [Int] = []
  var missing = LossCounts()
}

/// Counts of known and of missing parents, of spans whose tasks were not woken and of others.
struct LossCounts: Sendable {
  private var missing = SIMD2(0, 0)
  private var known = SIMD2(0, 0)

  /// How many parents are known.
  var knownCount: Int { known[0] + known[1] }

  mutating func add(_ isWoken: Bool, isMissing: Bool) {
    let one = isWoken ? SIMD2(0, 1) : SIMD2(1, 0)
    if isMissing { missing &+= one } else { known &+= one }
  }

  mutating func add(_ others: LossCounts) {
    missing &+= others.missing
    known &+= others.known
  }

  /// The share that is missing; where few are counted, nearly that of all.
  func share(of kind: Int) -> Double {
    let gone = missing[0] + missing[1]
    let all = (Double(gone) + 0.5) / Double(gone + known[0] + known[1] + 1)
    return (Double(missing[kind]) + 8 * all) / (Double(missing[kind] + known[kind]) + 8)
  }
}
