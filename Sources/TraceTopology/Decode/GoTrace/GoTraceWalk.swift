/// Reads the events of one generation, thread by thread.
///
/// Which goroutine an event belongs to follows from its thread's own events alone, within one
/// generation: a status event stands before the first event that needs it. So creation, user tasks,
/// logs and wakers are settled here. What happens to a goroutine in which order is not: that takes
/// the steps of all threads, see `GoTraceReplay`.
struct GoTraceWalk: Sendable {
  /// The goroutine that a thread runs.
  private struct Current: Sendable {
    var number = -1
    var local: UInt32 = 0
    var row = TaskIndex.none
    var sequence: UInt32 = 0

    var isNone: Bool { number < 0 }
  }

  var goroutines: GoTraceGoroutines
  var names: GoTraceNames
  let clock: GoTraceClock
  /// See `GoTraceVersion.argumentCounts`.
  let argumentCounts: [UInt8]

  private(set) var steps: [GoTraceStep] = []
  private(set) var regionTasks: [UInt64] = []
  private(set) var userTasks = GoTraceUserTasks()
  private(set) var problems: [GoTraceProblem] = []
  private(set) var first = Timestamp.unknown
  private(set) var last = Timestamp.unknown
  private(set) var eventCount = 0
  /// Events that cannot be where they stand: mostly those that need a goroutine while it is unknown
  /// which one runs.
  private(set) var strayEvents = 0
  /// Stacks that events name and the generation lacks.
  private(set) var missingStacks = 0

  private var thread = GoTraceBatch.noThread
  private var current = Current()
  /// The last call from C into Go on this thread; its goroutine never leaves the thread.
  private var callback = Current()

  init(
    goroutines: GoTraceGoroutines, names: GoTraceNames, clock: GoTraceClock, argumentCounts: [UInt8]
  ) {
    self.goroutines = goroutines
    self.names = names
    self.clock = clock
    self.argumentCounts = argumentCounts
  }

  /// Makes room for the steps that so many bytes of events may hold.
  mutating func reserve(bytes: Int) { steps.reserveCapacity(bytes / 9) }

  /// Starts on the batches of another thread.
  mutating func beginThread(_ thread: UInt64) {
    self.thread = thread
    current = Current()
    callback = Current()
  }

  /// Reads the next batch of the thread.
  mutating func read(
    _ batch: GoTraceBatch, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard batch.kind != .hole else {
      loseThread()
      return
    }
    var cursor = ByteCursor(batch.payload)
    var time = clock.moment(batch.time)
    var earliest = Timestamp.unknown
    while !cursor.isAtEnd {
      let start = cursor.offset
      let id = cursor.byte(bytes)
      let count = argumentCounts[Int(id)]
      guard count != GoTraceSpec.invalid else {
        report("unknown-event", batch, start, "event \(id) is unknown; rest of the batch skipped")
        break
      }
      time = time.shifted(by: clock.span(cursor.varint(bytes)))
      var arguments = Arguments()
      if count > 0 { arguments.a = cursor.varint(bytes) }
      if count > 1 { arguments.b = cursor.varint(bytes) }
      if count > 2 { arguments.c = cursor.varint(bytes) }
      if count > 3 { arguments.d = cursor.varint(bytes) }
      guard cursor.failure == nil else {
        if batch.isCut { break }
        report("malformed-batch", batch, start, "event \(id) is cut; rest of the batch skipped")
        break
      }
      if !earliest.isKnown { earliest = time }
      eventCount += 1
      guard let event = GoTraceEvent(rawValue: id) else { continue }
      if !apply(event, arguments, time, bytes, &recording) {
        report(
          "malformed-batch", batch, start, "event \(id) is impossible; rest of the batch skipped")
        break
      }
    }
    if earliest.isKnown { widen(earliest, time) }
  }

  private struct Arguments {
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0
  }

  private mutating func widen(_ earliest: Timestamp, _ latest: Timestamp) {
    if !first.isKnown || earliest.nanoseconds < first.nanoseconds { first = earliest }
    if !last.isKnown || latest.nanoseconds > last.nanoseconds { last = latest }
  }

  private mutating func report(
    _ code: String, _ batch: GoTraceBatch, _ position: Int, _ message: String
  ) {
    problems.append(
      GoTraceProblem(code: code, offset: batch.fileOffset(of: position), message: message))
    loseThread()
  }

  /// Some events of the thread are lost: nobody knows what it runs until an event says so.
  private mutating func loseThread() {
    current = Current()
    callback = Current()
  }

