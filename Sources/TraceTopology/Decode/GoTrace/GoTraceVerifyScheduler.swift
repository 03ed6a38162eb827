/// State of a goroutine, by the number that a status event gives it.
enum GoTraceGoStatus: UInt8, Sendable {
  case bad = 0
  case runnable, running, syscall, waiting
  /// It has ended, or was never heard of.
  case gone

  var name: String {
    switch self {
    case .bad: "Bad"
    case .runnable: "Runnable"
    case .running: "Running"
    case .syscall: "Syscall"
    case .waiting: "Waiting"
    case .gone: "NotExist"
    }
  }

  var state: GoTraceState {
    switch self {
    case .bad: .undetermined
    case .runnable: .runnable
    case .running: .running
    case .syscall: .syscall
    case .waiting: .waiting
    case .gone: .notExist
    }
  }
}

/// State of a processor, by the number that a status event gives it.
enum GoTraceProcStatus: UInt8, Sendable {
  case bad = 0
  case running, idle, syscall
  /// In a system call whose thread is gone.
  case abandoned

  var name: String {
    switch self {
    case .bad: "Bad"
    case .running: "Running"
    case .idle: "Idle"
    case .syscall: "Syscall"
    case .abandoned: "SyscallAbandoned"
    }
  }

  var state: GoTraceState {
    switch self {
    case .bad: .undetermined
    case .running, .syscall: .running
    case .idle, .abandoned: .idle
    }
  }
}

/// The position of a goroutine or processor in its generation (§6.1).
struct GoTraceSequence: Sendable, Equatable, CustomStringConvertible {
  var generation: UInt64
  var number: UInt64

  func follows(_ other: GoTraceSequence) -> Bool {
    generation == other.generation && number > 0 && number - 1 == other.number
  }

  var description: String { "\(generation).\(number)" }
}

/// The state of goroutines, processors, threads, user tasks and the garbage collector in the course
/// of a whole trace, and the rules by which events change it (§6.1, §6.3).
///
/// Invariant: `goroutines`, `procs` and `threads` have as many rows as their numbers; a thread's
/// goroutine and processor are such rows or -1.
struct GoTraceScheduler: Sendable {
  /// What an event comes to.
  enum Verdict: Sendable {
    case ready
    /// Events of other threads must come first.
    case notReady
    /// The trace is broken: `breach` says why.
    case broken
  }

  struct Goroutine: Sendable {
    var status = GoTraceGoStatus.gone
    var sequence = GoTraceSequence(generation: 0, number: 0)
    /// Who created it last; `.max` if nobody did or nobody knows.
    var parent = UInt64.max
    /// How often it fell asleep, or was asleep when first heard of.
    var waits = 0
    /// It carries calls from C, so that its id may come back to life.
    var isCallback = false
    /// The last generation that mentions it, counted from 1.
    var epoch = 0
    /// Some generation in between does not mention it.
    var isStale = false
  }

  struct Proc: Sendable {
    var status: GoTraceProcStatus
    var sequence: GoTraceSequence
    var isSweeping = false
  }

  struct Thread: Sendable {
    var goroutine = -1
    var proc = -1
  }

  /// A stretch of a goroutine that has begun and not ended: a stop of the world with the id of its
  /// kind, or help with marking.
  struct OpenRange: Sendable, Equatable {
    var isAssist: Bool
    var kind: UInt64
  }

  struct Region: Sendable, Equatable {
    var task: UInt64
    var name: StringID
  }

  enum Collector: Sendable {
    case unknown, running, idle
  }

  /// Whether an event needs a processor or a goroutine.
  enum Need: Sendable {
    case must, may, mustNot
  }

  var goroutineNumbers = GoTraceNumbers()
  var goroutines: [Goroutine] = []
  var procNumbers = GoTraceNumbers()
  var procs: [Proc] = []
  var threadNumbers = GoTraceNumbers()
  var threads: [Thread] = []
  var activeTasks: Set<UInt64> = []
  var regions: [Int: [Region]] = [:]
  var ranges: [Int: [OpenRange]] = [:]
  var collector = Collector.unknown
  var collectorSequence: UInt64 = 0
  /// The strings of the generation, and their text, which does not change with the generation.
  var strings = GoTraceStrings(bytes: 0)
  private var texts = StringTable()

