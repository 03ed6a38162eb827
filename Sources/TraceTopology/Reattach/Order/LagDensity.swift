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
  /// All stretches, the likeliest first; of equally likely ones the one of the greater values.
  private(set) var likeliest: [Int] = []

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
    likeliest = (0..<stretches).sorted {
      level($0) != level($1) ? level($0) > level($1) : $0 < $1
    }
  }

  /// How many stretches of equally likely values there are: between two edges each, and beyond the
  /// ends.
  var stretches: Int { levels.count + 2 }

  /// The logarithm of the density in a stretch. Stretches count from the greatest values down.
  func level(_ stretch: Int) -> Double {
    stretch == 0 || stretch > levels.count ? tail : levels[levels.count - stretch]
  }

  /// The times at which the stretches behind the first one begin, of what lies so long before `start`,
  /// around `centre`: the greatest values lie the farthest back. The last value of all belongs to the second
  /// stretch, each other edge to the values above it.
  func begins(before start: Int64, around centre: Double, into times: inout [Int64]) {
    times.removeAll(keepingCapacity: true)
    for (place, edge) in edges.reversed().enumerated() {
      let value = edge + centre
      let whole = OrderModel.whole(place == 0 ? value.rounded(.down) : value.rounded(.up) - 1)
      times.append(start.subtractingSaturated(whole))
    }
  }

  /// The logarithm of the density at a value.
  func log(_ value: Double) -> Double { Self.log(value, edges, levels, tail) }

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
