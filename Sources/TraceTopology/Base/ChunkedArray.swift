/// An array that grows without moving: chunks of a fixed size, so that a table of millions of rows
/// never needs twice its memory, and no row is copied again and again on the way.
///
///     row          0 ... 16383 | 16384 ... 32767 | 32768 ...
///     chunks       [ chunk 0 ]   [   chunk 1   ]   [ chunk 2, not full ]
struct ChunkedArray<Element>: RandomAccessCollection, MutableCollection {
  private static var shift: Int { 14 }
  private static var size: Int { 1 << shift }

  private var chunks: [[Element]] = []
  private(set) var count = 0

  init() {}

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(row: Int) -> Element {
    get { chunks[row >> Self.shift][row & (Self.size - 1)] }
    _modify { yield &chunks[row >> Self.shift][row & (Self.size - 1)] }
  }

  mutating func append(_ element: Element) {
    if count & (Self.size - 1) == 0 {
      chunks.append([])
      // Small tables stay small; from the second chunk on each is made whole at once.
      if count > 0 { chunks[chunks.count - 1].reserveCapacity(Self.size) }
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  mutating func append(contentsOf elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }
}

extension ChunkedArray: Sendable where Element: Sendable {}
