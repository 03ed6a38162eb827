/// A moment in nanoseconds: since the Unix epoch once a clock is known, since a process's own
/// monotonic origin before that. `unknown` means that the log never says.
struct Timestamp: Hashable, Sendable {
  var nanoseconds: Int64

  init(_ nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  static let unknown = Timestamp(.min)
  var isKnown: Bool { nanoseconds != .min }

  /// This moment moved by `delta`; the far ends of the scale hold instead of wrapping.
  func shifted(by delta: Int64) -> Timestamp {
    guard isKnown else { return .unknown }
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    guard overflow else { return Timestamp(sum == .min ? .min + 1 : sum) }
    return Timestamp(delta > 0 ? .max : .min + 1)
  }

  /// Nanoseconds from `earlier` to this moment, clamped to what 64 bits hold; nil if either is unknown.
  func since(_ earlier: Timestamp) -> Int64? {
    guard isKnown, earlier.isKnown else { return nil }
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    guard overflow else { return difference }
    return nanoseconds > earlier.nanoseconds ? .max : .min + 1
  }
}

extension Int64 {
  /// The sum, held at the ends of the range instead of trapping.
  func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }

  /// The difference, held at the ends of the range instead of trapping.
  func subtractingSaturated(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
