/// What each task did when: stretches without holes between them, task by task.
///
/// What is neither a wait nor a stretch on a processor is a time at which the task was ready to run; where
/// the log has a hole, or says nothing, it is unknown.
///
///     stretches of task n = first[n] ..< first[n + 1], each up to the next, the last up to `end[n]`
struct Timelines: Sendable {
  enum Doing: UInt8, Sendable {
    case unknown, running, runnable, syscall, waiting
  }

  private(set) var first: [Int] = [0]
  private(set) var end: [Int64] = []
  private(set) var from: [Int64] = []
  private(set) var doing: [Doing] = []
  /// The row of the wait table; all ones for none.
  private(set) var wait: [UInt32] = []

  /// A stretch as its table has it.
  private struct Piece {
    var from: Int64
    var to: Int64
    var doing: Doing
    var wait: UInt32 = .max
    /// The log does not say when it ended.
    var isOpen = false
  }

  /// None.
  init() {}

  init(_ recording: Recording) {
    let (tasks, waits, runs) = (recording.tasks, recording.waits, recording.runs)
    let calls = recording.systemCalls
    let waitRows = RowLists(owners: tasks.count, rows: waits.count) { waits.task[$0].index }
    let runRows = RowLists(owners: tasks.count, rows: runs.count) { runs.task[$0].index }
    let callRows = RowLists(owners: tasks.count, rows: calls.count) { calls.task[$0].index }
    var last = Array(repeating: Timestamp.unknown, count: recording.processes.count)
    for extent in recording.logExtents { last[extent.process.index] = extent.last }
    first.reserveCapacity(tasks.count + 1)
    end.reserveCapacity(tasks.count)
    // No piece becomes more than two stretches: what is not used of this takes no memory.
    let most = (waits.count + runs.count + calls.count) * 2 + tasks.count
    from.reserveCapacity(most)
    doing.reserveCapacity(most)
    wait.reserveCapacity(most)
    var pieces: [Piece] = []
    for row in 0..<tasks.count {
      let task = tasks[TaskIndex(row)]
      let close = task.end.isKnown ? task.end : last[task.process.index]
      pieces.removeAll(keepingCapacity: true)
      for item in waitRows[row] {
        add(waits.since[Int(item)], waits.until[Int(item)], .waiting, item, close, &pieces)
      }
      for item in runRows[row] {
        add(runs.start[Int(item)], runs.end[Int(item)], .running, .max, close, &pieces)
      }
      for item in callRows[row] {
        add(calls.start[Int(item)], calls.end[Int(item)], .syscall, .max, close, &pieces)
      }
      write(&pieces, task, close)
      first.append(from.count)
    }
  }

  private func add(
    _ since: Timestamp, _ until: Timestamp, _ doing: Doing, _ wait: UInt32, _ close: Timestamp,
    _ pieces: inout [Piece]
  ) {
    let to = until.isKnown ? until : close
    guard to.isKnown else { return }
    pieces.append(
      Piece(
        from: since.nanoseconds, to: to.nanoseconds, doing: doing, wait: wait,
        isOpen: !until.isKnown))
  }

  /// Strings the pieces of one task together. A system call lies inside a stretch on a processor.
  private mutating func write(_ pieces: inout [Piece], _ task: TaskRecord, _ close: Timestamp) {
    pieces.sort { a, b in
      a.from != b.from ? a.from < b.from : a.doing.rawValue < b.doing.rawValue
    }
    let known = pieces.first { $0.from != .min }?.from
    guard var at = task.start.isKnown ? task.start.nanoseconds : known else {
      end.append(close.nanoseconds)
      return
    }
    var gap = task.start.isKnown ? Doing.runnable : .unknown
    var outer: Piece?
    for piece in pieces {
      if let run = outer, piece.from >= run.to { resume(run, &at, &outer) }
      let start = max(piece.from, at)
      guard piece.to > start else { continue }
      if start > at { put(at, outer == nil ? gap : .running, .max) }
      put(start, piece.doing, piece.wait)
      if piece.doing == .running {
        // It is only begun: system calls inside it come next.
        outer = piece
        at = start
      } else {
        at = piece.to
      }
      gap = piece.isOpen ? .unknown : .runnable
    }
    if let run = outer { resume(run, &at, &outer) }
    let last = max(at, close.nanoseconds)
    if last > at { put(at, task.lastState == .runnable ? .runnable : .unknown, .max) }
    end.append(last)
  }

  /// Ends a stretch on a processor, with what is left of it behind its last system call.
  private mutating func resume(_ run: Piece, _ at: inout Int64, _ outer: inout Piece?) {
    if run.to > at { put(at, .running, .max) }
    at = max(at, run.to)
    outer = nil
  }

  private mutating func put(_ start: Int64, _ what: Doing, _ row: UInt32) {
    let isFirst = from.count == first.last
    if !isFirst, doing[doing.count - 1] == what, wait[wait.count - 1] == row { return }
    if !isFirst, from[from.count - 1] == start {
      doing[doing.count - 1] = what
      wait[wait.count - 1] = row
      return
    }
    from.append(start)
    doing.append(what)
    wait.append(row)
  }

  // MARK: Asking

  /// Whether anything is known of any task.
  var isKnown: Bool { !from.isEmpty }

  func stretches(of task: TaskIndex) -> Range<Int> {
    guard task.index < end.count else { return 0..<0 }
    return first[task.index]..<first[task.index + 1]
  }

  /// When a stretch of a task ends.
  func end(of stretch: Int, _ task: TaskIndex) -> Int64 {
    stretch + 1 < first[task.index + 1] ? from[stretch + 1] : end[task.index]
  }

  /// The stretch that ends at a time or holds it, if the task was alive just before.
  func stretch(before time: Int64, of task: TaskIndex) -> Int? {
    let range = stretches(of: task)
    guard !range.isEmpty, from[range.lowerBound] < time, time <= end[task.index] else { return nil }
    var low = range.lowerBound
    var high = range.upperBound
    while high - low > 1 {
      let middle = (low + high) / 2
      if from[middle] < time { low = middle } else { high = middle }
    }
    return low
  }
}
