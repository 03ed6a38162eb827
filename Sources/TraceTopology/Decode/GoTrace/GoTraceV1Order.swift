/// Which event may happen next to which goroutine, in format v1.
///
/// The runtime numbers what moves a goroutine from one P to another; what stays on one P it leaves
/// without number, because that P's own events are in order. Both kinds have a state that the
/// goroutine must be in.
struct GoTraceV1Order: Sendable {
  /// What the order of events needs to know of a goroutine.
  enum Stage: UInt8, Sendable {
    case dead, runnable, running, waiting
  }

  private struct Goroutine: Sendable {
    var sequence: UInt64 = 0
    var stage = Stage.dead
    /// Moves of it are missing, so that `sequence` is a lower bound.
    var isVague = false
    /// The lane that waits longest for this goroutine to change, -1 for none.
    var firstWaiter: Int32 = -1

    func isAt(_ number: UInt64) -> Bool {
      isVague ? number >= sequence : number == sequence
    }
  }

  private var handles = GoTraceHandles()
  private var all: [Goroutine] = []

  /// The goroutine that an event moves; 0 if it moves none, so that it may come at any time.
  static func moved(by event: GoTraceV1Event, _ record: GoTraceV1Record, current: UInt64) -> UInt64
  {
    switch event {
    case .goCreate, .goStart, .goStartLabel, .goStartLocal, .goWaiting, .goInSyscall, .goUnblock,
      .goUnblockLocal, .goSysExit, .goSysExitLocal:
      record.a
    case .goSched, .goPreempt, .goSysBlock: current
    case .goStop: 0
    default: event.blockReason == nil ? 0 : current
    }
  }

  @inline(__always)
  private mutating func number(of id: UInt64) -> Int {
    let place = handles.place(of: id)
    if handles[place] == GoTraceHandles.none {
      handles[place] = UInt32(truncatingIfNeeded: all.count)
      all.append(Goroutine())
    }
    return Int(handles[place])
  }

  /// Whether the event fits what is known of the goroutine that it moves.
  mutating func admits(
    _ event: GoTraceV1Event, _ record: GoTraceV1Record, moving id: UInt64
  ) -> Bool {
    let goroutine = all[number(of: id)]
    return switch event {
    case .goCreate: goroutine.stage == .dead && goroutine.sequence == 0
    case .goWaiting, .goInSyscall: goroutine.stage == .runnable && goroutine.sequence == 1
    case .goStart, .goStartLabel:
      goroutine.stage == .runnable && goroutine.isAt(record.b)
    case .goStartLocal: goroutine.stage == .runnable
    case .goUnblock, .goSysExit:
      goroutine.stage == .waiting && goroutine.isAt(record.b)
    case .goUnblockLocal, .goSysExitLocal: goroutine.stage == .waiting
    default: goroutine.stage == .running
    }
  }

  /// Makes a goroutine, of which moves are missing, one that admits the event. False if the event is
  /// older than what is known of the goroutine.
  mutating func adopt(
    _ event: GoTraceV1Event, _ record: GoTraceV1Record, moving id: UInt64
  ) -> Bool {
    let number = number(of: id)
    switch event {
    case .goCreate, .goWaiting, .goInSyscall: return false
    case .goStart, .goStartLabel, .goStartLocal: all[number].stage = .runnable
    case .goUnblock, .goSysExit, .goUnblockLocal, .goSysExitLocal: all[number].stage = .waiting
    default: all[number].stage = .running
    }
    all[number].isVague = true
    return admits(event, record, moving: id)
  }

  /// Moves the goroutine; gives the first of the lanes that waited for that.
  mutating func move(
    _ id: UInt64, by event: GoTraceV1Event, _ record: GoTraceV1Record
  ) -> Int32 {
    let number = number(of: id)
    switch event {
    case .goStart, .goStartLabel, .goUnblock, .goSysExit:
      all[number].sequence = record.b
      all[number].isVague = false
    default: break
    }
    switch event {
    case .goCreate, .goUnblock, .goUnblockLocal, .goSysExit, .goSysExitLocal:
      all[number].stage = .runnable
      all[number].sequence &+= 1
    case .goWaiting, .goInSyscall:
      all[number].stage = .waiting
      all[number].sequence &+= 1
    case .goStart, .goStartLabel, .goStartLocal:
      all[number].stage = .running
      all[number].sequence &+= 1
    case .goSched, .goPreempt: all[number].stage = .runnable
    default: all[number].stage = .waiting
    }
    let waiter = all[number].firstWaiter
    all[number].firstWaiter = -1
    return waiter
  }

  /// Puts a lane among those that wait for a goroutine; gives the one that is behind it.
  mutating func wait(lane: Int32, for id: UInt64) -> Int32 {
    let number = number(of: id)
    let next = all[number].firstWaiter
    all[number].firstWaiter = lane
    return next
  }
}
