/// One step in the life of a goroutine, with what decides its place in that life.
struct GoTraceStep: Sendable {
  /// What happened.
  enum Kind: UInt8, Sendable {
    case status, create, callback
    case start, stop, block, end
    case unblock, switchAway, switchIn
    case syscallBegin, syscallEnd, syscallEndBlocked
    case regionBegin, regionEnd
  }

  var time: Timestamp
  /// The goroutine's number among those of the generation.
  var goroutine: UInt32
  /// The sequence number of the event that last moved the goroutine: its own or an earlier one's.
  var sequence: UInt32
  /// Row of a string: the reason of a block, the name of a region.
  var string: UInt32 = 0
  /// Row of a stack; for regions the row of `GoTraceWalk.regionTasks`.
  var stack: UInt32 = 0
  /// Who woke it; for callbacks the row of the incarnation that begins.
  var other = TaskIndex.none
  var kind: Kind
  /// The state that a status or a creation states.
  var state = TaskState.unknown
}

/// The steps of one generation, goroutine by goroutine, each goroutine's in the order of its life.
///
/// That order is (sequence number, position in the thread's stream), never time: clocks of two
/// threads may disagree. Two counting sorts, first by sequence number, then by goroutine, give it in
/// linear time, because a counting sort keeps the order of equals.
struct GoTraceOrder: Sendable {
  /// Positions in the list of steps.
  private(set) var order: [UInt32]
  /// The steps of goroutine n (numbered in the generation) are `order[bounds[n]..<bounds[n + 1]]`.
  private(set) var bounds: [UInt32]

  init(_ steps: [GoTraceStep], goroutines: Int) {
    // Sequence numbers count wake-ups, so none exceeds the steps. Larger ones are damage; replay
    // notices that they do not follow on.
    let limit = UInt32(clamping: steps.count)
    var last: UInt32 = 0
    for step in steps { last = max(last, min(step.sequence, limit)) }
    var bySequence = [UInt32](repeating: 0, count: steps.count)
    var next = Self.starts(steps, keys: Int(last) + 1) { min($0.sequence, limit) }
    for (position, step) in steps.enumerated() {
      let key = Int(min(step.sequence, limit))
      bySequence[Int(next[key])] = UInt32(truncatingIfNeeded: position)
      next[key] += 1
    }
    bounds = Self.starts(steps, keys: goroutines) { $0.goroutine }
    order = [UInt32](repeating: 0, count: steps.count)
    next = bounds
    for position in bySequence {
      let key = Int(steps[Int(position)].goroutine)
      order[Int(next[key])] = position
      next[key] += 1
    }
  }

  /// For each key the number of steps with a smaller one; one entry more than there are keys.
  private static func starts(
    _ steps: [GoTraceStep], keys: Int, key: (GoTraceStep) -> UInt32
  ) -> [UInt32] {
    var starts = [UInt32](repeating: 0, count: keys + 1)
    for step in steps { starts[Int(key(step)) + 1] += 1 }
    for index in 0..<keys { starts[index + 1] += starts[index] }
    return starts
  }

  /// Where the steps of one goroutine stand in `order`.
  func range(of goroutine: Int) -> Range<Int> {
    Int(bounds[goroutine])..<Int(bounds[goroutine + 1])
  }

  /// Orders the steps of a goroutine that carries calls from C by time: its sequence numbers begin
  /// again with each call.
  mutating func sortByTime(_ range: Range<Int>, _ steps: [GoTraceStep]) {
    order[range].sort {
      (steps[Int($0)].time.nanoseconds, $0) < (steps[Int($1)].time.nanoseconds, $1)
    }
  }
}
