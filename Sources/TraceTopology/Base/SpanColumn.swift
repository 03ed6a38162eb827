/// The owners of the rows of a sparse table: rows stand in the order of their spans, so the rows of
/// one span are one range.
struct SpanColumn: Sendable {
  private(set) var owners: [SpanIndex] = []

  var count: Int { owners.count }

  subscript(row: Int) -> SpanIndex { owners[row] }

  mutating func append(_ owner: SpanIndex) { owners.append(owner) }

  mutating func reserve(_ count: Int) { LargePages.grow(&owners, to: count) }

  /// Appends the rows of another table, whose spans stand `offset` rows further on here.
  mutating func append(_ other: SpanColumn, offset: Int) {
    owners.append(other.owners, translated: { SpanIndex($0.index + offset) })
  }

  /// The rows of one span.
  func rows(of owner: SpanIndex) -> Range<Int> {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if owners[middle] < owner { low = middle + 1 } else { high = middle }
    }
    var last = low
    while last < count, owners[last] == owner { last += 1 }
    return low..<last
  }

  /// Takes back every row of spans from `row` on; gives how many rows that were.
  mutating func truncate(toSpan row: Int) -> Int {
    var kept = count
    while kept > 0, owners[kept - 1].index >= row { kept -= 1 }
    let dropped = count - kept
    owners.removeLast(dropped)
    return dropped
  }

  /// Takes back the rows of some spans and closes the gap that those spans leave; gives the numbers
  /// of the rows that stay.
  mutating func removeSpans(_ spans: Range<Int>) -> [Int] {
    let kept = (0..<count).filter { !spans.contains(owners[$0].index) }
    owners = kept.map { row in
      let owner = owners[row].index
      return owner >= spans.upperBound ? SpanIndex(owner - spans.count) : owners[row]
    }
    return kept
  }

  /// Gives rows to other spans; gives the numbers of the rows in their new order: those that were a
  /// span's own stand before those that it got.
  mutating func move(_ newOwner: [SpanIndex: SpanIndex]) -> [Int] {
    let target = owners.map { newOwner[$0] ?? $0 }
    let order = (0..<count).sorted { a, b in
      if target[a] != target[b] { return target[a] < target[b] }
      let isOwnA = target[a] == owners[a]
      let isOwnB = target[b] == owners[b]
      return isOwnA != isOwnB ? isOwnA : a < b
    }
    owners = order.map { target[$0] }
    return order
  }
}
