/// A moment seen on two clocks: a process's monotonic clock and the wall clock.
struct ClockSnapshot: Sendable, Equatable {
  var process: ProcessIndex
  var monotonic: Timestamp
  var wall: Timestamp
}

/// Where the wall-clock times of a process come from.
enum ClockSource: String, Sendable {
  /// The log was written on the wall clock.
  case same
  /// A clock snapshot of the log.
  case snapshot
  /// A clock snapshot, moved by what the spans of the process show.
  case fitted
  /// Nothing ties its clock to any other: its times count from its own first event.
  case none
}

/// Turns the times of one process's scheduler log into Unix nanoseconds.
struct ClockMap: Sendable, Equatable {
  var source: ClockSource
  /// What is added to a time of the log.
  var offset: Int64
  /// How far a converted time may be off, in nanoseconds; `nil` if that is unknown.
  var uncertainty: Int64?

  func wall(_ time: Timestamp) -> Timestamp { time.shifted(by: offset) }
}
