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
  /// What is added to a time of the log: all of it where there is no drift, at `reference` else.
  var offset: Int64
  /// How far a converted time may be off, in nanoseconds; `nil` if that is unknown.
  var uncertainty: Int64?
  /// By how much the wall clock ran faster than the log's, in seconds for each second.
  var drift = 0.0
  /// The time of the log at which the drift adds nothing.
  var reference = Timestamp.unknown

  /// Whether it leaves every time as it is.
  var isIdentity: Bool { offset == 0 && drift == 0 }

  func wall(_ time: Timestamp) -> Timestamp {
    guard drift != 0, let elapsed = time.since(reference) else { return time.shifted(by: offset) }
    return time.shifted(by: offset.addingSaturated(Self.product(drift, elapsed)))
  }

  /// `drift` times a stretch of nanoseconds, held within what 64 bits hold.
  static func product(_ drift: Double, _ elapsed: Int64) -> Int64 {
    Int64(exactly: (drift * Double(elapsed)).rounded()) ?? 0
  }
}
