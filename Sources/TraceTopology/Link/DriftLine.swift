/// A clock against another one: an offset at a moment and a drift.
///
/// Fitted by the medians of Theil (1950) and Sen (1968), which up to a quarter of wild points cannot
/// move far.
struct DriftLine: Sendable, Equatable {
  /// The offset at `reference`, in nanoseconds.
  var offset: Int64
  var reference: Timestamp
  /// Seconds for each second.
  var drift: Double
  /// Half of the spread of the offsets around the line, in nanoseconds.
  var uncertainty: Int64

  /// Clocks that are kept in step run apart by at most this much (the kernel slews by 500 ppm).
  static let steepest = 1e-3
  /// Points that are used at most: the slopes of all pairs are compared.
  private static let pointLimit = 64

  /// The line through these points; flat where a slope does not explain at least half of the spread.
  ///
  /// - Parameters:
  ///   - points: moments, each with the offset measured there, in any order.
  ///   - noise: a spread of the offsets that means nothing.
  /// - Returns: nil if there is no point.
  static func fit(_ points: [(time: Int64, offset: Int64)], noise: Int64) -> DriftLine? {
    let sorted = points.sorted { ($0.time, $0.offset) < ($1.time, $1.offset) }
    let step = max(1, (sorted.count + pointLimit - 1) / pointLimit)
    let chosen = stride(from: 0, to: sorted.count, by: step).map { sorted[$0] }
    guard !chosen.isEmpty else { return nil }
    let reference = chosen[chosen.count / 2].time
    let flat = line(chosen, drift: 0, reference)
    let sloped = line(chosen, drift: slope(chosen), reference)
    let isWorthIt = flat.uncertainty > noise && sloped.uncertainty <= flat.uncertainty / 2
    return isWorthIt && abs(sloped.drift) <= steepest ? sloped : flat
  }

  private static func slope(_ points: [(time: Int64, offset: Int64)]) -> Double {
    var slopes: [Double] = []
    for (index, point) in points.enumerated() {
      for later in points[(index + 1)...] where later.time > point.time {
        let rise = Double(later.offset.subtractingSaturated(point.offset))
        slopes.append(rise / Double(later.time.subtractingSaturated(point.time)))
      }
    }
    slopes.sort()
    return slopes.isEmpty ? 0 : slopes[slopes.count / 2]
  }

  private static func line(
    _ points: [(time: Int64, offset: Int64)], drift: Double, _ reference: Int64
  ) -> DriftLine {
    let residuals = points.map { point in
      point.offset.subtractingSaturated(
        ClockMap.product(drift, point.time.subtractingSaturated(reference)))
    }.sorted()
    let spread = residuals[residuals.count - 1].subtractingSaturated(residuals[0])
    return DriftLine(
      offset: residuals[residuals.count / 2], reference: Timestamp(reference), drift: drift,
      uncertainty: spread / 2)
  }
}
