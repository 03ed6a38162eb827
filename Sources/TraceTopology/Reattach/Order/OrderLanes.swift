/// The spans of one class by the tasks that did them, each task's in the order of the class.
///
/// Where each task takes work from a queue of its own, work keeps its order within the task, and what
/// other tasks did in between says nothing.
///
///     position    0  1  2  3  4  5
///     task        a  b  a  a  b  b
///     sequence    0  2  3  1  4  5
///     before      –  –  0  2  1  4
struct OrderLanes: Sendable {
  /// All positions, lane by lane.
  private(set) var sequence: [Int32] = []
  /// The position before each one in its lane; -1 where a lane begins.
  private(set) var before: [Int32]

  /// With fewer spans to a lane on average, lanes show no order.
  private static let fewestSpans = 4

  /// Spans without a task share one lane. Nil if there is one lane, or if most are too short.
  init?(_ tasks: [TaskIndex]) {
    var lane: [TaskIndex: Int] = [:]
    var last: [Int32] = []
    var lanes: [Int32] = []
    before = []
    for (position, task) in tasks.enumerated() {
      let number = lane[task, default: last.count]
      if number == last.count {
        lane[task] = number
        last.append(-1)
        if last.count > 64 && last.count * Self.fewestSpans > tasks.count { return nil }
      }
      before.append(last[number])
      last[number] = Int32(truncatingIfNeeded: position)
      lanes.append(Int32(truncatingIfNeeded: number))
    }
    guard last.count > 1, last.count * Self.fewestSpans <= tasks.count else { return nil }
    lay(out: lanes, count: last.count)
  }

  private mutating func lay(out lanes: [Int32], count: Int) {
    var next = Array(repeating: 0, count: count + 1)
    for lane in lanes { next[Int(lane) + 1] += 1 }
    for lane in 0..<count { next[lane + 1] += next[lane] }
    sequence = Array(repeating: 0, count: lanes.count)
    for (position, lane) in lanes.enumerated() {
      sequence[next[Int(lane)]] = Int32(truncatingIfNeeded: position)
      next[Int(lane)] += 1
    }
  }
}

/// The spans of one class as a chain of evidence goes through them: lane by lane, or all in one.
struct OrderSequence {
  private let lanes: OrderLanes?
  let count: Int

  init(_ lanes: OrderLanes?, _ count: Int) {
    self.lanes = lanes
    self.count = count
  }

  /// The position that stands at a place.
  subscript(place: Int) -> Int { lanes.map { Int($0.sequence[place]) } ?? place }

  /// The position before one; less than zero where there is none.
  func before(_ position: Int) -> Int { lanes.map { Int($0.before[position]) } ?? position - 1 }
}
