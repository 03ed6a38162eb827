/// How much room a table makes when it has none left.
///
/// Room that is never used costs addresses, no memory; what is copied costs both sides of the copy. How
/// far a log was read tells how much is to come, if what comes is like what came.
struct TableGrowth: Sendable {
  /// A quarter more, where the end is near.
  private static let least = 1.25
  /// The longest step, where little was read and what is expected may be wrong.
  private static let longest = 64.0
  private static let margin = 1.05
  /// What was read ahead makes it seem that less is to come, the more so the less was read.
  private static let readAhead = 0.01
  private static let leastRows = 1024

  private var times = 2.0

  init() {}

  /// For a table of which `times` as much is expected.
  init(times expected: Double) {
    guard expected.isFinite else { return }
    let expected = min(max(expected, 0), 1e6)
    times = max(expected * (Self.margin + Self.readAhead * expected), Self.least)
    // A way that is too long is gone in equal steps: a short last one would copy nearly all of it.
    while times > Self.longest { times = times.squareRoot() }
  }

  /// The rows that there should be room for if there are `count`.
  func room(for count: Int) -> Int { max(Int(Double(count) * times), Self.leastRows) }
}