  /// False if the event cannot be what it says.
  private mutating func apply(
    _ event: GoTraceEvent, _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    let a = arguments.a
    switch event {
    case .goStart: return start(a, arguments.b, time, &recording)
    case .goBlock:
      leave(.block, time, string: a, stack: arguments.b, bytes, &recording)
    case .goUnblock:
      return unblock(a, arguments.b, stack: arguments.c, time, bytes, &recording)
    case .goStop: leave(.stop, time, stack: arguments.b, bytes, &recording)
    case .goSyscallBegin: act(.syscallBegin, time, stack: arguments.b, bytes, &recording)
    case .goSyscallEnd: act(.syscallEnd, time, bytes, &recording)
    case .goSyscallEndBlocked: leave(.syscallEndBlocked, time, bytes, &recording)
    case .goCreate, .goCreateBlocked:
      let state: TaskState = event == .goCreate ? .runnable : .waiting
      return create(a, entry: arguments.b, stack: arguments.c, state, time, bytes, &recording)
    case .goDestroy, .goDestroySyscall: leave(.end, time, bytes, &recording)
    case .goStatus: return status(a, arguments.b, arguments.c, stack: 0, time, bytes, &recording)
    case .goStatusStack:
      return status(a, arguments.b, arguments.c, stack: arguments.d, time, bytes, &recording)
    case .goSwitch: return switchTo(a, arguments.b, leaving: .switchAway, time, bytes, &recording)
    case .goSwitchDestroy: return switchTo(a, arguments.b, leaving: .end, time, bytes, &recording)
    case .goCreateSyscall: return createCallback(a, time, &recording)
    case .userTaskBegin, .userTaskEnd, .userRegionBegin, .userRegionEnd, .userLog:
      annotate(event, arguments, time, bytes, &recording)
    default: break  // Processors, the garbage collector and metrics: not needed here.
    }
    return true
  }
}

// MARK: - Scheduling

extension GoTraceWalk {
  private func step(
    _ kind: GoTraceStep.Kind, _ number: Int, _ sequence: UInt64, _ time: Timestamp
  ) -> GoTraceStep {
    GoTraceStep(
      time: time, goroutine: goroutines.all[number].local, sequence: UInt32(clamping: sequence),
      kind: kind)
  }

  private mutating func setCurrent(_ number: Int, _ sequence: UInt64) {
    let row = number == callback.number ? callback.row : goroutines.all[number].row
    current = Current(
      number: number, local: goroutines.all[number].local, row: row,
      sequence: UInt32(clamping: sequence))
  }

  private mutating func start(
    _ id: UInt64, _ sequence: UInt64, _ time: Timestamp, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceGoroutines.isGoroutine(id) else { return false }
    if !current.isNone { strayEvents += 1 }
    let number = goroutines.mention(id, &recording)
    steps.append(step(.start, number, sequence, time))
    setCurrent(number, sequence)
    return true
  }

  /// Something that the current goroutine does, if it is known which one that is.
  private mutating func act(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard !current.isNone else {
      strayEvents += 1
      return
    }
    let stackRow = self.stack(stack, of: current.number, bytes, &recording)
    steps.append(
      GoTraceStep(
        time: time, goroutine: current.local, sequence: current.sequence,
        string: string == 0 ? 0 : names.strings.row(string), stack: stackRow, kind: kind))
  }

  /// Something that takes the current goroutine off its thread.
  private mutating func leave(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    act(kind, time, string: string, stack: stack, bytes, &recording)
    current = Current()
  }

  private mutating func unblock(
    _ id: UInt64, _ sequence: UInt64, stack: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    guard GoTraceGoroutines.isGoroutine(id) else { return false }
    let number = goroutines.mention(id, &recording)
    var step = step(.unblock, number, sequence, time)
    step.stack = self.stack(stack, of: current.number, bytes, &recording)
    step.other = current.row
    steps.append(step)
    return true
  }

  private mutating func switchTo(
    _ id: UInt64, _ sequence: UInt64, leaving kind: GoTraceStep.Kind, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceGoroutines.isGoroutine(id) else { return false }
    act(kind, time, bytes, &recording)
    let number = goroutines.mention(id, &recording)
    var step = step(.switchIn, number, sequence, time)
    step.other = current.row
    steps.append(step)
    setCurrent(number, sequence)
    return true
  }

  private mutating func status(
    _ id: UInt64, _ holder: UInt64, _ code: UInt64, stack: UInt64, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    let states: [TaskState] = [.unknown, .runnable, .running, .syscall, .waiting]
    guard GoTraceGoroutines.isGoroutine(id), code >= 1, code <= 4 else { return false }
    let number = goroutines.mention(id, &recording)
    var step = step(.status, number, 0, time)
    step.state = states[Int(code)]
    step.stack = self.stack(stack, of: number, bytes, &recording)
    steps.append(step)
    // The runtime as a whole states what goroutines do on other threads.
    if step.state == .running, thread != GoTraceBatch.noThread { setCurrent(number, 0) }
    if step.state == .syscall, holder == thread { setCurrent(number, 0) }
    return true
  }
}

// MARK: - Creation

