/// What stands above the spans of some groups: the operations of their parents with their counts, and
/// how many of the spans head a tree.
///
/// All groups share one list, so that a run of many operations costs two numbers for each pair of them:
///
///     group        0        1     2
///     end          3        3     5
///     byCount      ● ● ●          ● ●            most frequent first
///     byOperation  ● ● ●          ● ●            by the number of the operation
///
/// What is noted is put in order at the end: that costs a few passes over the notes, where counting
/// them one by one would look for each in a table of all pairs.
struct AboveTable: Sendable {
  /// Spans of a group that head a tree, those with a parent, and where its list ends.
  private struct Group: Sendable {
    var roots: UInt32 = 0
    var named: UInt32 = 0
    var end: UInt32
  }

  struct Item: Sendable {
    var operation: UInt32
    private var number: UInt32

    init(operation: UInt32, count: Int) {
      self.operation = operation
      number = UInt32(clamping: count)
    }

    var count: Int { Int(number) }
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

    /// Calls `body` with the place and the count of each of some operations that is a parent's. They
    /// stand in order; `operation` gives one by its place.
    func eachCount(
      of operations: Range<Int>, _ operation: (Int) -> UInt32, _ body: (Int, Int) -> Void
    ) {
      // A short list is walked beside the other one; in a long one each is looked up.
      guard byOperation.count <= Self.short * operations.count else {
        for number in operations {
          let count = count(of: operation(number))
          if count > 0 { body(number, count) }
        }
        return
      }
      var place = byOperation.startIndex
      for number in operations {
        let own = operation(number)
        while place < byOperation.endIndex, byOperation[place].operation < own { place += 1 }
        if place < byOperation.endIndex, byOperation[place].operation == own {
          body(number, byOperation[place].count)
        }
      }
    }

    /// How many times as long as the other one a list may be.
    private static let short = 8
  }

  /// What was noted since things were arranged: groups with operations, by how often.
  private var notes = OperationCounts()
  private var groups: [Group] = []
  private var byCount: [Item] = []
  private var byOperation: [Item] = []
  /// The spans with a parent of the group that is closed next.
  private var open = 0

  /// How many groups there are.
  var count: Int { groups.count }

  mutating func grow(to count: Int) {
    while groups.count < count { groups.append(Group(end: groups.last?.end ?? 0)) }
  }

  /// Groups are there already.
  mutating func note(_ group: Int, _ operation: UInt32, count: Int = 1) {
    notes.add(UInt32(truncatingIfNeeded: group), operation, count)
    groups[group].named = UInt32(clamping: Int(groups[group].named) + count)
  }

  mutating func noteRoots(_ group: Int, count: Int = 1) {
    groups[group].roots = UInt32(clamping: Int(groups[group].roots) + count)
  }

  /// Adds what another table has arranged, with the numbers that its groups and operations have here.
  mutating func add(_ other: AboveTable, groups: [Int], operations: [UInt32]) {
    for group in 0..<other.count {
      for item in other[group].byOperation {
        note(groups[group], operations[Int(item.operation)], count: item.count)
      }
      noteRoots(groups[group], count: Int(other.groups[group].roots))
    }
  }

  /// Arranges what was counted; to be called before anything is asked.
  mutating func settle() {
    for group in groups.indices {
      for item in byOperation[rows(of: group)] {
        notes.add(UInt32(truncatingIfNeeded: group), item.operation, item.count)
      }
    }
    var sizes = Array(repeating: UInt32(0), count: groups.count)
    var items: [Item] = []
    notes.takeSums { group, operation, count in
      sizes[Int(group)] &+= 1
      items.append(Item(operation: operation, count: count))
    }
    var end: UInt32 = 0
    for group in groups.indices {
      end &+= sizes[group]
      groups[group].end = end
    }
    byOperation = items
    arrange()
  }

  /// Makes room for so many operations of all groups.
  mutating func reserve(_ count: Int) { LargePages.reserve(count, in: &byOperation) }

  /// Makes room for so many groups.
  mutating func reserve(groups count: Int) { LargePages.reserve(count, in: &groups) }

  /// Adds an operation to the group that is closed next, behind those of lower numbers.
  mutating func append(_ operation: UInt32, count: Int) {
    byOperation.append(Item(operation: operation, count: count))
    open += count
  }

  /// Closes a group of what was appended since the last one.
  mutating func close(roots count: Int) {
    groups.append(
      Group(
        roots: UInt32(clamping: count), named: UInt32(clamping: open),
        end: UInt32(truncatingIfNeeded: byOperation.count)))
    open = 0
  }

  /// Puts the most frequent operation of each group first.
  mutating func arrange() {
    byCount = byOperation
    for group in groups.indices where rows(of: group).count > 1 {
      byCount[rows(of: group)].sort {
        $0.count != $1.count ? $0.count > $1.count : $0.operation < $1.operation
      }
    }
  }

  private func rows(of group: Int) -> Range<Int> {
    (group > 0 ? Int(groups[group - 1].end) : 0)..<Int(groups[group].end)
  }

  subscript(group: Int) -> Above {
    let rows = rows(of: group)
    return Above(
      parents: byCount[rows], byOperation: byOperation[rows], roots: Int(groups[group].roots),
      named: Int(groups[group].named))
  }

  /// How many spans of a group were counted.
  func total(_ group: Int) -> Int { Int(groups[group].roots) + Int(groups[group].named) }
}

/// Pairs of numbers with counts, which are added up when all are there.
struct OperationCounts: Sendable {
  /// Pairs that were seen once each, as often as they were.
  private var single: [UInt64] = []
  private var counted: [(key: UInt64, count: Int)] = []
  /// Both numbers of all pairs are less than these.
  private var size: (first: UInt64, second: UInt64) = (0, 0)

  mutating func add(_ first: UInt32, _ second: UInt32, _ count: Int = 1) {
    let key = UInt64(first) << 32 | UInt64(second)
    size = (max(size.first, UInt64(first) + 1), max(size.second, UInt64(second) + 1))
    if count == 1 { single.append(key) } else { counted.append((key, count)) }
  }

  /// Calls `body` with each pair and its sum, in the order of the pairs, and forgets them.
  mutating func takeSums(_ body: (UInt32, UInt32, Int) -> Void) {
    defer { self = OperationCounts() }
    PairSort.sort(&single, size) { $0 }
    PairSort.sort(&counted, size) { $0.key }
    var next = 0
    var other = 0
    while next < single.count || other < counted.count {
      let key = min(
        next < single.count ? single[next] : .max, other < counted.count ? counted[other].key : .max
      )
      var count = 0
      while next < single.count, single[next] == key {
        count += 1
        next += 1
      }
      while other < counted.count, counted[other].key == key {
        count += counted[other].count
        other += 1
      }
      body(UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key), count)
    }
  }
}

/// Sorting by pairs of numbers, each of which is small as a rule.
enum PairSort {
  /// Sorts by the pair that stands in the halves of a key; `size` bounds both numbers.
  static func sort<Element>(
    _ elements: inout [Element], _ size: (first: UInt64, second: UInt64),
    key: (Element) -> UInt64
  ) {
    let (all, isTooLarge) = size.first.multipliedReportingOverflow(by: size.second)
    guard !isTooLarge, all < UInt64(Int64.max) else {
      TimeSort.sort(&elements) { Int64(bitPattern: key($0) ^ 1 << 63) }
      return
    }
    TimeSort.sort(&elements) {
      let pair = key($0)
      return Int64(bitPattern: (pair >> 32) &* size.second &+ (pair & 0xFFFF_FFFF))
    }
  }
}
