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

/// How a task came to be.
enum CreationKind: UInt8, Sendable {
  /// Nothing says: the record of its creation is lost, or the log does not tell.
  case unknown
  /// A task spawned it: a `go` statement, a begin of a user task.
  case spawn
  /// A goroutine made it to be resumed by hand: a coroutine of `iter.Pull`.
  case coroutine
  /// A thread of C called into Go; the call is the task.
  case callback
  /// The scheduler itself, for a timer: a function of `time.AfterFunc`.
  case timer
  /// It was alive when the log began.
  case before
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
struct TaskRecord: Sendable {
  /// `nil` if its id is text.
  var number: UInt64?
  /// The spawn; unknown if the task was alive before the log begins.
  var start = Timestamp.unknown
  var end = Timestamp.unknown
  var time = TaskTime()
  var origin: TaskOrigin
  var aside = TaskAside()
  var parent = TaskIndex.none
  var kind: TaskKind
  var parentSource = ParentSource.none
  var creation = CreationKind.unknown
  /// The scheduler's own housekeeping, not the program's work.
  var isSystem = false
  var outcome = Outcome.unknown
  var lastState = TaskState.unknown

  init(process: ProcessIndex = .none, kind: TaskKind = .task, number: UInt64? = nil) {
    origin = TaskOrigin(process: process)
    self.kind = kind
    self.number = number == .max ? nil : number
  }
}

extension TaskRecord {
  var process: ProcessIndex {
    get { origin.process }
    set { origin.process = newValue }
  }

  var entry: StringID {
    get { origin.entry }
    set { origin.entry = newValue }
  }

  var spawnSite: SiteID {
    get { origin.spawnSite }
    set { origin.spawnSite = newValue }
  }

  /// The creator's stack at the spawn, innermost frame first.
  var creationStack: StackID {
    get { origin.creationStack }
    set { origin.creationStack = newValue }
  }

  var stackDepth: UInt32 {
    get { origin.stackDepth }
    set { origin.stackDepth = newValue }
  }

  /// The id or name that the log gave it, where that is text.
  var label: StringID {
    get { aside.label }
    set { aside.label = newValue }
  }

  var waitReason: StringID {
    get { aside.waitReason }
    set { aside.waitReason = newValue }
  }

  var waitSite: SiteID {
    get { aside.waitSite }
    set { aside.waitSite = newValue }
  }

  /// Whether the collector of Go 1.26 and later found that nothing can ever wake it.
  var isFoundLeaked: Bool {
    get { aside.isFoundLeaked }
    set { aside.isFoundLeaked = newValue }
  }

  /// For how many minutes it has waited, or been in a system call, as a dump says: whole ones, from 1.
  var blockedMinutes: UInt32? {
    get { aside.blockedMinutes == 0 ? nil : aside.blockedMinutes }
    set { aside.blockedMinutes = newValue ?? 0 }
  }
}

/// Nanoseconds that a task spent in each state, as far as its log shows.
struct TaskTime: Sendable, Equatable {
  var running: Int64 = 0
  var runnable: Int64 = 0
  var waiting: Int64 = 0
  var syscall: Int64 = 0

  @inline(__always)
  mutating func add(_ state: TaskState, _ nanoseconds: Int64) {
    switch state {
    case .running: running = running.addingSaturated(nanoseconds)
    case .runnable: runnable = runnable.addingSaturated(nanoseconds)
    case .waiting: waiting = waiting.addingSaturated(nanoseconds)
    case .syscall: syscall = syscall.addingSaturated(nanoseconds)
    case .unknown, .ended: break
    }
  }

  mutating func add(_ other: TaskTime) {
    running = running.addingSaturated(other.running)
    runnable = runnable.addingSaturated(other.runnable)
    waiting = waiting.addingSaturated(other.waiting)
    syscall = syscall.addingSaturated(other.syscall)
  }
}
