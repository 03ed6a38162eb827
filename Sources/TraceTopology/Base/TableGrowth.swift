/// How much room a table makes when it has none left.
///
/// Room that is never used costs addresses, no memory; what is copied costs both sides of the copy. How
/// far a log was read tells how much is to come, if what comes is like what came.
struct TableGrowth: Sendable {
  /// From a quarter more, where the end is near, to sixteen times as much, where little was read.
  private static let bounds = 1.25...16
  private static let margin = 1.05
  private static let least = 1024

  private var times = 2.0

  init() {}

  /// For a table of which `times` as much is expected. With a limit of memory it is doubled as always.
  init(times expected: Double) {
    guard expected.isFinite, !MemoryLimit.isSet else { return }
    times = min(max(expected * Self.margin, Self.bounds.lowerBound), Self.bounds.upperBound)
  }

  /// The rows that there should be room for if there are `count`.
  func room(for count: Int) -> Int { max(Int(Double(count) * times), Self.least) }
}
