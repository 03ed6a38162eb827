/// The stretch of time of some spans whose ancestor is asked for, and the spans of their trace that
/// contain all of it.
struct TraceContainers: Sendable {
  private var stretch = AskedStretch()
  private let spans: SpanSet
  /// How many places were looked at.
  private(set) var looked = 0

  /// `hidden` are taken as lost.
  init(
    of children: [SpanIndex], in trace: TraceRows, times: SharedTimes, hidden: [SpanIndex]
  ) {
    spans = SpanSet(children)
    var stretch = AskedStretch()
    for child in children {
      stretch.ask(start: times.start[child.index], end: times.end[child.index])
    }
    if let reach = stretch.reach {
      let own = spans
      looked = trace.eachCandidate(from: reach.first, to: reach.last) { other in
        guard stretch.isContained(start: other.start, end: other.end), !own.contains(other.span),
          !hidden.contains(other.span)
        else { return }
        stretch.addContainer(start: other.start, end: other.end)
      }
    }
    self.stretch = stretch
  }

  /// Whether a span is one of those that are asked about.
  func isAsked(_ span: SpanIndex) -> Bool { spans.contains(span) }

  /// How the spans lie in another span of their trace that is left; nil if their starts are not known.
  @inline(__always)
  func place(in other: TraceRows.Entry) -> LineagePlace? {
    stretch.place(start: other.start, end: other.end)
  }
}

/// The stretch of time of some spans whose ancestor is asked for, and the lengths of what contains it.
struct AskedStretch: Sendable {
  /// When the first of the spans whose times are known began, and when the last ended.
  private var start = Timestamp.unknown
  private var end = Timestamp.unknown
  /// From when on a container is there: never, if the start of a span is not known.
  private var first = Int64.max
  private var shortest = ShortestLengths()

  /// From when to when a container reaches; nil if the end is not known.
  var reach: (first: Int64, last: Int64)? { end.isKnown ? (first, end.nanoseconds) : nil }

  /// Adds one of the spans; they come before their containers.
  mutating func ask(start: Timestamp, end: Timestamp) {
    first = min(first, start.nanoseconds)
    if start.isKnown, !self.start.isKnown || start.nanoseconds < self.start.nanoseconds {
      self.start = start
    }
    if end.isKnown, end.nanoseconds > self.end.nanoseconds { self.end = end }
  }

  /// Whether another span is there all the time.
  func isContained(start: Timestamp, end: Timestamp) -> Bool {
    self.end.isKnown && start.nanoseconds <= first && end.isKnown
      && end.nanoseconds >= self.end.nanoseconds
  }

  /// Notes the length of another span that contains all.
  mutating func addContainer(start: Timestamp, end: Timestamp) {
    if let length = end.since(start) { shortest.add(length) }
  }

  /// How the spans lie in another one; nil if their starts are not known.
  @inline(__always)
  func place(start: Timestamp, end: Timestamp) -> LineagePlace? {
    guard let lead = self.start.since(start) else { return nil }
    return LineagePlace(start: lead, end: end.since(self.end), rank: rank(start, end))
  }

  /// How many containers are shorter than another span; nil if that is none.
  @inline(__always)
  private func rank(_ start: Timestamp, _ end: Timestamp) -> Int? {
    guard isContained(start: start, end: end), let length = end.since(start) else { return nil }
    return shortest.count(below: length)
  }
}

/// The five shortest of some lengths: `LineageTimes` tells no more ranks apart.
private struct ShortestLengths: Sendable {
  private var first = Int64.max
  private var second = Int64.max
  private var third = Int64.max
  private var fourth = Int64.max
  private var fifth = Int64.max

  mutating func add(_ length: Int64) {
    guard length < fifth else { return }
    var longer = length
    (first, longer) = (min(first, longer), max(first, longer))
    (second, longer) = (min(second, longer), max(second, longer))
    (third, longer) = (min(third, longer), max(third, longer))
    (fourth, longer) = (min(fourth, longer), max(fourth, longer))
    fifth = min(fifth, longer)
  }

  /// How many of the lengths are less than another one, five at most.
  func count(below length: Int64) -> Int {
    (first < length ? 1 : 0) + (second < length ? 1 : 0) + (third < length ? 1 : 0)
      + (fourth < length ? 1 : 0) + (fifth < length ? 1 : 0)
  }
}