  private(set) var generation: UInt64 = 0
  private(set) var firstGeneration: UInt64?
  private(set) var epoch = 0
  /// The changes that the last event stands for; empty if it is of another kind.
  var transitions: [GoTraceTransition] = []
  /// Why the last event was broken.
  private(set) var breach = ""

  var isFirstGeneration: Bool { generation == firstGeneration }

  /// Starts a generation; all state but names and sequence numbers goes on.
  mutating func begin(_ generation: UInt64, strings: GoTraceStrings) {
    self.generation = generation
    self.strings = strings
    firstGeneration = firstGeneration ?? generation
    epoch += 1
  }

  /// The number of a thread, new or known; -1 for the runtime as a whole.
  mutating func thread(_ id: UInt64) -> Int {
    guard id != GoTraceBatch.noThread else { return -1 }
    let number = threadNumbers.number(of: id)
    if number == threads.count { threads.append(Thread()) }
    return number
  }

  /// The number of a thread, if it is known already. Threads become known when the turn comes to
  /// their first event, and not before: a processor cannot be stolen from an unknown one.
  func threadSeen(_ id: UInt64) -> Int {
    id == GoTraceBatch.noThread ? -1 : threadNumbers.find(id) ?? GoTraceThreadCursor.unseen
  }

  func goroutine(_ id: UInt64) -> Int? {
    guard let number = goroutineNumbers.find(id), goroutines[number].status != .gone else {
      return nil
    }
    return number
  }

  func proc(_ id: UInt64) -> Int? { procNumbers.find(id) }

  mutating func text(_ string: UInt64, _ bytes: Span<UInt8>) -> StringID {
    strings.intern(strings.row(string), bytes, into: &texts)
  }

  func text(_ id: StringID) -> String { texts.text(id) }

  mutating func broken(_ rule: String) -> Verdict {
    breach = rule
    return .broken
  }

  mutating func change(goroutine from: GoTraceState, _ to: GoTraceState) {
    transitions.append(GoTraceTransition(isProc: false, from: from, to: to))
  }

  mutating func change(proc from: GoTraceState, _ to: GoTraceState) {
    transitions.append(GoTraceTransition(isProc: true, from: from, to: to))
  }

  /// The rule that a thread without what an event needs breaks; `nil` if it has all.
  func lack(
    _ thread: Int, proc: Need, goroutine: Need
  ) -> String? {
    guard thread >= 0 else { return "expected a thread but didn't have one" }
    let state = threads[thread]
    if proc == .must, state.proc < 0 { return "expected a proc but didn't have one" }
    if proc == .mustNot, state.proc >= 0 {
      return "expected no proc but had one: \(procNumbers.ids[state.proc])"
    }
    if goroutine == .must, state.goroutine < 0 { return "expected a goroutine but didn't have one" }
    if goroutine == .mustNot, state.goroutine >= 0 {
      return "expected no goroutine but had one: \(goroutineNumbers.ids[state.goroutine])"
    }
    return nil
  }

  /// The rule that something breaks which only a running goroutine of the program can do.
  func lackOfUser(_ thread: Int) -> String? { lack(thread, proc: .must, goroutine: .must) }

  /// The rule that a thread breaks whose goroutine is not in this state; the thread has one.
  func mismatch(_ thread: Int, _ event: UInt8, _ wanted: GoTraceGoStatus) -> String? {
    let number = threads[thread].goroutine
    let name = GoTraceSpec.name(event)
    let status = goroutines[number].status
    let id = goroutineNumbers.ids[number]
    if status == .gone { return "event \(name) for goroutine (\(id)) that doesn't exist" }
    return status == wanted
      ? nil
      : "\(name) event for goroutine that's not \(wanted.name): \(id) is \(status.name)"
  }

  /// Makes a goroutine that does not exist.
  mutating func create(_ id: UInt64, _ status: GoTraceGoStatus, parent: UInt64) {
    let number = goroutineNumbers.number(of: id)
    if number == goroutines.count { goroutines.append(Goroutine()) }
    goroutines[number].sequence = GoTraceSequence(generation: generation, number: 0)
    goroutines[number].parent = parent
    goroutines[number].epoch = epoch
    enter(number, status)
  }

  mutating func enter(_ number: Int, _ status: GoTraceGoStatus) {
    goroutines[number].status = status
    if status == .waiting { goroutines[number].waits += 1 }
    guard status == .gone else { return }
    regions[number] = nil
    ranges[number] = nil
  }
}
