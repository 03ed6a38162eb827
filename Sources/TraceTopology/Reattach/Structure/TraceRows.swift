/// The spans of one trace, arranged for questions about their operations and their times.
///
///     spans     by operation, then by start:      A A A B C C
///     groups    the first span of each operation: 0 3 4
///     byStart   by the time on the clock of all hosts, with the latest end of each stretch of spans, of
///               each stretch of stretches and so on: a question goes down into those that reach far
///               enough, and into no other
///
/// Times stand beside the rows: those of a trace lie far apart in a recording of many.
struct TraceRows: Sendable {
  /// One span, with its times on the clock that all hosts share.
  struct Entry: Sendable {
    var row: UInt32
    var operation: UInt32
    var start: Timestamp
    var end: Timestamp

    var span: SpanIndex { SpanIndex(raw: row) }
  }

  /// The spans of one operation.
  struct Group: Sendable {
    var operation: UInt32
    private var first: UInt32
    private var end: UInt32

    fileprivate init(operation: UInt32, _ places: Range<Int>) {
      self.operation = operation
      first = UInt32(truncatingIfNeeded: places.lowerBound)
      end = UInt32(truncatingIfNeeded: places.upperBound)
    }

    var places: Range<Int> { Int(first)..<Int(end) }
  }

  /// Spans of one stretch, and stretches of the next larger one: two to the power of this.
  private static let stretchBits = 5
  private static let stretch = 1 << stretchBits

  private(set) var spans: [Entry]
  private(set) var groups: [Group] = []
  /// Each operation of the trace with its group, at a place that follows from the operation; all ones
  /// where there is none: most operations that are asked for are none of the trace's.
  private var slots: [UInt64] = []
  /// For each slot one bit of eight for each operation that belongs there: mostly that says that there is
  /// none, and touches an eighth of the memory.
  private var marks: [UInt8] = []
  /// Places among `spans`.
  private var byStart: [UInt32] = []
  /// From the stretches of spans upwards.
  private var latestEnds: [[Int64]] = []

  init(
    _ trace: ArraySlice<UInt32>, operations: [UInt32], recorded: [Timestamp], times: SharedTimes
  ) {
    var spans = trace.map { row in
      Entry(
        row: row, operation: operations[Int(row)], start: times.start[Int(row)],
        end: times.end[Int(row)])
    }
    spans.sort { a, b in
      if a.operation != b.operation { return a.operation < b.operation }
      return recorded[Int(a.row)].nanoseconds < recorded[Int(b.row)].nanoseconds
    }
    self.spans = spans
    var from = 0
    for place in 1...max(spans.count, 1) where place <= spans.count {
      let operation = spans[from].operation
      if place < spans.count, spans[place].operation == operation { continue }
      groups.append(Group(operation: operation, from..<place))
      from = place
    }
    mark()
    guard spans.count > Self.stretch else { return }
    byStart = spans.indices.map { UInt32(truncatingIfNeeded: $0) }
    TimeSort.sort(&byStart) { spans[Int($0)].start.nanoseconds }
    var ends = byStart.map { spans[Int($0)].end.nanoseconds }
    while ends.count > Self.stretch {
      ends = stride(from: 0, to: ends.count, by: Self.stretch).map { first in
        ends[first..<min(first + Self.stretch, ends.count)].reduce(.min) { max($0, $1) }
      }
      latestEnds.append(ends)
    }
  }

  private mutating func mark() {
    var size = 4
    while size < groups.count * Self.slotsPerGroup { size *= 2 }
    slots = Array(repeating: .max, count: size)
    marks = Array(repeating: 0, count: size)
    for (number, group) in groups.enumerated() {
      let mixed = Self.mixed(group.operation)
      var slot = slot(of: mixed)
      marks[slot] |= Self.mark(of: mixed)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt64(group.operation) << 32 | UInt64(number)
    }
  }

  /// How many slots there are for each operation at least.
  private static let slotsPerGroup = 4

  private static func mixed(_ operation: UInt32) -> UInt64 {
    UInt64(operation) &* 0x9E37_79B9_7F4A_7C15
  }

  private func slot(of mixed: UInt64) -> Int {
    Int(truncatingIfNeeded: mixed >> 40) & (marks.count - 1)
  }

  private static func mark(of mixed: UInt64) -> UInt8 { 1 << UInt8(mixed >> 37 & 7) }

  /// The spans of one operation; nil if the trace has none.
  func group(_ operation: UInt32) -> Int? {
    let mixed = Self.mixed(operation)
    var slot = slot(of: mixed)
    guard marks[slot] & Self.mark(of: mixed) != 0 else { return nil }
    while slots[slot] != .max {
      if slots[slot] >> 32 == UInt64(operation) { return Int(slots[slot] & 0xFFFF_FFFF) }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Calls `body` with the spans that begin at `first` or before and end at `last` or after, and perhaps
  /// with others; gives the number of places that it looked at.
  func eachCandidate(from first: Int64, to last: Int64, _ body: (Entry) -> Void) -> Int {
    guard let top = latestEnds.last else {
      for span in spans { body(span) }
      return spans.count
    }
    let begun = begun(by: first)
    var looked = 0
    // Places that are still to be looked into, with how far above the spans they are.
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
        for place in below..<min(below + Self.stretch, begun) { body(spans[Int(byStart[place])]) }
        looked += Self.stretch
      }
    }
    return looked
  }

  /// How many spans begin at a time or before.
  private func begun(by time: Int64) -> Int {
    var low = 0
    var high = byStart.count
    while low < high {
      let middle = (low + high) / 2
      if spans[Int(byStart[middle])].start.nanoseconds <= time {
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
