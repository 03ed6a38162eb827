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
