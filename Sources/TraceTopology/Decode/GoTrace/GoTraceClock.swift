/// Turns the units of a generation's clock into nanoseconds, as Go's own reader does.
struct GoTraceClock: Sendable {
  /// Nanoseconds per unit; 0 if the log never says.
  private let scale: Double
  /// The same where it is a small whole number, as on most machines; 0 elsewhere.
  private let whole: Int64

  /// Below this a product with a whole scale fits 63 bits, and a floating one is the same.
  private static let wholeLimit: Int64 = 1 << 20
  private static let unitLimit: UInt64 = 1 << 32

  /// A clock of so many units per second; `nil` or 0 if that is unknown.
  init(frequency: UInt64?) {
    guard let frequency, frequency > 0 else {
      scale = 0
      whole = 0
      return
    }
    scale = 1 / (Double(frequency) / 1e9)
    whole = Int64(exactly: scale).map { $0 < Self.wholeLimit ? $0 : 0 } ?? 0
  }

  var isKnown: Bool { scale > 0 }

  /// The moment at which a batch begins; unknown if the clock is.
  func moment(_ units: UInt64) -> Timestamp { isKnown ? Timestamp(span(units)) : .unknown }

  /// Nanoseconds in so many units; 0 if the clock is unknown.
  @inline(__always)
  func span(_ units: UInt64) -> Int64 {
    // Each event of a thread waits for the time of the one before.
    if whole > 0, units < Self.unitLimit { return Int64(truncatingIfNeeded: units) &* whole }
    // A signed number becomes a floating one in a single instruction.
    guard let count = Int64(exactly: units) else { return longSpan(units) }
    let nanoseconds = Double(count) * scale
    return nanoseconds < 0x1p63 ? Int64(nanoseconds) : .max
  }

  @inline(never)
  private func longSpan(_ units: UInt64) -> Int64 {
    let nanoseconds = Double(units) * scale
    return nanoseconds < 0x1p63 ? Int64(nanoseconds) : .max
  }
}
