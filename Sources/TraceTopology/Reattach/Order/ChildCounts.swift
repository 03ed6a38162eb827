import Synchronization

/// How many children of the class in question each node is known to have: one array for all classes,
/// for the spans of the run are many more than those of a class.
///
/// Who counts lets nobody ask meanwhile; several threads may ask at once.
final class ChildCounts: Sendable {
  private let shared: Mutex<[Int32]>

  init(nodes: Int) { shared = Mutex(LargePages.filled(0, count: nodes)) }

  /// For whoever asks: to be given up before something else is counted.
  var counts: [Int32] { shared.withLock { $0 } }

  /// Makes room for nodes and what has numbers behind them.
  func reserve(_ count: Int) {
    shared.withLock { counts in
      while counts.count < count { counts.append(0) }
    }
  }

  func add(_ label: Int32, _ count: Int32) {
    guard OrderClass.Label.isPinned(label) else { return }
    shared.withLock { $0[Int(label)] &+= count }
  }

  func add(_ labels: [Int32], _ count: Int32) {
    shared.withLock { Self.add(labels, count, to: &$0) }
  }

  /// Apart, so that the array is asked for once and not for each label.
  private static func add(_ labels: [Int32], _ count: Int32, to counts: inout [Int32]) {
    for label in labels where OrderClass.Label.isPinned(label) { counts[Int(label)] &+= count }
  }
}
