/// One timed event with its arguments and its place.
struct GoTraceTimedEvent: Sendable {
  var id: UInt8 = 0
  /// On the generation's clock, in nanoseconds.
  var time: Int64 = 0
  var a: UInt64 = 0
  var b: UInt64 = 0
  var c: UInt64 = 0
  var d: UInt64 = 0
  /// Row of its batch, and where it begins in the generation's bytes.
  var batch = -1
  var position = 0
}

/// What the event streams of one generation share.
struct GoTraceStreams: Sendable {
  let batches: [GoTraceBatch]
  let chains: GoTraceBatchChains
  let clock: GoTraceClock
  /// See `GoTraceVersion.argumentCounts`.
  let argumentCounts: [UInt8]
}

/// Reads the events of one thread in one generation, one ahead (§6.2).
struct GoTraceThreadCursor: Sendable {
  /// What a step came to.
  enum Step: Sendable {
    case event
    case end
    /// The rule that the bytes at `event` break.
    case broken(String)
  }

  /// The number of a thread of which the scheduler has not heard before its first event.
  static let unseen = -2

  /// The number of the thread, -1 for the runtime as a whole.
  var thread: Int
  let id: UInt64
  private(set) var event = GoTraceTimedEvent()
  private var next: Int
  private var place = ByteCursor(0..<0)
  private var time: Int64 = 0

  init(thread: Int, id: UInt64, firstBatch: Int) {
    self.thread = thread
    self.id = id
    next = firstBatch
  }

  /// Reads the next event into `event`. Each batch begins at its own time.
  mutating func advance(_ streams: GoTraceStreams, _ bytes: Span<UInt8>) -> Step {
    while place.isAtEnd {
      guard next >= 0, !streams.batches[next].isCut else { return .end }
      event.batch = next
      place = ByteCursor(streams.batches[next].payload)
      time = streams.clock.span(streams.batches[next].time)
      next = streams.chains.next[next]
    }
    event.position = place.offset
    event.id = place.byte(bytes)
    let count = streams.argumentCounts[Int(event.id)]
    guard count != GoTraceSpec.invalid else { return .broken(Self.unreadable(event.id)) }
    time = time.addingSaturated(streams.clock.span(place.varint(bytes)))
    event.time = time
    event.a = count > 0 ? place.varint(bytes) : 0
    event.b = count > 1 ? place.varint(bytes) : 0
    event.c = count > 2 ? place.varint(bytes) : 0
    event.d = count > 3 ? place.varint(bytes) : 0
    switch place.failure {
    case nil: return .event
    case .endOfData:
      return .broken(
        "found invalid uvarint: the batch ends inside event \(GoTraceSpec.name(event.id))")
    case .overlongVarint:
      return .broken(
        "found invalid uvarint: a number of event \(GoTraceSpec.name(event.id)) "
          + "has more than 64 bits")
    }
  }

  private static func unreadable(_ id: UInt8) -> String {
    let isStructural = id < 128  // Those below that are unused so far count as structural.
    return isStructural
      ? "found event without a timestamp: type=\(id); expected a timed event"
      : "found invalid event type: \(id); expected a timed event"
  }
}

extension GoTraceSpec {
  /// The name of an event, or its number if it has none.
  static func name(_ id: UInt8) -> String { of(id)?.name ?? "\(id)" }
}

/// The cursors of all threads, the earliest event on top: the array heap that §6.2 describes, so
/// that events of equal time come in the order in which Go's reader takes them.
struct GoTraceFrontier: Sendable {
  /// Numbers of cursors with the times of their next events.
  private struct Slot: Sendable {
    var time: Int64
    var cursor: Int
  }

  private var slots: [Slot] = []

  var count: Int { slots.count }
  var isEmpty: Bool { slots.isEmpty }
  var earliest: Int64 { slots.first?.time ?? .max }

  /// The cursor in a slot; 0 is the top.
  func cursor(at slot: Int) -> Int { slots[slot].cursor }

  mutating func insert(_ cursor: Int, time: Int64) {
    slots.append(Slot(time: time, cursor: cursor))
    _ = siftUp(slots.count - 1)
  }

  /// The cursor in a slot has moved on to an event at this time.
  mutating func update(_ slot: Int, time: Int64) {
    slots[slot].time = time
    if !siftUp(slot) { siftDown(slot) }
  }

  /// The cursor in a slot has no further event.
  mutating func remove(_ slot: Int) {
    var slot = slot
    while slot > 0 {
      slots.swapAt(slot, (slot - 1) / 2)
      slot = (slot - 1) / 2
    }
    slots.swapAt(0, slots.count - 1)
    slots.removeLast()
    siftDown(0)
  }

  /// Puts the slots in ascending order of time; equals stay as they are. A sorted array is a heap.
  mutating func sort() {
    guard zip(slots, slots.dropFirst()).contains(where: { $0.time > $1.time }) else { return }
    let old = slots
    let order = slots.indices.sorted { (old[$0].time, $0) < (old[$1].time, $1) }
    slots = order.map { old[$0] }
  }

  private mutating func siftUp(_ start: Int) -> Bool {
    var slot = start
    while slot > 0 {
      let parent = (slot - 1) / 2
      guard slots[parent].time > slots[slot].time else { break }
      slots.swapAt(parent, slot)
      slot = parent
    }
    return slot != start
  }

  private mutating func siftDown(_ start: Int) {
    var slot = start
    while true {
      var least = slot
      for child in 2 * slot + 1...2 * slot + 2
      where child < slots.count && slots[child].time < slots[least].time { least = child }
      guard least != slot else { return }
      slots.swapAt(least, slot)
      slot = least
    }
  }
}
