/// What kind of scheduled work a task is.
enum TaskKind: UInt8, Sendable {
  /// A goroutine of a Go execution trace or dump.
  case goroutine
  /// A user task of `runtime/trace`.
  case userTask
  /// An operating-system thread.
  case thread
  /// A task of the task log.
  case task
}

/// Which record named the parent of a task.
enum ParentSource: UInt8, Sendable {
  /// Nothing did: the task has no parent, or it began before the log.
  case none
  /// A creation event of the scheduler.
  case spawn
  /// A "created by" line of a dump.
  case dump
  /// A task log's own word.
  case log
}

/// How a task stands at the end of its log.
enum Outcome: UInt8, Sendable {
  /// The log says that it ended.
  case ended
  /// Alive at the last event of a log that is complete.
  case open
  /// The log was cut or damaged, so nobody can say.
  case unknown
}

/// What a task is doing, as the scheduler sees it.
enum TaskState: UInt8, Sendable {
  case unknown
  case runnable
  case running
  case syscall
  case waiting
  case ended
}

/// One task as a decoder hands it over. Times are on the clock of the log.
///
/// Fields stand in the order of their sizes: a run has millions of tasks, and padding is paid for
/// each of them.
struct TaskRecord: Sendable {
  private var rawNumber: UInt64
  /// The spawn; unknown if the task was alive before the log begins.
  var start = Timestamp.unknown
  var end = Timestamp.unknown
  var time = TaskTime()
  var process: ProcessIndex
  /// The id or name that the log gave it, where that is text.
  var label = StringID.empty
  var parent = TaskIndex.none
  var entry = StringID.empty
  var spawnSite = SiteID.none
  /// The creator's stack at the spawn, innermost frame first.
  var creationStack = StackID.none
  var stackDepth: UInt32 = 0
  var waitReason = StringID.empty
  var waitSite = SiteID.none
  private var rawMinutes: UInt32 = 0
  var kind: TaskKind
  var parentSource = ParentSource.none
  /// The scheduler's own housekeeping, not the program's work.
  var isSystem = false
  var outcome = Outcome.unknown
  var lastState = TaskState.unknown

  init(process: ProcessIndex = .none, kind: TaskKind = .task, number: UInt64? = nil) {
    self.process = process
    self.kind = kind
    rawNumber = number ?? .max
  }

  /// The number that the log gave it; `nil` if its id is text.
  var number: UInt64? {
    get { rawNumber == .max ? nil : rawNumber }
    set { rawNumber = newValue ?? .max }
  }

  /// For how many minutes it has waited, or been in a system call, as a dump says: whole ones, from 1.
  var blockedMinutes: UInt32? {
    get { rawMinutes == 0 ? nil : rawMinutes }
    set { rawMinutes = newValue ?? 0 }
  }
}

/// Nanoseconds that a task spent in each state, as far as its log shows.
struct TaskTime: Sendable, Equatable {
  var running: Int64 = 0
  var runnable: Int64 = 0
  var waiting: Int64 = 0
  var syscall: Int64 = 0

  mutating func add(_ state: TaskState, _ nanoseconds: Int64) {
    switch state {
    case .running: running = running.addingSaturated(nanoseconds)
    case .runnable: runnable = runnable.addingSaturated(nanoseconds)
    case .waiting: waiting = waiting.addingSaturated(nanoseconds)
    case .syscall: syscall = syscall.addingSaturated(nanoseconds)
    case .unknown, .ended: break
    }
  }
}

/// One row per task that a scheduler log shows.
///
/// Invariant: a parent is a row of this table; rows never move.
struct TaskTable: Sendable {
  private(set) var rows = ChunkedArray<TaskRecord>()

  var count: Int { rows.count }

  subscript(task: TaskIndex) -> TaskRecord {
    get { rows[task.index] }
    _modify { yield &rows[task.index] }
  }

  mutating func append(_ task: TaskRecord) -> TaskIndex {
    rows.append(task)
    return TaskIndex(count - 1)
  }
}
