/// Pairs of operations, numbered in their order.
///
///     operation   0        1     2
///     first       0        3     3        5
///     second      2 5 9          0 4
struct OperationPairs: Sendable {
  private var first: [Int] = [0]
  private var second: [UInt32] = []

  init() {}

  /// `keys` hold two operations each, in order and each once; `count` is how many operations there are.
  init(_ keys: [UInt64], operations count: Int) {
    first = Array(repeating: 0, count: count + 1)
    second = keys.map { UInt32(truncatingIfNeeded: $0) }
    for key in keys { first[Int(key >> 32) + 1] += 1 }
    for operation in 0..<count { first[operation + 1] += first[operation] }
  }

  var count: Int { second.count }

  /// The number of a pair; nil if it is none of these.
  func number(_ operation: UInt32, _ other: UInt32) -> Int? {
    guard Int(operation) < first.count - 1 else { return nil }
    var low = first[Int(operation)]
    let end = first[Int(operation) + 1]
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if second[middle] < other { low = middle + 1 } else { high = middle }
    }
    return low < end && second[low] == other ? low : nil
  }

  /// All pairs, by their numbers.
  var keys: [UInt64] {
    var keys: [UInt64] = []
    keys.reserveCapacity(count)
    for operation in 0..<first.count - 1 {
      for place in first[operation]..<first[operation + 1] {
        keys.append(UInt64(operation) << 32 | UInt64(second[place]))
      }
    }
    return keys
  }
}

/// How many children of one operation the spans of another one have: the most of one span, and how many
/// spans have any.
struct CallTable: Sendable {
  private struct Note: Sendable {
    var key: UInt64
    var most: UInt32
    var spans: UInt32
  }

  private var notes: [Note] = []
  private var pairs = OperationPairs()
  /// For each pair what was noted.
  private var counts: [(most: UInt32, spans: UInt32)] = []

  /// Makes room for so many notes.
  mutating func reserve(_ count: Int) { LargePages.reserve(count, in: &notes) }

  /// One span of an operation has so many children of another one.
  mutating func note(_ operation: UInt32, child: UInt32, _ count: Int) {
    notes.append(
      Note(
        key: LineageStatistics.pair(operation, child), most: UInt32(clamping: count), spans: 1))
  }

  /// Adds what was noted of other spans of the same operations.
  mutating func append(_ other: CallTable) { notes.append(contentsOf: other.notes) }

  /// Adds what another table has arranged, with the numbers that its operations have here.
  mutating func add(_ other: CallTable, _ place: [UInt32]) {
    for (number, key) in other.pairs.keys.enumerated() {
      notes.append(
        Note(
          key: LineageStatistics.pair(key, place), most: other.counts[number].most,
          spans: other.counts[number].spans))
    }
  }

  /// Arranges what was noted; to be called before anything is asked.
  mutating func settle(operations count: Int) {
    for (number, key) in pairs.keys.enumerated() {
      notes.append(Note(key: key, most: counts[number].most, spans: counts[number].spans))
    }
    PairSort.sort(&notes, (UInt64(count), UInt64(count))) { $0.key }
    let distinct = notes.indices.count { $0 == 0 || notes[$0].key != notes[$0 - 1].key }
    var keys: [UInt64] = []
    counts = []
    LargePages.reserve(distinct, in: &keys)
    LargePages.reserve(distinct, in: &counts)
    for note in notes {
      if keys.last == note.key {
        let number = keys.count - 1
        counts[number].most = max(counts[number].most, note.most)
        let (sum, isTooLarge) = counts[number].spans.addingReportingOverflow(note.spans)
        counts[number].spans = isTooLarge ? .max : sum
      } else {
        keys.append(note.key)
        counts.append((note.most, note.spans))
      }
    }
    notes = []
    pairs = OperationPairs(keys, operations: count)
  }

  /// What was noted of a pair; nil if it was never seen.
  func calls(of operation: UInt32, to child: UInt32) -> (most: Int, spans: Int)? {
    pairs.number(operation, child).map {
      (Int(counts[$0].most), Int(counts[$0].spans))
    }
  }
}
