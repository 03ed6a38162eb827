/// The spans of one class by the tasks that did them, each task's in the order of the class.
///
/// Where each task takes work from a queue of its own, work keeps its order within the task, and what
/// other tasks did in between says nothing.
///
///     position    0  1  2  3  4  5
///     task        a  b  a  a  b  b
///     before      –  –  0  2  1  4
///     after       2  4  3  –  5  –
struct OrderLanes: Sendable {
  /// Which lane each position stands in; they are numbered as they first come.
  private(set) var lane: [Int32] = []
  /// Its place in that lane.
  private(set) var place: [Int32] = []
  /// The position before each one in its lane; -1 where a lane begins.
  private(set) var before: [Int32] = []
  /// The position behind each one in its lane; the number of all where a lane ends.
  private(set) var after: [Int32]

  /// With fewer spans to a lane on average, lanes show no order.
  private static let fewestSpans = 4

  /// Spans without a task share one lane. Nil if there is one lane, or if most are too short.
  init?(_ tasks: [TaskIndex]) {
    var numbers = KeyNumbers()
    var last: [Int32] = []
    var counts: [Int32] = []
    after = LargePages.filled(Int32(truncatingIfNeeded: tasks.count), count: tasks.count)
    for (position, task) in tasks.enumerated() {
      let (number, isNew) = numbers.number(of: UInt64(task.raw))
      if isNew {
        last.append(-1)
        counts.append(0)
        if last.count > 64 && last.count * Self.fewestSpans > tasks.count { return nil }
      }
      before.append(last[number])
      if last[number] >= 0 { after[Int(last[number])] = Int32(truncatingIfNeeded: position) }
      last[number] = Int32(truncatingIfNeeded: position)
      lane.append(Int32(truncatingIfNeeded: number))
      place.append(counts[number])
      counts[number] += 1
    }
    guard last.count > 1, last.count * Self.fewestSpans <= tasks.count else { return nil }
  }

  /// Whether a chain that goes through lane after lane comes to the one position first.
  func isOrderedBefore(_ a: Int, _ b: Int) -> Bool { (lane[a], a) < (lane[b], b) }
}

/// What stands beside the spans of one class: in their lanes, or among all of them.
struct OrderSequence {
  private let lanes: OrderLanes?

  init(_ lanes: OrderLanes?) { self.lanes = lanes }

  /// The position before one; less than zero where there is none.
  func before(_ position: Int) -> Int { lanes.map { Int($0.before[position]) } ?? position - 1 }

  /// The position behind one; the number of all where there is none.
  func after(_ position: Int) -> Int { lanes.map { Int($0.after[position]) } ?? position + 1 }
}
