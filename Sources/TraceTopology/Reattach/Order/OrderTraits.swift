/// What is known of a candidate besides its place in the order and its lag: one small number for each
/// feature.
struct OrderTraits {
  enum Feature: Int, CaseIterable {
    /// Which of the parents' names it has.
    case name
    /// Whether it is open when the span begins and when that ends.
    case standing
    /// How its task is related to the one of the span (`TaskKin`).
    case kin
    /// How many children it is known to have besides; three stands for more.
    case others
    /// How reliable a chain of evidence leads to it.
    case strength
    /// How far its children on other tasks are from where its child on this one would be expected.
    case step
    /// Whether it has another child on the same task.
    case sharesLane
  }

  /// How many features there are, and how many where siblings show nothing.
  static let features = Feature.allCases.count
  static let featuresAlone = Feature.step.rawValue
  /// How many values each of them has at most.
  static let values = max(5, OrderClass.namesLimit)

  private var numbers = SIMD8<UInt8>()

  init(name: UInt8, others: Int) {
    self[.name] = Int(name)
    self[.others] = min(max(others, 0), 3)
  }

  subscript(feature: Feature) -> Int {
    get { self[feature.rawValue] }
    set { numbers[feature.rawValue] = UInt8(truncatingIfNeeded: newValue) }
  }

  @inline(__always)
  subscript(feature: Int) -> Int { Int(numbers[feature]) }
}
