/// Rows grouped by an owner, as start and list arrays.
///
///     rows of owner n = list[start[n] ..< start[n + 1]]
///
///     owner    0     1     2
///     start    0     2     3     3
///     list     4  7  1
struct RowLists: Sendable {
  private(set) var start: [Int]
  private(set) var list: [UInt32]

  /// Groups the rows `0 ..< count` by `owner`, keeping their order; nil leaves a row out.
  init(owners: Int, rows count: Int, owner: (Int) -> Int?) {
    var start = Array(repeating: 0, count: owners + 1)
    for row in 0..<count {
      guard let group = owner(row) else { continue }
      start[group + 1] += 1
    }
    for group in 0..<owners { start[group + 1] += start[group] }
    var next = start
    var list = Array(repeating: UInt32(0), count: start[owners])
    for row in 0..<count {
      guard let group = owner(row) else { continue }
      list[next[group]] = UInt32(truncatingIfNeeded: row)
      next[group] += 1
    }
    self.start = start
    self.list = list
  }

  subscript(owner: Int) -> ArraySlice<UInt32> { list[start[owner]..<start[owner + 1]] }

  /// Sorts the rows of each owner.
  mutating func sortEach(_ isOrderedBefore: (UInt32, UInt32) -> Bool) {
    for owner in 0..<start.count - 1 where start[owner + 1] - start[owner] > 1 {
      list[start[owner]..<start[owner + 1]].sort(by: isOrderedBefore)
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
