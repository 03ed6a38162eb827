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
  /// The sequence number of the event that last moved the goroutine: its own or an earlier one's.
  var sequence: UInt32
  /// Row of a string: the reason of a block, the name of a region.
  var string: UInt32 = 0
  /// Row of a stack.
  var stack: UInt32 = 0
  /// Who woke it; for callbacks the row of the incarnation that begins.
  var other = TaskIndex.none
  var kind: Kind
  /// The state that a status or a creation states.
  var state = TaskState.unknown
  /// The user task of a region.
  var userTask: UInt64 = 0

  /// Whether it comes next in this life. Every step that follows on from the ones before does; one
  /// that does not has come too early, because the clocks of two threads disagree, or steps are lost.
  @inline(__always)
  func isNext(in life: GoTraceLife) -> Bool {
    switch kind {
    case .callback: true
    case .status, .create: !life.isAnchored || life.isCallback && life.isAnchored
    case .start:
      life.isAnchored && sequence == life.anchor &+ 1 && life.state == .runnable
        || life.isCallback && life.isAnchored
    case .unblock, .switchIn:
      life.isAnchored && sequence == life.anchor &+ 1 && life.state == .waiting
        || life.isCallback && life.isAnchored
    case .stop, .block, .end, .switchAway, .syscallBegin, .syscallEnd, .syscallEndBlocked,
      .regionBegin, .regionEnd:
      life.isAnchored && sequence == life.anchor && life.isOnThread
        || life.isCallback && life.isAnchored
    }
  }
}

/// Steps that came before their turn, in a list for each goroutine.
///
///     first of goroutine (in its life) ─▶ step ─▶ step ─▶ step
struct GoTraceHeldSteps: Sendable {
  static let none = UInt32.max

  private struct Node: Sendable {
    var step: GoTraceStep
    var thread: Int
    var next: UInt32
  }

  private var nodes: [Node] = []
  private var free = GoTraceHeldSteps.none

  /// Adds a step to the end of the list that ends at `last`; gives its place.
  mutating func append(_ step: GoTraceStep, thread: Int, behind last: UInt32) -> UInt32 {
    let node = Node(step: step, thread: thread, next: Self.none)
    let place: UInt32
    if free == Self.none {
      place = UInt32(truncatingIfNeeded: nodes.count)
      nodes.append(node)
    } else {
      place = free
      free = nodes[Int(place)].next
      nodes[Int(place)] = node
    }
    if last != Self.none { nodes[Int(last)].next = place }
    return place
  }

  /// Takes out of the list of a life the first step that comes next in it; `nil` if none does.
  mutating func takeNext(of life: inout GoTraceLife) -> GoTraceStep? {
    var before = Self.none
    var place = life.firstHeld
    while place != Self.none {
      let node = nodes[Int(place)]
      if node.step.isNext(in: life) {
        if before == Self.none {
          life.firstHeld = node.next
        } else {
          nodes[Int(before)].next = node.next
        }
        if life.lastHeld == place { life.lastHeld = before }
        life.heldCount -= 1
        release(place)
        return node.step
      }
      before = place
      place = node.next
    }
    return nil
  }

  /// Empties the list of a life; gives its steps in the order of the life, as far as they tell it: by
  /// sequence number, then by thread.
  mutating func takeAll(of life: inout GoTraceLife) -> [GoTraceStep] {
    var all: [(step: GoTraceStep, thread: Int, place: Int)] = []
    var place = life.firstHeld
    while place != Self.none {
      let node = nodes[Int(place)]
      all.append((node.step, node.thread, all.count))
      release(place)
      place = node.next
    }
    life.firstHeld = Self.none
    life.lastHeld = Self.none
    life.heldCount = 0
    all.sort { ($0.step.sequence, $0.thread, $0.place) < ($1.step.sequence, $1.thread, $1.place) }
    return all.map { $0.step }
  }

  private mutating func release(_ place: UInt32) {
    nodes[Int(place)].next = free
    free = place
  }
}