extension GoTraceWalk {
  private mutating func create(
    _ id: UInt64, entry: UInt64, stack: UInt64, _ state: TaskState, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceGoroutines.isGoroutine(id) else { return false }
    let number = goroutines.mention(id, &recording)
    guard !goroutines.all[number].isCreated, goroutines.all[number].epochBefore == 0 else {
      strayEvents += 1
      return true
    }
    var step = step(.create, number, 0, time)
    step.state = state
    steps.append(step)
    let stackRow = self.stack(stack, of: current.number, bytes, &recording)
    let creation = GoTraceCreation(
      time: time, creator: current.row, entry: names.stacks.row(entry), stack: stackRow)
    goroutines.note(creation, of: number, &names, bytes, &recording)
    return true
  }

  /// A thread of C calls into Go. The goroutine that carries the call keeps its id from call to
  /// call; each call is a task of its own.
  private mutating func createCallback(
    _ id: UInt64, _ time: Timestamp, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceGoroutines.isGoroutine(id) else { return false }
    let number = goroutines.mention(id, &recording)
    var row = goroutines.all[number].row
    if goroutines.all[number].isCreated || goroutines.all[number].epochBefore != 0 {
      row = recording.tasks.append(
        TaskRecord(process: goroutines.process, kind: .goroutine, number: id))
    }
    goroutines.all[number].isCreated = true
    goroutines.all[number].isCallback = true
    goroutines.all[number].needsEntry = false
    recording.tasks[row].start = time
    var step = step(.callback, number, 0, time)
    step.state = .syscall
    step.other = row
    steps.append(step)
    current = Current(number: number, local: goroutines.all[number].local, row: row, sequence: 0)
    callback = current
    return true
  }

  /// The row of a stack. It may tell what its owner runs: the outermost frame is what the goroutine
  /// began with, unless the stack is not whole.
  private mutating func stack(
    _ id: UInt64, of number: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> UInt32 {
    guard id != 0 else { return 0 }
    let row = names.stacks.row(id)
    if row == 0 { missingStacks += 1 }
    guard row != 0, number >= 0, goroutines.all[number].needsEntry else { return row }
    learnEntry(of: number, from: row, bytes, &recording)
    return row
  }

  private mutating func learnEntry(
    of number: Int, from stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let frames = names.stacks.frames(of: stack)
    guard let last = frames.last else { return }
    let isDeep = frames.count >= GoTraceStacks.depthLimit
    guard !isDeep, !isPreempted(frames, bytes, &recording) else {
      for frame in frames
      where names.functionKind(names.stacks.frames[frame].function, bytes, &recording) == .program {
        goroutines.all[number].runsProgram = true
        break
      }
      return
    }
    let entry = names.string(names.stacks.frames[last].function, bytes, &recording)
    guard entry != .empty else { return }
    recording.tasks[goroutines.all[number].row].entry = entry
    goroutines.all[number].needsEntry = false
  }

  /// Whether the outermost frame stands right below the frames of the scheduler's interruption. A
  /// function that was stopped anywhere hides its caller, so that frame may not be the first one.
  private mutating func isPreempted(
    _ frames: Range<Int>, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard frames.count > 1 else { return false }
    let inner = names.stacks.frames[frames.upperBound - 2]
    return names.functionKind(inner.function, bytes, &recording) == .preemption
  }
}

// MARK: - Annotations

extension GoTraceWalk {
  private mutating func annotate(
    _ event: GoTraceEvent, _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let a = arguments.a
    if current.isNone { strayEvents += 1 }
    switch event {
    case .userTaskBegin:
      userTasks.begins.append(
        GoTraceUserTasks.Begin(
          id: a, parent: arguments.b, name: names.strings.row(arguments.c),
          stack: stack(arguments.d, of: current.number, bytes, &recording), time: time,
          goroutine: current.row))
    case .userTaskEnd:
      _ = stack(arguments.b, of: current.number, bytes, &recording)
      userTasks.ends.append(GoTraceUserTasks.End(id: a, time: time, goroutine: current.row))
    case .userRegionBegin, .userRegionEnd:
      let kind: GoTraceStep.Kind = event == .userRegionBegin ? .regionBegin : .regionEnd
      guard !current.isNone else { return }
      act(kind, time, string: arguments.b, stack: arguments.c, bytes, &recording)
      steps[steps.count - 1].stack = UInt32(truncatingIfNeeded: regionTasks.count)
      regionTasks.append(a)
    default:
      _ = stack(arguments.d, of: current.number, bytes, &recording)
      let log = UserLog(
        task: current.row, userTask: a,
        category: names.string(names.strings.row(arguments.b), bytes, &recording),
        value: names.string(names.strings.row(arguments.c), bytes, &recording), time: time)
      recording.logs.append(log)
      if let span = LoggedSpan(log, recording.strings) { recording.loggedSpans.append(span) }
    }
  }
}
