/// What stands above the spans of some groups: the operations of their parents with their counts, and
/// how many of the spans head a tree.
///
/// All groups share one list, so that a run of many operations costs two numbers for each pair of them:
///
///     group        0        1     2
///     first        0        3     3        5
///     byCount      ● ● ●          ● ●            most frequent first
///     byOperation  ● ● ●          ● ●            by the number of the operation
struct AboveTable: Sendable {
  struct Item: Sendable {
    var operation: UInt32
    var count: Int
  }

  /// What stands above the spans of one group.
  struct Above: Sendable {
    /// Most frequent first.
    let parents: ArraySlice<Item>
    fileprivate let byOperation: ArraySlice<Item>
    let roots: Int
    /// Those with a parent.
    let named: Int

    /// All spans that were counted.
    var total: Int { roots + named }

    /// How many of the spans have a parent of this operation.
    func count(of operation: UInt32) -> Int {
      var low = byOperation.startIndex
      var high = byOperation.endIndex
      while low < high {
        let middle = (low + high) / 2
        if byOperation[middle].operation < operation { low = middle + 1 } else { high = middle }
      }
      guard low < byOperation.endIndex, byOperation[low].operation == operation else { return 0 }
      return byOperation[low].count
    }
  }

  /// Counts by group and operation.
  private var counts = KeyedValues<Int>()
  private var roots: [Int] = []
  private var named: [Int] = []
  private var first: [Int] = []
  private var byCount: [Item] = []
  private var byOperation: [Item] = []

  /// How many groups there are.
  var count: Int { roots.count }

  mutating func grow(to count: Int) {
    while roots.count < count {
      roots.append(0)
      named.append(0)
    }
  }

  /// Groups are there already.
  mutating func note(_ group: Int, _ operation: UInt32, count: Int = 1) {
    counts.add(LineageStatistics.pair(UInt32(truncatingIfNeeded: group), operation), count)
    named[group] += count
  }

  mutating func noteRoots(_ group: Int, count: Int = 1) { roots[group] += count }

  /// Adds what another run showed, with the numbers that its groups and operations have here.
  mutating func add(_ other: AboveTable, groups: [Int], operations: [UInt32]) {
    for (key, count) in zip(other.counts.keys, other.counts.values) {
      note(
        groups[Int(key >> 32)], operations[Int(UInt32(truncatingIfNeeded: key))], count: count)
    }
    for (group, count) in other.roots.enumerated() { noteRoots(groups[group], count: count) }
  }

  /// Arranges what was counted; to be called before anything is asked.
  mutating func settle() {
    var items = zip(counts.keys, counts.values).map { (key: $0, count: $1) }
    TimeSort.sort(&items) { Int64(bitPattern: $0.key) }
    first = Array(repeating: 0, count: roots.count + 1)
    for item in items { first[Int(item.key >> 32) + 1] += 1 }
    for group in roots.indices { first[group + 1] += first[group] }
    byOperation = items.map {
      Item(operation: UInt32(truncatingIfNeeded: $0.key), count: $0.count)
    }
    byCount = byOperation
    for group in roots.indices where first[group + 1] - first[group] > 1 {
      byCount[first[group]..<first[group + 1]].sort {
        $0.count != $1.count ? $0.count > $1.count : $0.operation < $1.operation
      }
    }
  }

  subscript(group: Int) -> Above {
    let rows = first[group]..<first[group + 1]
    return Above(
      parents: byCount[rows], byOperation: byOperation[rows], roots: roots[group],
      named: named[group])
  }

  /// How many spans of a group were counted.
  func total(_ group: Int) -> Int { roots[group] + named[group] }
}
