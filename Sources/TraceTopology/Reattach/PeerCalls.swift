/// The calls by one kind of key, those of one key in the order of their starts.
///
/// Most keys that are asked for are those of no call: the leading bits of a key, which are mixed, say
/// where its calls would be.
///
///     calls     a a a   c   d e
///     first     0       3   4         for each value of the leading bits
struct PeerCalls: Sendable {
  /// A call and when it was open, on the clock that all hosts share.
  struct Call: Sendable {
    var start: Int64
    /// The largest number if nothing says when it was over.
    var end: Int64
    var span: SpanIndex
  }

  /// A call with its key, as neighbours are looked at together.
  private struct Entry {
    var start: Int64
    var end: Int64
    var key: UInt32
    var span: SpanIndex
  }

  private var entries: [Entry] = []
  private var first: [UInt32] = [0, 0]
  private var leadingBits: UInt32 = 0

  /// There are no more values of the leading bits than two to the power of this.
  private static let most: UInt32 = 20

  init() {}

  /// A call that may be an answer, and its key.
  struct Known: Sendable {
    var key: UInt32
    var span: SpanIndex
  }

  /// - Parameters:
  ///   - calls: in any order; fastest if those of one key are nearly in that of their starts.
  ///   - times: when such a span was open.
  ///   - isOrderedBefore: an order of spans, for those that start at once.
  init(
    _ calls: [Known], times: (SpanIndex) -> Call,
    isOrderedBefore: (SpanIndex, SpanIndex) -> Bool
  ) {
    guard !calls.isEmpty else { return }
    while leadingBits < Self.most, calls.count >> (leadingBits + 1) > 0 { leadingBits += 1 }
    let leadingBits = leadingBits
    let groups = 1 << Int(leadingBits)
    var next: [UInt32] = Array(repeating: 0, count: groups + 1)
    for call in calls { next[Self.group(of: call.key, leadingBits) + 1] += 1 }
    for group in 1...groups { next[group] += next[group - 1] }
    first = next
    let blank = Entry(start: 0, end: 0, key: 0, span: .none)
    var entries = LargePages.filled(blank, count: calls.count)
    for call in calls {
      let group = Self.group(of: call.key, leadingBits)
      let open = times(call.span)
      entries[Int(next[group])] = Entry(
        start: open.start, end: open.end, key: call.key, span: call.span)
      next[group] += 1
    }
    // Few keys share leading bits, and the calls of one come nearly in the order of their starts.
    NearlySorted.sort(&entries) { a, b in
      guard a.key == b.key else { return Self.isOrderedBefore(a.key, b.key, leadingBits) }
      return a.start != b.start ? a.start < b.start : isOrderedBefore(a.span, b.span)
    }
    self.entries = entries
  }

  private static func isOrderedBefore(_ a: UInt32, _ b: UInt32, _ leadingBits: UInt32) -> Bool {
    let (first, second) = (group(of: a, leadingBits), group(of: b, leadingBits))
    return first != second ? first < second : a < b
  }

  private static func group(of key: UInt32, _ leadingBits: UInt32) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B1) >> (32 - leadingBits))
  }

  /// Of the latest calls of a key that start by `last` those that were not over before `first`, latest
  /// first; no more than `limit` are looked at.
  func open(of key: UInt32, from first: Int64, to last: Int64, limit: Int) -> [Call] {
    guard !entries.isEmpty else { return [] }
    let known = entries.span
    var open: [Call] = []
    for place in places(of: key, to: last).suffix(limit).reversed() where known[place].end >= first
    {
      let entry = known[place]
      open.append(Call(start: entry.start, end: entry.end, span: entry.span))
    }
    return open
  }

  /// The calls of a key, from the first up to those that start at this time.
  private func places(of key: UInt32, to start: Int64) -> Range<Int> {
    let group = Self.group(of: key, leadingBits)
    let range = Int(first[group])..<Int(first[group + 1])
    let from = firstPlace(in: range) { $0.key >= key }
    return from..<firstPlace(in: from..<range.upperBound) { $0.key > key || $0.start > start }
  }

  private func firstPlace(in range: Range<Int>, where isBehind: (Entry) -> Bool) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if isBehind(entries[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
