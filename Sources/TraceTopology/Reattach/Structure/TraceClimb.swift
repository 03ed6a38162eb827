/// One question for the nearest ancestor that is left of a lost parent: the spans that were weighed,
/// with their probabilities.
struct TraceClimb: Sendable {
  /// A span of the trace that may be the ancestor, by its times.
  struct Fit: Sendable {
    var span: SpanIndex
    /// How much its times speak for an ancestor.
    var ratio: Double
    /// What was found for it on all levels, and on the level that says most.
    var sum = 0.0
    var best = -1.0
    /// The operation of which it got a child on that level, where that is the lost parent itself.
    var below: UInt32?
  }

  private(set) var fits: [Fit] = []
  /// For each operation of the trace the first of its spans among `fits`, and the first one behind them;
  /// `notAsked` if nobody asked for them.
  private var ofGroup: [(first: UInt32, end: UInt32)]
  private static let notAsked = UInt32.max
  /// The weight of what is not among the fits.
  var elsewhere = 0.0

  init(groups: Int) {
    ofGroup = Array(repeating: (Self.notAsked, Self.notAsked), count: groups)
  }

  /// The spans of one operation of the trace; nil if nobody asked for them before.
  func fits(of group: Int) -> Range<Int>? {
    let (first, end) = ofGroup[group]
    return first == Self.notAsked ? nil : Int(first)..<Int(end)
  }

  /// Keeps the spans that were appended since there were `first` of them as those of one operation.
  mutating func close(_ group: Int, from first: Int) -> Range<Int> {
    ofGroup[group] = (
      UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: fits.count)
    )
    return first..<fits.count
  }

  mutating func append(_ fit: Fit) { fits.append(fit) }

  /// Adds what one level says about a span.
  mutating func add(_ number: Int, _ probability: Double, below: UInt32?) {
    fits[number].sum += probability
    guard probability > fits[number].best else { return }
    fits[number].best = probability
    fits[number].below = below
  }

  /// The spans about which any level said anything.
  var found: [Fit] { fits.filter { $0.best >= 0 } }
}
