/// The spans of one trace, arranged for questions about their operations and their times.
///
///     rows      by operation, then by start:     A A A B C C
///     groups    the first row of each operation: 0 3 4
///     byStart   by the time on the clock of all hosts, with the latest end of each stretch of rows, of
///               each stretch of stretches and so on: a question goes down into those that reach far
///               enough, and into no other
struct TraceRows: Sendable {
  /// The spans of one operation.
  struct Group: Sendable {
    var operation: UInt32
    var rows: Range<Int>
  }

  /// Rows of one stretch, and stretches of the next larger one: two to the power of this.
  private static let stretchBits = 5
  private static let stretch = 1 << stretchBits

  private(set) var rows: [UInt32]
  private(set) var groups: [Group] = []
  /// A bit for each operation of the trace, which some others share: most operations that are asked for
  /// are none of the trace's.
  private var marks: [UInt64] = []
  private var byStart: [UInt32] = []
  /// From the stretches of rows upwards.
  private var latestEnds: [[Int64]] = []

  init(
    _ trace: ArraySlice<UInt32>, operations: [UInt32], recorded: [Timestamp], times: SharedTimes
  ) {
    rows = trace.sorted { a, b in
      let first = operations[Int(a)]
      let second = operations[Int(b)]
      if first != second { return first < second }
      return recorded[Int(a)].nanoseconds < recorded[Int(b)].nanoseconds
    }
    var from = 0
    for place in 1...max(rows.count, 1) where place <= rows.count {
      let operation = operations[Int(rows[from])]
      if place < rows.count, operations[Int(rows[place])] == operation { continue }
      groups.append(Group(operation: operation, rows: from..<place))
      from = place
    }
    mark()
    guard rows.count > Self.stretch else { return }
    byStart = rows
    TimeSort.sort(&byStart) { times.start[Int($0)].nanoseconds }
    var ends = byStart.map { times.end[Int($0)].nanoseconds }
    while ends.count > Self.stretch {
      ends = stride(from: 0, to: ends.count, by: Self.stretch).map { first in
        ends[first..<min(first + Self.stretch, ends.count)].reduce(.min) { max($0, $1) }
      }
      latestEnds.append(ends)
    }
  }

  /// Spans of which nobody asks for those of one operation.
  init(unsorted rows: ArraySlice<UInt32>) { self.rows = Array(rows) }

  private mutating func mark() {
    var size = 1
    while size * 64 < groups.count * Self.marksPerGroup { size *= 2 }
    marks = Array(repeating: 0, count: size)
    for group in groups {
      marks[Int(group.operation >> 6) & (size - 1)] |= 1 << UInt64(group.operation & 63)
    }
  }

  /// How many bits there are for each operation at least.
  private static let marksPerGroup = 16

  /// The spans of one operation; nil if the trace has none.
  func group(_ operation: UInt32) -> Int? {
    guard !marks.isEmpty,
      marks[Int(operation >> 6) & (marks.count - 1)] >> UInt64(operation & 63) & 1 == 1
    else { return nil }
    var low = 0
    var high = groups.count
    while low < high {
      let middle = (low + high) / 2
      if groups[middle].operation < operation { low = middle + 1 } else { high = middle }
    }
    return low < groups.count && groups[low].operation == operation ? low : nil
  }

  /// Calls `body` with the rows that begin at `first` or before and end at `last` or after, and perhaps
  /// with others; gives the number of places that it looked at.
  func eachCandidate(
    from first: Int64, to last: Int64, times: SharedTimes, _ body: (UInt32) -> Void
  ) -> Int {
    guard let top = latestEnds.last else {
      rows.forEach(body)
      return rows.count
    }
    let begun = begun(by: first, times)
    var looked = 0
    // Places that are still to be looked into, with how far above the rows they are.
    var pending = top.indices.map { (level: latestEnds.count - 1, place: $0) }
    while let next = pending.popLast() {
      looked += 1
      let firstRow = next.place << (Self.stretchBits * (next.level + 1))
      guard firstRow < begun, latestEnds[next.level][next.place] >= last else { continue }
      let below = next.place * Self.stretch
      if next.level > 0 {
        let end = min(below + Self.stretch, latestEnds[next.level - 1].count)
        for place in below..<end { pending.append((next.level - 1, place)) }
      } else {
        byStart[below..<min(below + Self.stretch, begun)].forEach(body)
        looked += Self.stretch
      }
    }
    return looked
  }

