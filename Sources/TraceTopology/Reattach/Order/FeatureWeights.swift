import Glibc

/// What one trait of a candidate adds to its score: how much commoner the trait is with the recorded
/// parent than with the candidates that would be taken without it.
struct FeatureWeights: Sendable {
  private var weights: [Double]

  init(values: Int) { weights = Array(repeating: 0, count: values) }

  /// Counts of each value with the recorded parents, and as expected without this trait.
  init(observed: [Double], expected: [Double]) {
    weights = zip(observed, expected).map { min(max(log(($0 + 0.5) / ($1 + 0.5)), -5), 5) }
  }

  subscript(value: Int) -> Double { weights[value] }
}
