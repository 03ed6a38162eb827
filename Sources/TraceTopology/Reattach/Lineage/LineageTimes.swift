/// How the times of a span lie in those of another span of its trace.
struct LineagePlace: Sendable {
  /// From the other's start to the span's, and from the span's end to the other's, in nanoseconds.
  var start: Int64
  var end: Int64?
  /// How many spans of the trace contain the span and are shorter than the other; nil if the other
  /// does not contain it.
  var rank: Int?
}

/// Tells by times how much likelier a span is an ancestor than just another span of the trace.
///
/// Counts of start lag, end lag and rank among the containing spans, for ancestors and for others, by
/// the pair of operations, smoothed by the counts of all pairs.
struct LineageTimes: Sendable {
  private static let bins = 66
  private static let ranks = 6
  /// How many observations of a pair outweigh those of all pairs.
  private static let prior = 6.0

  private struct Histogram: Sendable {
    var start = Array(repeating: Float(0), count: bins)
    var end = Array(repeating: Float(0), count: bins + 1)
    var rank = Array(repeating: Float(0), count: ranks + 1)
    var count: Float = 0

    mutating func note(_ place: LineagePlace) {
      start[LineageTimes.bin(place.start)] += 1
      end[place.end.map(LineageTimes.bin) ?? LineageTimes.bins] += 1
      rank[place.rank.map { min($0, LineageTimes.ranks - 1) } ?? LineageTimes.ranks] += 1
      count += 1
    }

    mutating func add(_ other: Histogram) {
      for bin in start.indices { start[bin] += other.start[bin] }
      for bin in end.indices { end[bin] += other.end[bin] }
      for bin in rank.indices { rank[bin] += other.rank[bin] }
      count += other.count
    }
  }

  private var ancestors: [UInt64: Histogram] = [:]
  private var others: [UInt64: Histogram] = [:]
  private var allAncestors = Histogram()
  private var allOthers = Histogram()

  mutating func note(_ pair: UInt64, _ place: LineagePlace, isAncestor: Bool) {
    if isAncestor {
      ancestors[pair, default: Histogram()].note(place)
      allAncestors.note(place)
    } else {
      others[pair, default: Histogram()].note(place)
      allOthers.note(place)
    }
  }

  /// Adds what another run showed, whose operations have these numbers here.
  mutating func add(_ other: LineageTimes, _ place: [UInt32]) {
    let pair = { (old: UInt64) in
      LineageStatistics.pair(place[Int(old >> 32)], place[Int(UInt32(truncatingIfNeeded: old))])
    }
    for (old, histogram) in other.ancestors {
      ancestors[pair(old), default: Histogram()].add(histogram)
    }
    for (old, histogram) in other.others { others[pair(old), default: Histogram()].add(histogram) }
    allAncestors.add(other.allAncestors)
    allOthers.add(other.allOthers)
  }

  /// By how much the place speaks for an ancestor: above 1 for, below 1 against.
  func ratio(_ pair: UInt64, _ place: LineagePlace) -> Double {
    let yes = likelihood(place, ancestors[pair], allAncestors)
    let no = likelihood(place, others[pair], allOthers)
    return min(2_000, max(0.0005, yes / no))
  }

  private func likelihood(_ place: LineagePlace, _ own: Histogram?, _ all: Histogram) -> Double {
    let start = Self.bin(place.start)
    let end = place.end.map(Self.bin) ?? Self.bins
    let rank = place.rank.map { min($0, Self.ranks - 1) } ?? Self.ranks
    let times =
      share(own?.start[start], own?.count, all.start[start], all.count, of: Self.bins)
      * share(own?.end[end], own?.count, all.end[end], all.count, of: Self.bins + 1)
    return times.squareRoot()
      * share(own?.rank[rank], own?.count, all.rank[rank], all.count, of: Self.ranks + 1)
  }

  private func share(
    _ own: Float?, _ count: Float?, _ all: Float, _ allCount: Float, of bins: Int
  ) -> Double {
    let general = (Double(all) + 0.5) / (Double(allCount) + 0.5 * Double(bins))
    return (Double(own ?? 0) + Self.prior * general) / (Double(count ?? 0) + Self.prior)
  }

  /// Bins of a factor of four, apart for each sign.
  private static func bin(_ value: Int64) -> Int {
    let size = (64 - value.magnitude.leadingZeroBitCount) / 2
    return value < 0 ? bins / 2 - 1 - min(size, bins / 2 - 1) : bins / 2 + min(size, bins / 2 - 1)
  }
}
