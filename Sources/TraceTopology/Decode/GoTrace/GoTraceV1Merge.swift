/// The events of one P, in the order of the file.
struct GoTraceV1Lane: Sendable {
  /// The batch that the next event stands in.
  fileprivate(set) var batch: Int
  /// The batch was not begun yet.
  fileprivate var isFresh = true
  fileprivate var cursor = ByteCursor(0..<0)
  /// The time of the next event, in units of the clock.
  fileprivate(set) var ticks: UInt64 = 0
  /// The next event; `nil` at the end.
  fileprivate(set) var event: GoTraceV1Event?
  fileprivate(set) var record = GoTraceV1Record()
  /// The goroutine that runs on the P, 0 for none.
  fileprivate(set) var current: UInt64 = 0
  /// When `current` entered the system call that it may be in.
  fileprivate(set) var call: UInt64?
  /// The next event stands behind a loss.
  fileprivate(set) var isBehindLoss = false
  /// It waits for a goroutine to move.
  fileprivate var isWaiting = false
  /// Its events fit no order any more.
  fileprivate var isOut = false
  /// The lane behind this one among those that wait for the same goroutine.
  fileprivate var nextWaiter: Int32 = -1

  fileprivate init(firstBatch: Int) { batch = firstBatch }
}

/// One event in its place.
struct GoTraceV1Moment: Sendable {
  var event: GoTraceV1Event
  var record: GoTraceV1Record
  /// In units of the clock.
  var ticks: UInt64
  /// The goroutine that ran on the P when it happened, 0 for none.
  var current: UInt64
  /// When `current` entered the system call that it is in.
  var call: UInt64?
  /// Earlier events of the goroutine that this one moves are missing.
  var isBehindHole = false
}

/// Merges the events of all Ps into one order in which each goroutine's steps follow on.
///
/// Of the events that stand first on their P and that `GoTraceV1Order` admits, the earliest comes
/// next. A P whose first event is not admitted waits for the goroutine that it is about; whenever
/// that goroutine moves, it is asked again. So an event costs the logarithm of the number of Ps.
///
/// A file without its footer lacks the last events of each P, and all events of some. There the
/// earliest event goes on when none is admitted: what its goroutine did before is missing.
struct GoTraceV1Merge: Sendable {
  private(set) var lanes: [GoTraceV1Lane] = []
  /// The times of the first and the last event of all, in units of the clock.
  private(set) var first = UInt64.max
  private(set) var last: UInt64 = 0
  private var order = GoTraceV1Order()
  /// Lanes whose next event may come, as a binary heap by time.
  private var heap = GoTraceV1Heap()
  /// Lanes that waited for a goroutine at some time.
  private var waiting = GoTraceV1Heap()
  private let hasHoles: Bool
  private let next: [Int]
  private let batches: [GoTraceBatch]
  private let wholeBatches: Int

  init(_ scan: GoTraceV1Scan, _ bytes: Span<UInt8>) {
    let chains = GoTraceBatchChains(scan.batches)
    next = chains.next
    batches = scan.batches
    wholeBatches = scan.wholeBatches
    hasHoles = scan.frequency == nil
    lanes = chains.first.map { GoTraceV1Lane(firstBatch: $0) }
    for lane in lanes.indices { load(lane, bytes) }
    for lane in lanes.indices { enqueue(lane) }
  }

  /// The next event of all; `nil` if none is left or none can be the next one.
  mutating func next(_ bytes: Span<UInt8>) -> GoTraceV1Moment? {
    while let lane = heap.popFirst() {
      guard let event = lanes[lane].event else { continue }
      let record = lanes[lane].record
      let id = GoTraceV1Order.moved(by: event, record, current: lanes[lane].current)
      guard id == 0 || order.admits(event, record, moving: id) else {
        park(lane, for: id)
        continue
      }
      return take(lane, event, moving: id, bytes)
    }
    return hasHoles ? nextBehindHole(bytes) : nil
  }

  /// The earliest event of all, though none is admitted; `nil` if none is left.
  private mutating func nextBehindHole(_ bytes: Span<UInt8>) -> GoTraceV1Moment? {
    while let lane = waiting.popFirst() {
      guard lanes[lane].isWaiting, let event = lanes[lane].event else { continue }
      let record = lanes[lane].record
      let id = GoTraceV1Order.moved(by: event, record, current: lanes[lane].current)
      lanes[lane].isWaiting = false
      guard order.adopt(event, record, moving: id) else {
        lanes[lane].isOut = true
        continue
      }
      var moment = take(lane, event, moving: id, bytes)
      moment.isBehindHole = true
      return moment
    }
    return nil
  }

  private mutating func take(
    _ lane: Int, _ event: GoTraceV1Event, moving id: UInt64, _ bytes: Span<UInt8>
  ) -> GoTraceV1Moment {
    let moment = pass(lane, event, bytes)
    enqueue(lane)
    if id != 0 { wake(order.move(id, by: event, moment.record)) }
    return moment
  }

