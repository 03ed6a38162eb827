/// The difference of two clocks on which the calls between two hosts agree.
///
/// Clocks in step are presumed: where the recorded times contradict nothing, nothing moves. Otherwise
/// the range wins that most calls hold, if it explains nearly all that contradicts; a line replaces it
/// where it explains more.
struct SkewVote: Sendable {
  /// Calls from which a drift is asked for, at least; a part of them has this many.
  private static let fewestForDrift = 48
  private static let partSize = 16

  private let bounds: [ClockBounds.Bound]
  /// Nil where the calls contradict each other.
  private(set) var skew: HostClocks.Skew?

  init(_ bounds: [ClockBounds.Bound]) {
    self.bounds = bounds
    skew = vote()
  }

  private func vote() -> HostClocks.Skew? {
    let broken = bounds.filter { !$0.holdsZero }
    guard !broken.isEmpty else { return inStep() }
    let ranges = bounds.map { (low: $0.low, high: $0.high) }
    guard let best = IntervalVote.plateau(ranges) else { return nil }
    if best.height < bounds.count, let line = drifting(better: best.height) { return line }
    guard best.height * 4 >= bounds.count * 3,
      (bounds.count - best.height) * 4 <= broken.count,
      broken.count >= 3 || broken.allSatisfy(\.isReversed)
    else {
      // Servers that outlast their clients contradict nothing.
      return broken.count * 2 <= bounds.count ? HostClocks.Skew() : nil
    }
    return HostClocks.Skew(offset: best.middle, uncertainty: best.halfWidth)
  }

  /// No call contradicts clocks in step: how far apart they may still be.
  private func inStep() -> HostClocks.Skew {
    let low = bounds.map(\.low).max() ?? 0
    let high = bounds.map(\.high).min() ?? 0
    return HostClocks.Skew(uncertainty: max(-low, high))
  }

  /// A line through the ranges on which parts of the calls agree, if it explains more calls.
  private func drifting(better height: Int) -> HostClocks.Skew? {
    guard bounds.count >= Self.fewestForDrift else { return nil }
    let parts = min(16, bounds.count / Self.partSize)
    var points: [(time: Int64, offset: Int64)] = []
    var widest: Int64 = 0
    for part in 0..<parts {
      let slice = bounds[bounds.count * part / parts..<bounds.count * (part + 1) / parts]
      guard let best = IntervalVote.plateau(slice.map { ($0.low, $0.high) }),
        best.height * 4 >= slice.count * 3
      else { continue }
      points.append((slice[slice.startIndex + slice.count / 2].time, best.middle))
      widest = max(widest, best.halfWidth)
    }
    guard points.count * 2 > parts, let line = DriftLine.fit(points, noise: widest), line.drift != 0
    else { return nil }
    let steady = bounds.map { bound in
      let elapsed = Timestamp(bound.time).since(line.reference) ?? 0
      let gained = ClockMap.product(line.drift, elapsed)
      return (
        low: bound.low.subtractingSaturated(gained), high: bound.high.subtractingSaturated(gained)
      )
    }
    guard let best = IntervalVote.plateau(steady, preferred: line.offset), best.height > height,
      best.height * 4 >= bounds.count * 3
    else { return nil }
    return HostClocks.Skew(
      offset: best.middle, drift: line.drift, reference: line.reference,
      uncertainty: best.halfWidth)
  }
}
