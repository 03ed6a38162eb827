/// Whether the steps of every P of a generation are all there.
///
/// Every step of a P (a thread takes it, another steals it, its goroutine enters a system call) carries
/// the next number, from 1 on in each generation. So without any order the highest number says how many
/// steps there were: where fewer are there, a batch is missing.
struct GoTraceProcessors: Sendable {
  /// Of one P no more than this many are counted, so that no sum overflows.
  private static let limit: UInt64 = 1 << 31

  private var steps: [UInt64: (highest: UInt64, count: UInt64)] = [:]

  mutating func step(of processor: UInt64, _ number: UInt64) {
    let known = steps[processor] ?? (0, 0)
    steps[processor] = (max(known.highest, number), known.count &+ 1)
  }

  /// How many steps are missing, or there twice.
  var misfits: Int {
    var sum = 0
    for (highest, count) in steps.values {
      let misfit = highest > count ? highest - count : count - highest
      sum &+= Int(min(misfit, Self.limit))
    }
    return sum
  }
}
