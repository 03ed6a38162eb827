/// What is concluded of a span that no log holds, each part with how likely it is.
struct InferredSpan: Sendable, Equatable {
  /// A stretch of time in which something happened.
  struct Stretch: Sendable, Equatable {
    var from: Timestamp
    var to: Timestamp
    /// How likely it happened then.
    var confidence: Double

    func contains(_ time: Timestamp) -> Bool {
      from.nanoseconds <= time.nanoseconds && time.nanoseconds <= to.nanoseconds
    }
  }

  var name: StringID
  /// How likely the span had this name.
  var confidence: Double
  /// When it began; nil where too few spans of the name are recorded.
  var start: Stretch?
  /// When it ended; nil as for `start`, or where a child of it has no end.
  var end: Stretch?
}

/// The stretch of time that the logged children of a span fill.
struct ChildExtent: Sendable, Equatable {
  var first: Timestamp
  /// The last end; unknown where that of a child is.
  var last: Timestamp

  init(start: Timestamp, end: Timestamp) {
    first = start
    last = end
  }

  mutating func add(_ other: ChildExtent) {
    if other.first.isKnown, !first.isKnown || other.first.nanoseconds < first.nanoseconds {
      first = other.first
    }
    guard last.isKnown, other.last.isKnown else {
      last = .unknown
      return
    }
    if other.last.nanoseconds > last.nanoseconds { last = other.last }
  }
}
