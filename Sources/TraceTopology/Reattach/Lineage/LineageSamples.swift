/// Spans of a run that are learned from, with the operations of their parents and of those above these.
///
///     operation         A               B
///     below (parent)    P   P   P   Q   P
///     above             X   X   –   Y   X      sorted within each operation
///
/// Counts of parents, and of what stands above each pair, follow in one walk over the sorted samples of
/// one operation after another.
struct LineageSamples: Sendable {
  /// What stands above the parent of a span.
  enum Above: Equatable {
    case operation(UInt32)
    /// The parent heads its tree.
    case nothing
    /// What the parent names is not there.
    case unknown

    /// No run has so many operations.
    private static let firstOther = UInt32.max - 1

    fileprivate var code: UInt32 {
      switch self {
      case .operation(let operation): operation
      case .nothing: Self.firstOther
      case .unknown: Self.firstOther + 1
      }
    }

    fileprivate init(code: UInt32) {
      switch code {
      case Self.firstOther: self = .nothing
      case Self.firstOther + 1: self = .unknown
      default: self = .operation(code)
      }
    }
  }

  /// For each operation how many samples head a tree.
  private(set) var roots: [Int]
  private var rows: [UInt32] = []
  private var own: [UInt32] = []
  /// The parent's operation, then the code of what stands above.
  private var lineage: [UInt64] = []
  private var byOperation = RowLists(owners: 0, rows: 0) { _ in nil }

  init(operations count: Int, expecting expected: Int) {
    roots = Array(repeating: 0, count: count)
    LargePages.reserve(expected, in: &rows)
    LargePages.reserve(expected, in: &own)
    LargePages.reserve(expected, in: &lineage)
  }

  mutating func addRoot(_ operation: UInt32) { roots[Int(operation)] += 1 }

  mutating func add(_ row: Int, _ operation: UInt32, below parent: UInt32, _ above: Above) {
    rows.append(UInt32(truncatingIfNeeded: row))
    own.append(operation)
    lineage.append(UInt64(parent) << 32 | UInt64(above.code))
  }

  /// Adds those of rows further on.
  mutating func append(_ other: LineageSamples) {
    for operation in roots.indices { roots[operation] += other.roots[operation] }
    rows.append(contentsOf: other.rows)
    own.append(contentsOf: other.own)
    lineage.append(contentsOf: other.lineage)
  }

  /// To be called when all are there.
  mutating func close() {
    let own = own
    byOperation = RowLists(owners: roots.count, rows: own.count) { Int(own[$0]) }
    self.own = []
  }

  /// The rows of the samples with a parent, by operation.
  var rowsByOperation: RowLists { byOperation.mapped { Int(rows[$0]) } }

  /// What stands above the spans of each operation, and above each pair of an operation and its
  /// parent's of which anything is known.
  func arranged() -> (parents: AboveTable, above: AboveTable, pairs: OperationPairs) {
    var parents = AboveTable()
    var above = AboveTable()
    parents.reserve(lineage.count)
    above.reserve(lineage.count)
    // There are no more pairs than samples, and mostly not many less.
    above.reserve(groups: lineage.count)
    var keys: [UInt64] = []
    var own: [UInt64] = []
    for operation in roots.indices {
      own.removeAll(keepingCapacity: true)
      for sample in byOperation[operation] { own.append(lineage[Int(sample)]) }
      own.sort()
      var from = 0
      while from < own.count {
        let parent = UInt32(truncatingIfNeeded: own[from] >> 32)
        let to = Self.count(own, from: from, parent, into: &above)
        parents.append(parent, count: to.end - from)
        if let roots = to.roots {
          above.close(roots: roots)
          keys.append(LineageStatistics.pair(UInt32(truncatingIfNeeded: operation), parent))
        }
        from = to.end
      }
      parents.close(roots: roots[operation])
    }
    parents.arrange()
    above.arrange()
    return (parents, above, OperationPairs(keys, operations: roots.count))
  }

  /// Counts what stands above the samples of one parent's operation; gives where they end, and how many
  /// of those parents head their trees, nil if nothing is known of any.
  private static func count(
    _ sorted: [UInt64], from first: Int, _ parent: UInt32, into above: inout AboveTable
  ) -> (end: Int, roots: Int?) {
    var from = first
    var roots: Int?
    while from < sorted.count, sorted[from] >> 32 == UInt64(parent) {
      var end = from + 1
      while end < sorted.count, sorted[end] == sorted[from] { end += 1 }
      switch Above(code: UInt32(truncatingIfNeeded: sorted[from])) {
      case .operation(let operation):
        above.append(operation, count: end - from)
        roots = roots ?? 0
      case .nothing: roots = end - from
      case .unknown: break
      }
      from = end
    }
    return (from, roots)
  }
}
