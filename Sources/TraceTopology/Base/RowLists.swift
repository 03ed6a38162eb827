/// Rows grouped by an owner, as start and list arrays.
///
///     rows of owner n = list[start[n] ..< start[n + 1]]
///
///     owner    0     1     2
///     start    0     2     3     3
///     list     4  7  1
struct RowLists: Sendable {
  private var start: [UInt32]
  private(set) var list: [UInt32]

  /// Groups the rows `0 ..< count` by `owner`, keeping their order; nil leaves a row out.
  init(owners: Int, rows count: Int, owner: (Int) -> Int?) {
    var start = LargePages.filled(UInt32(0), count: owners + 1)
    // Spans: an array would be asked for each row whether it may be written to.
    var next = start.mutableSpan
    for row in 0..<count {
      guard let group = owner(row) else { continue }
      next[group + 1] &+= 1
    }
    for group in 0..<owners { next[group + 1] &+= next[group] }
    var list = LargePages.filled(UInt32(0), count: Int(next[owners]))
    var places = list.mutableSpan
    // Each start moves to the next one while its rows are written, and back at the end.
    for row in 0..<count {
      guard let group = owner(row) else { continue }
      places[Int(next[group])] = UInt32(truncatingIfNeeded: row)
      next[group] &+= 1
    }
    for group in stride(from: owners, to: 0, by: -1) { next[group] = next[group - 1] }
    next[0] = 0
    self.start = start
    self.list = list
  }

  /// Where the rows of an owner stand in the list.
  func range(_ owner: Int) -> Range<Int> { Int(start[owner])..<Int(start[owner + 1]) }

  subscript(owner: Int) -> ArraySlice<UInt32> { list[range(owner)] }

  /// The rows of owners that follow each other.
  func rows(of owners: Range<Int>) -> ArraySlice<UInt32> {
    list[Int(start[owners.lowerBound])..<Int(start[owners.upperBound])]
  }

  /// How many owners there are.
  var owners: Int { start.count - 1 }

  /// How many rows an owner has.
  func count(of owner: Int) -> Int { Int(start[owner + 1] &- start[owner]) }

  /// The first row of an owner that has any.
  func first(of owner: Int) -> UInt32 { list[Int(start[owner])] }

  /// The same groups of other rows.
  consuming func mapped(_ other: (Int) -> Int) -> RowLists {
    for place in list.indices {
      list[place] = UInt32(truncatingIfNeeded: other(Int(list[place])))
    }
    return self
  }

  /// Sorts the rows of each owner.
  mutating func sortEach(_ isOrderedBefore: (UInt32, UInt32) -> Bool) {
    for owner in 0..<owners where count(of: owner) > 1 {
      list[range(owner)].sort(by: isOrderedBefore)
    }
  }
}

extension ArraySlice<UInt32> {
  /// The rows whose time lies in `range`; rows stand in order of their times.
  func within(_ range: ClosedRange<Int64>, time: (UInt32) -> Int64) -> ArraySlice<UInt32> {
    let first = partitioningIndex { time($0) >= range.lowerBound }
    let last = self[first...].partitioningIndex { time($0) > range.upperBound }
    return self[first..<last]
  }

  /// The first place from which on `isBehind` holds.
  private func partitioningIndex(_ isBehind: (UInt32) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
