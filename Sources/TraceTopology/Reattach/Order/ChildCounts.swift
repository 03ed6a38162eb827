/// How many children of the class in question each node is known to have: one array for all classes,
/// for the spans of the run are many more than those of a class.
final class ChildCounts {
  private(set) var counts: [Int32]

  init(nodes: Int) { counts = LargePages.filled(0, count: nodes) }

  /// Makes room for nodes and what has numbers behind them.
  func reserve(_ count: Int) {
    while counts.count < count { counts.append(0) }
  }

  func add(_ label: Int32, _ count: Int32) {
    if OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
  }

  func add(_ labels: [Int32], _ count: Int32) {
    Self.add(labels, count, to: &counts)
  }

  /// Apart, so that the array is asked for once and not for each label.
  private static func add(_ labels: [Int32], _ count: Int32, to counts: inout [Int32]) {
    for label in labels where OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
  }
}