  /// Lets a lane wait until the goroutine of its next event moves.
  private mutating func park(_ lane: Int, for id: UInt64) {
    lanes[lane].isWaiting = true
    lanes[lane].nextWaiter = order.wait(lane: Int32(truncatingIfNeeded: lane), for: id)
    if hasHoles { waiting.push(lane, at: lanes[lane].ticks) }
  }

  /// The next event of one lane, whether it follows on or not; `nil` at its end.
  mutating func nextUnordered(of lane: Int, _ bytes: Span<UInt8>) -> GoTraceV1Moment? {
    lanes[lane].event.map { pass(lane, $0, bytes) }
  }

  /// The place in the file of the first event that could not be ordered, if there is one.
  var firstUnordered: UInt64? {
    lanes.filter { $0.event != nil }.map { batches[$0.batch].fileOffset(of: $0.record.start) }.min()
  }
}

// MARK: - Lanes

extension GoTraceV1Merge {
  /// Takes the next event off a lane.
  private mutating func pass(
    _ lane: Int, _ event: GoTraceV1Event, _ bytes: Span<UInt8>
  ) -> GoTraceV1Moment {
    let moment = GoTraceV1Moment(
      event: event, record: lanes[lane].record, ticks: lanes[lane].ticks,
      current: lanes[lane].current, call: lanes[lane].call)
    switch event {
    case .goStart, .goStartLocal, .goStartLabel: lanes[lane].current = lanes[lane].record.a
    case .goEnd, .goSched, .goPreempt, .goSysBlock: lanes[lane].current = 0
    default: if event.blockReason != nil { lanes[lane].current = 0 }
    }
    switch event {
    case .goSysCall: lanes[lane].call = lanes[lane].ticks
    // They tell of other goroutines than the one that is in the call.
    case .goSysExit, .goSysExitLocal, .goWaiting, .goInSyscall: break
    default: lanes[lane].call = nil
    }
    load(lane, bytes)
    return moment
  }

  /// Reads on to the next event of a lane that matters.
  private mutating func load(_ lane: Int, _ bytes: Span<UInt8>) {
    while true {
      if lanes[lane].cursor.isAtEnd, !openBatch(lane) {
        lanes[lane].event = nil
        return
      }
      let reading = GoTraceV1Record.read(&lanes[lane].cursor, bytes)
      // Cannot fail: the scan has read the same bytes.
      guard case .record(let record) = reading else { continue }
      let event = GoTraceV1Event(rawValue: record.id)
      switch event {
      case .string, .stack, .frequency, .timerGoroutine, .batch, .sample: continue
      default: break
      }
      lanes[lane].ticks &+= record.delta
      first = min(first, lanes[lane].ticks)
      last = max(last, lanes[lane].ticks)
      guard let event else { continue }
      lanes[lane].event = event
      lanes[lane].record = record
      return
    }
  }

  /// Goes to the next batch of a lane. False if it has none.
  private mutating func openBatch(_ lane: Int) -> Bool {
    let batch = lanes[lane].isFresh ? lanes[lane].batch : next[lanes[lane].batch]
    guard batch >= 0 else { return false }
    lanes[lane].isFresh = false
    lanes[lane].batch = batch
    lanes[lane].cursor = ByteCursor(batches[batch].payload)
    lanes[lane].ticks = batches[batch].time
    if batch >= wholeBatches, !lanes[lane].isBehindLoss {
      lanes[lane].isBehindLoss = true
      lanes[lane].current = 0
      lanes[lane].call = nil
    }
    return true
  }

  /// Lets a lane take part, unless its events stand behind a loss.
  private mutating func enqueue(_ lane: Int) {
    guard lanes[lane].event != nil, !lanes[lane].isBehindLoss, !lanes[lane].isOut else { return }
    heap.push(lane, at: lanes[lane].ticks)
  }

  private mutating func wake(_ first: Int32) {
    var next = first
    while next >= 0 {
      let lane = Int(next)
      next = lanes[lane].nextWaiter
      lanes[lane].nextWaiter = -1
      guard lanes[lane].isWaiting else { continue }
      lanes[lane].isWaiting = false
      enqueue(lane)
    }
  }
}

/// Lanes by time, earliest first; of equal times the lower lane.
private struct GoTraceV1Heap: Sendable {
  private var items: [(ticks: UInt64, lane: Int)] = []

  mutating func push(_ lane: Int, at ticks: UInt64) {
    items.append((ticks, lane))
    var child = items.count - 1
    while child > 0, items[child] < items[(child - 1) / 2] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> Int? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return first.lane }
    items[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in 2 * parent + 1..<2 * parent + 3
      where child < items.count && items[child] < items[least] {
        least = child
      }
      guard least != parent else { return first.lane }
      items.swapAt(parent, least)
      parent = least
    }
  }
}
