/// What a wake-up says about cause: read from why the sleeper slept and what its waker was doing.
enum Handoff: UInt8, Sendable {
  /// No task woke it, or the wake-up says nothing about cause (mutex, semaphore, timer, network).
  case none
  /// The waker sent on the channel that the sleeper received from.
  case send
  /// The waker received from the channel on which the sleeper had blocked sending: cause runs from
  /// the sleeper, at the time it blocked, to the waker.
  case take
  /// The waker closed the channel.
  case close
  /// The waker signalled a condition variable.
  case cond
  /// Both sides were in a select; which way the value went is not visible.
  case select
  /// The waker brought a wait group to zero: it completes something, it starts nothing.
  case completion
  /// The coroutine switched over.
  case coroutine
  /// A task log says that this task woke it, and no more.
  case wake
}

/// One row for each time a task slept. Rows of one task stand in the order of its life.
struct WaitTable: Sendable {
  private(set) var task = ChunkedArray<TaskIndex>()
  /// When it fell asleep; unknown if that was before the log.
  private(set) var since = ChunkedArray<Timestamp>()
  /// When it was woken; unknown if the log never says.
  private(set) var until = ChunkedArray<Timestamp>()
  private(set) var reason = ChunkedArray<StringID>()
  private(set) var site = ChunkedArray<SiteID>()
  /// The task that woke it; `none` for timers, the network, the runtime.
  private(set) var by = ChunkedArray<TaskIndex>()
  private(set) var handoff = ChunkedArray<Handoff>()

  /// Waits that were counted and not written down.
  private var unwritten = 0

  var count: Int { task.count }

  /// All waits, written down or not.
  var total: Int { count + unwritten }

  /// Whether all waits are written down.
  var isWhole: Bool { unwritten == 0 }

  /// Strikes out all that is written down; the waits still count.
  mutating func strike() {
    let all = total
    self = WaitTable()
    unwritten = all
  }

  /// Counts a wait without writing it down.
  @inline(__always)
  mutating func skip() { unwritten += 1 }

  mutating func append(
    task: TaskIndex, since: Timestamp, until: Timestamp, reason: StringID, site: SiteID,
    by: TaskIndex, handoff: Handoff
  ) {
    self.task.append(task)
    self.since.append(since)
    self.until.append(until)
    self.reason.append(reason)
    self.site.append(site)
    self.by.append(by)
    self.handoff.append(handoff)
  }

  mutating func append(
    _ other: WaitTable, taskOffset: Int, string: (StringID) -> StringID, site: (SiteID) -> SiteID
  ) {
    unwritten += other.unwritten
    for row in 0..<other.count {
      append(
        task: TaskIndex(other.task[row].index + taskOffset), since: other.since[row],
        until: other.until[row], reason: string(other.reason[row]), site: site(other.site[row]),
        by: other.by[row].isNone ? .none : TaskIndex(other.by[row].index + taskOffset),
        handoff: other.handoff[row])
    }
  }

  mutating func moveTimes(of isMoved: (TaskIndex) -> ClockMap?) {
    for row in 0..<count {
      guard let map = isMoved(task[row]) else { continue }
      since[row] = map.wall(since[row])
      until[row] = map.wall(until[row])
    }
  }
}

/// One row for each stretch in which a task ran on a processor or was in a system call.
/// Rows of one task stand in the order of its life.
struct RunTable: Sendable {
  private(set) var task = ChunkedArray<TaskIndex>()
  private(set) var start = ChunkedArray<Timestamp>()
  private(set) var end = ChunkedArray<Timestamp>()

  var count: Int { task.count }

  mutating func append(task: TaskIndex, start: Timestamp, end: Timestamp) {
    self.task.append(task)
    self.start.append(start)
    self.end.append(end)
  }

  mutating func append(_ other: RunTable, taskOffset: Int) {
    task.append(contentsOf: other.task.lazy.map { TaskIndex($0.index + taskOffset) })
    start.append(contentsOf: other.start)
    end.append(contentsOf: other.end)
  }

  mutating func moveTimes(of isMoved: (TaskIndex) -> ClockMap?) {
    for row in 0..<count {
      guard let map = isMoved(task[row]) else { continue }
      start[row] = map.wall(start[row])
      end[row] = map.wall(end[row])
    }
  }
}
