/// The goroutine that a thread runs.
struct GoTraceCurrent: Sendable {
  var slot = -1
  var row = TaskIndex.none
  var sequence: UInt32 = 0

  var isNone: Bool {
    @inline(__always) get { slot < 0 }
  }
}

/// How far one thread of a generation was read.
struct GoTraceThread: Sendable {
  /// The thread's own number.
  let id: UInt64
  /// Its place in the order in which threads turn up.
  let rank: Int
  /// The batch that is being read; -1 behind the last one.
  var batch: Int
  /// The batch was begun.
  var isInside = false
  var cursor = ByteCursor(0..<0)
  /// The time of the event read last; of the batch where there is none yet.
  var time = Timestamp.unknown
  /// The time of the first event of the batch.
  var earliest = Timestamp.unknown
  var current = GoTraceCurrent()
  /// The P that it holds, if that is known.
  var processor: UInt64?
  /// Events of it are lost: where it runs nothing, nobody knows whether that is so.
  var isBehindLoss = false
}

/// Threads by the time of their next event, earliest first: a binary heap.
struct GoTraceThreadQueue: Sendable {
  private var items: [(time: Int64, thread: Int)] = []

  /// The thread that comes first.
  var first: Int? { items.first?.thread }

  /// Until when the first thread comes first.
  var limit: Int64 {
    switch items.count {
    case 0, 1: .max
    case 2: items[1].time
    default: min(items[1].time, items[2].time)
    }
  }

  mutating func push(_ thread: Int, at time: Int64) {
    items.append((time, thread))
    var child = items.count - 1
    while child > 0, items[child] < items[(child - 1) / 2] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Puts the first thread where its next event belongs.
  mutating func moveFirst(to time: Int64) {
    items[0].time = time
    sink()
  }

  mutating func removeFirst() {
    guard let last = items.popLast(), !items.isEmpty else { return }
    items[0] = last
    sink()
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in 2 * parent + 1..<2 * parent + 3
      where child < items.count && items[child] < items[least] {
        least = child
      }
      if least == parent { return }
      items.swapAt(parent, least)
      parent = least
    }
  }
}
