/// Refines the clock of a scheduler log against the spans of its process.
///
/// Every span must begin and end while its task is on a processor. Each end of a span votes for the
/// shifts that put it into one of the running stretches around it; the shift with most votes wins,
/// the middle of the plateau where many are equal. A span ends some 0.3 µs before what it hands on,
/// so a clock that is off by a microsecond misplaces hand-offs: the fit counts in bins of 100 ns.
struct ClockFit {
  /// How far the clock may be off.
  static let reach: Int64 = 20_000_000
  static let bin: Int64 = 100
  /// Ends of spans that vote at most.
  private static let sampleSize = 4096

  /// The shift to add to the times of a log, and half the width of the plateau; nil where too few
  /// spans vote.
  ///
  /// - Parameters:
  ///   - ends: tasks, each with a time on the wall clock at which it must have been running.
  ///   - runs: the running stretches of the tasks.
  /// - Returns: nanoseconds.
  static func shift(ends: [(task: TaskIndex, time: Int64)], runs: RunIndex) -> (
    shift: Int64, uncertainty: Int64
  )? {
    guard ends.count >= 16 else { return nil }
    let bins = Int(2 * reach / bin) + 1
    var change = Array(repeating: Int32(0), count: bins + 1)
    let stride = ends.count / sampleSize + 1
    var asked = 0
    for index in Swift.stride(from: 0, to: ends.count, by: stride) {
      let end = ends[index]
      asked += 1
      vote(
        end.time,
        runs.stretches(
          of: end.task, from: end.time.subtractingSaturated(reach),
          to: end.time.addingSaturated(reach)), &change)
    }
    return plateau(change, asked: asked)
  }

  /// A stretch [a, b] holds the moment x after a shift d iff x - b <= d <= x - a.
  private static func vote(
    _ moment: Int64, _ stretches: [(start: Int64, end: Int64)], _ change: inout [Int32]
  ) {
    for stretch in stretches {
      let low = max(moment.subtractingSaturated(stretch.end), -reach)
      let high = min(moment.subtractingSaturated(stretch.start), reach)
      guard low <= high else { continue }
      // Whole bins that lie within [low, high]; at least the one that holds the middle.
      let first = Int((low + reach + bin - 1) / bin)
      let last = Int((high + reach) / bin)
      guard first <= last else { continue }
      change[first] += 1
      change[last + 1] -= 1
    }
  }

  private static func plateau(_ change: [Int32], asked: Int) -> (shift: Int64, uncertainty: Int64)?
  {
    var height: Int32 = 0
    var best: Int32 = 0
    var heights = change
    for index in 0..<change.count {
      height += change[index]
      heights[index] = height
      best = max(best, height)
    }
    // Fewer than half of the ends explained: the log does not fit these spans.
    guard Int(best) * 2 > asked else { return nil }
    // Of several plateaus of one height the one nearest to no shift at all.
    let middle = change.count / 2
    var found: (first: Int, last: Int)?
    var index = 0
    while index < heights.count {
      guard heights[index] == best else {
        index += 1
        continue
      }
      let first = index
      while index < heights.count, heights[index] == best { index += 1 }
      let candidate = (first, index - 1)
      if distance(candidate, middle) < found.map({ distance($0, middle) }) ?? .max {
        found = candidate
      }
    }
    guard let found else { return nil }
    let first = Int64(found.first) * bin - reach
    let last = Int64(found.last) * bin - reach
    return (shift: (first + last) / 2, uncertainty: max((last - first) / 2, bin))
  }

  private static func distance(_ plateau: (first: Int, last: Int), _ middle: Int) -> Int {
    max(0, plateau.first - middle, middle - plateau.last)
  }
}