  /// How many rows begin at a time or before.
  private func begun(by time: Int64, _ times: SharedTimes) -> Int {
    var low = 0
    var high = byStart.count
    while low < high {
      let middle = (low + high) / 2
      if times.start[Int(byStart[middle])].nanoseconds <= time {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

/// A few spans, or many.
struct SpanSet: Sendable {
  private let spans: [SpanIndex]
  /// From here on it is worth looking them up.
  private static let few = 8

  init(_ spans: [SpanIndex]) { self.spans = spans.count > Self.few ? spans.sorted() : spans }

  func contains(_ span: SpanIndex) -> Bool {
    guard spans.count > Self.few else { return spans.contains(span) }
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle] < span { low = middle + 1 } else { high = middle }
    }
    return low < spans.count && spans[low] == span
  }
}

/// The times of each row on the clock that all hosts share.
struct SharedTimes: Sendable {
  let start: [Timestamp]
  let end: [Timestamp]

  init(_ recording: Recording, _ clocks: HostClocks) {
    let table = recording.spans
    guard !clocks.areInStep else {
      start = table.start
      end = table.end
      return
    }
    start = table.start.indices.map { clocks.time(table.start[$0], of: table.process[$0]) }
    end = table.end.indices.map { clocks.time(table.end[$0], of: table.process[$0]) }
  }
}

/// The stretch of time of some spans whose ancestor is asked for, and the spans of their trace that
/// contain all of it.
struct TraceContainers: Sendable {
  /// When the first of the spans whose times are known began, and when the last ended.
  private let start: Timestamp
  private let end: Timestamp
  /// The lengths of those that contain the spans, shortest first.
  private let lengths: [Int64]
  private let spans: SpanSet
  private let hidden: Set<SpanIndex>
  /// How many places were looked at.
  let looked: Int
  /// From when to when a container reaches; nil if the end is not known.
  private let bounds: (first: Int64, last: Int64)?

  /// `hidden` are taken as lost; spans `without` are no containers, though they are there.
  init(
    of children: [SpanIndex], in trace: TraceRows, times: SharedTimes, hidden: Set<SpanIndex>,
    without lost: [SpanIndex] = []
  ) {
    var known = (start: Timestamp.unknown, end: Timestamp.unknown)
    var first = Int64.max
    for child in children {
      let start = times.start[child.index]
      let end = times.end[child.index]
      first = min(first, start.nanoseconds)
      if start.isKnown, !known.start.isKnown || start.nanoseconds < known.start.nanoseconds {
        known.start = start
      }
      if end.isKnown, end.nanoseconds > known.end.nanoseconds { known.end = end }
    }
    start = known.start
    end = known.end
    let own = SpanSet(children)
    spans = own
    self.hidden = hidden
    guard end.isKnown else {
      bounds = nil
      lengths = []
      looked = 0
      return
    }
    let last = end.nanoseconds
    bounds = (first, last)
    var lengths: [Int64] = []
    looked = trace.eachCandidate(from: first, to: last, times: times) { row in
      let span = SpanIndex(Int(row))
      guard times.start[span.index].nanoseconds <= first, times.end[span.index].isKnown,
        times.end[span.index].nanoseconds >= last,
        !own.contains(span), !hidden.contains(span),
        !lost.contains(span), let length = times.end[span.index].since(times.start[span.index])
      else { return }
      lengths.append(length)
    }
    if lengths.count > 1 { lengths.sort() }
    self.lengths = lengths
  }

  /// Whether a span is one of those that are asked about.
  func isAsked(_ span: SpanIndex) -> Bool { spans.contains(span) }

  /// How the spans lie in another span of their trace; nil if their starts are not known.
  func place(in other: SpanIndex, times: SharedTimes) -> LineagePlace? {
    let start = times.start[other.index]
    let end = times.end[other.index]
    guard let lead = self.start.since(start) else { return nil }
    return LineagePlace(start: lead, end: end.since(self.end), rank: rank(start, end, other))
  }

  private func rank(_ start: Timestamp, _ end: Timestamp, _ other: SpanIndex) -> Int? {
    guard let bounds, start.nanoseconds <= bounds.first, end.isKnown,
      end.nanoseconds >= bounds.last, let length = end.since(start), !hidden.contains(other)
    else { return nil }
    var low = 0
    var high = lengths.count
    while low < high {
      let middle = (low + high) / 2
      if lengths[middle] < length { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
