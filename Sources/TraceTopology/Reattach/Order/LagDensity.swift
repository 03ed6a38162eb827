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
    tail = 1 / (Double(sorted.count + 2) * 2 * margin)
    self.edges = edges
    var sum = 0.0
    for value in sorted { sum += Self.log(value, edges, tail) }
    sharpness = sum / Double(sorted.count)
  }

  func log(_ value: Double) -> Double { Self.log(value, edges, tail) }

  private static func log(_ value: Double, _ edges: [Double], _ tail: Double) -> Double {
    guard let first = edges.first, let last = edges.last, value >= first, value <= last else {
      return Glibc.log(tail)
    }
    var low = 0
    var high = edges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle } else { high = middle }
    }
    let density = 1 / (Double(edges.count - 1) * (edges[high] - edges[low]))
    return Glibc.log(density)
  }
}
