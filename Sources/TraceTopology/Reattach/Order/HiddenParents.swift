/// Recorded parents of a class that are hidden for a trial.
struct HiddenParents {
  /// What the model is told.
  private(set) var labels: [Int32]
  private(set) var positions: [Int] = []
  /// Positions whose children are in the trace of what stood above the parent.
  private(set) var withinTrace: Set<Int>
  private var isHidden: [Bool]
  private var isGone: [Bool]

  init(_ group: OrderClass) {
    labels = group.labels
    withinTrace = group.withinTrace
    isHidden = Array(repeating: false, count: labels.count)
    isGone = isHidden
  }

  /// Hides a parent; one that is gone is no candidate either, as if no log held it.
  mutating func hide(_ position: Int, isGone gone: Bool = false, as question: OrderQuestion = .open)
  {
    positions.append(position)
    isHidden[position] = true
    isGone[position] = gone
    labels[position] = question == .open ? OrderClass.Label.open : OrderClass.Label.lost
    if question == .withinTrace { withinTrace.insert(position) }
  }

  func isHidden(_ position: Int) -> Bool { isHidden[position] }
  func isGone(_ position: Int) -> Bool { isGone[position] }
}
