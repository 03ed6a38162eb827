import Glibc

/// How likely each value of a lag is, as far as a sample shows: constant between quantiles of the
/// sample, thin beyond its ends.
///
///     density        ____
///               ____|    |______
///       _______|                |__________
///      ^ edges[0]                          ^ edges[n]
struct LagDensity: Sendable {
  private let edges: [Double]
  /// The logarithm of the density between two edges each, and beyond the ends.
  private let levels: [Double]
  private let tail: Double
  /// The stretch outside of which no value is expected.
  let range: ClosedRange<Double>
  /// The mean logarithm of the density over the sample: the greater, the narrower.
  let sharpness: Double

  /// Nothing is told more finely than this, in nanoseconds.
  private static let grain = 1_000.0

  /// `values` need no order; nil if they are too few to say anything.
  init?(_ values: [Double]) {
    guard values.count >= 5 else { return nil }
    let sorted = values.sorted()
    let bins = min(max(sorted.count / 8, 1), 24)
    var edges: [Double] = []
    for bin in 0...bins {
      let value = sorted[min(bin * sorted.count / bins, sorted.count - 1)]
      edges.append(max(value, (edges.last ?? -.infinity) + Self.grain))
    }
    let low = edges[0]
    let high = edges[bins]
    let margin = 0.25 * (high - low) + 20 * Self.grain
    range = (low - margin)...(high + margin)
    tail = Glibc.log(1 / (Double(sorted.count + 2) * 2 * margin))
    self.edges = edges
    levels = (0..<bins).map { Glibc.log(1 / (Double(bins) * (edges[$0 + 1] - edges[$0]))) }
    var sum = 0.0
    for value in sorted { sum += Self.log(value, edges, levels, tail) }
    sharpness = sum / Double(sorted.count)
  }

  /// Places whose values are equally likely.
  struct Stretch {
    var places: Range<Int>
    var level: Double
  }

  /// Cuts places, whose values fall, where the density changes: the likeliest stretch comes first, and
  /// of equally likely ones the one that stands first.
  func stretches(_ places: Range<Int>, value: (Int) -> Double) -> [Stretch] {
    var found: [Stretch] = []
    var from = places.lowerBound
    func close(at end: Int, _ level: Double) {
      guard end > from else { return }
      let stretch = Stretch(places: from..<end, level: level)
      let place = found.firstIndex { $0.level < level } ?? found.count
      found.insert(stretch, at: place)
      from = end
    }
    func first(_ isReached: (Double) -> Bool) -> Int {
      var low = from
      var high = places.upperBound
      while low < high {
        let middle = (low + high) / 2
        if isReached(value(middle)) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let last = edges[edges.count - 1]
    close(at: first { $0 <= last }, tail)
    for bin in levels.indices.reversed() where from < places.upperBound {
      let edge = edges[bin]
      close(at: first { $0 < edge }, levels[bin])
    }
    close(at: places.upperBound, tail)
    return found
  }

  private static func log(
    _ value: Double, _ edges: [Double], _ levels: [Double], _ tail: Double
  ) -> Double {
    guard value >= edges[0], value <= edges[edges.count - 1] else { return tail }
    var low = 0
    var high = edges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle } else { high = middle }
    }
    return levels[low]
  }
}
