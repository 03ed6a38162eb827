/// Reads the events of one generation, all threads side by side.
///
/// Which goroutine an event belongs to follows from its thread's own events alone, within one
/// generation: a status event stands before the first event that needs it. What happens to a
/// goroutine in which order takes the events of all threads: they are read by time, which is nearly
/// that order, and `GoTraceReplay` sees to the rest.
struct GoTraceWalk: Sendable {
  /// A thread is read so many nanoseconds ahead before the next one has its turn. Turns cost time; a
  /// step that depends on one of another thread within this time is held until that is read.
  private static let lead: Int64 = 10_000

  var replay: GoTraceReplay
  let clock: GoTraceClock
  /// See `GoTraceVersion.argumentCounts`.
  let argumentCounts: [UInt8]

  private(set) var userTasks = GoTraceUserTasks()
  private var foundProblems: [(rank: Int, problem: GoTraceProblem)] = []
  private(set) var first = Timestamp.unknown
  private(set) var last = Timestamp.unknown
  private(set) var eventCount = 0
  /// Events that cannot be where they stand: mostly those that need a goroutine while it is unknown
  /// which one runs.
  private(set) var strayEvents = 0
  /// Stacks that events name and the generation lacks.
  private(set) var missingStacks = 0

  private let batches: [GoTraceBatch]
  private let chains: GoTraceBatchChains
  private var threads: [GoTraceThread] = []
  private var queue = GoTraceThreadQueue()
  /// The thread that is being read.
  private var thread = GoTraceThread(id: GoTraceBatch.noThread, rank: 0, batch: -1)

  init(
    _ batches: [GoTraceBatch], replay: GoTraceReplay, clock: GoTraceClock,
    argumentCounts: [UInt8]
  ) {
    self.batches = batches
    self.replay = replay
    self.clock = clock
    self.argumentCounts = argumentCounts
    chains = GoTraceBatchChains(batches)
  }

  /// The threads of the generation.
  var threadIDs: [UInt64] { chains.threads.ids.filter { $0 != GoTraceBatch.noThread } }

  /// What is wrong, thread by thread.
  var problems: [GoTraceProblem] {
    foundProblems.indices.sorted {
      (foundProblems[$0].rank, $0) < (foundProblems[$1].rank, $1)
    }.map { foundProblems[$0].problem }
  }

  /// Reads all events.
  mutating func run(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    findOrigin(bytes)
    for rank in chains.first.indices {
      threads.append(
        GoTraceThread(id: chains.threads.ids[rank], rank: rank, batch: chains.first[rank]))
      queue.push(rank, at: batches[chains.first[rank]].sortTime(clock))
    }
    while let rank = queue.first {
      thread = threads[rank]
      let next = read(until: queue.limit.addingSaturated(Self.lead), bytes, &recording)
      threads[rank] = thread
      if let next { queue.moveFirst(to: next.nanoseconds) } else { queue.removeFirst() }
    }
    replay.endGeneration(bytes, &recording)
  }

  /// Finds the time of the first event of all.
  private mutating func findOrigin(_ bytes: Span<UInt8>) {
    var origin = Timestamp.unknown
    for batch in batches where batch.kind == .events {
      var cursor = ByteCursor(batch.payload)
      let id = cursor.byte(bytes)
      guard argumentCounts[Int(id)] != GoTraceSpec.invalid else { continue }
      let time = clock.moment(batch.time).shifted(by: clock.span(cursor.varint(bytes)))
      for _ in 0..<argumentCounts[Int(id)] { _ = cursor.varint(bytes) }
      guard cursor.failure == nil, time.isKnown else { continue }
      if !origin.isKnown || time.nanoseconds < origin.nanoseconds { origin = time }
    }
    replay.scribe.origin = origin
  }

  /// Reads on in the thread at hand; gives the time of its next event if that is behind `limit`,
  /// `nil` at its end.
  private mutating func read(
    until limit: Int64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Timestamp? {
    while thread.batch >= 0 {
      if !thread.isInside {
        guard batches[thread.batch].kind != .hole else {
          thread.current = GoTraceCurrent()
          thread.batch = chains.next[thread.batch]
          continue
        }
        thread.isInside = true
        thread.cursor = ByteCursor(batches[thread.batch].payload)
        thread.time = clock.moment(batches[thread.batch].time)
        thread.earliest = .unknown
      }
      if let next = readBatch(until: limit, bytes, &recording) { return next }
      if thread.earliest.isKnown { widen(thread.earliest, thread.time) }
      thread.isInside = false
      thread.batch = chains.next[thread.batch]
    }
    return nil
  }

  /// Reads on in the batch at hand; gives the time of its next event if that is behind `limit`,
  /// `nil` at its end. The frequent events are the same in all versions.
  @inline(__always)
  private mutating func readBatch(
    until limit: Int64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Timestamp? {
    var cursor = thread.cursor
    var time = thread.time
    var count = 0
    while !cursor.isAtEnd {
      let start = cursor
      let id = cursor.byte(bytes)
      let next = time.shifted(by: clock.span(cursor.varint(bytes)))
      guard next.nanoseconds <= limit else {
        thread.cursor = start
        thread.time = time
        note(count)
        return next
      }
      let isPossible: Bool
      switch id {
      case GoTraceEvent.goStart.rawValue:
        let goroutine = cursor.varint(bytes)
        let sequence = cursor.varint(bytes)
        isPossible =
          cursor.failure == nil && self.start(goroutine, sequence, next, bytes, &recording)
      case GoTraceEvent.goBlock.rawValue:
        let reason = cursor.varint(bytes)
        let stack = cursor.varint(bytes)
        isPossible =
          cursor.failure == nil && block(reason: reason, stack: stack, next, bytes, &recording)
      case GoTraceEvent.goUnblock.rawValue:
        let goroutine = cursor.varint(bytes)
        let sequence = cursor.varint(bytes)
        let stack = cursor.varint(bytes)
        isPossible =
          cursor.failure == nil
          && unblock(goroutine, sequence, stack: stack, next, bytes, &recording)
      case GoTraceEvent.goCreate.rawValue:
        let goroutine = cursor.varint(bytes)
        let entry = cursor.varint(bytes)
        let stack = cursor.varint(bytes)
        isPossible =
          cursor.failure == nil
          && create(goroutine, entry: entry, stack: stack, .runnable, next, bytes, &recording)
      case GoTraceEvent.goDestroy.rawValue:
        isPossible = cursor.failure == nil && end(next, bytes, &recording)
      default:
        var rest = cursor
        isPossible = readOther(id, &rest, next, bytes, &recording)
        cursor = rest
      }
      guard isPossible else {
        if refuse(id, at: start.offset, cursor, next) { time = next }
        break
      }
      time = next
      if count == 0, !thread.earliest.isKnown { thread.earliest = time }
      count += 1
    }
    thread.time = time
    note(count)
    return nil
  }

  /// Counts events that were read.
  @inline(__always)
  private mutating func note(_ count: Int) { eventCount += count }

  /// Reports an event that cannot be, and skips the rest of its batch. False if it is not even known.
  @inline(never)
  private mutating func refuse(
    _ id: UInt8, at position: Int, _ cursor: ByteCursor, _ time: Timestamp
  ) -> Bool {
    if argumentCounts[Int(id)] == GoTraceSpec.invalid {
      report("unknown-event", position, "event \(id) is unknown; rest of the batch skipped")
      return false
    }
    guard cursor.failure == nil else {
      if !batches[thread.batch].isCut {
        report("malformed-batch", position, "event \(id) is cut; rest of the batch skipped")
      }
      return true
    }
    note(1)
    if !thread.earliest.isKnown { thread.earliest = time }
    report("malformed-batch", position, "event \(id) is impossible; rest of the batch skipped")
    return true
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

  /// Some events of the thread are lost: nobody knows what it runs until an event says so.
  private mutating func report(_ code: String, _ position: Int, _ message: String) {
    let offset = batches[thread.batch].fileOffset(of: position)
    foundProblems.append(
      (thread.rank, GoTraceProblem(code: code, offset: offset, message: message)))
    thread.current = GoTraceCurrent()
  }

  /// Reads an event that is not among the frequent ones. False if it cannot be what it says.
  @inline(never)
  private mutating func readOther(
    _ id: UInt8, _ cursor: inout ByteCursor, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    let count = argumentCounts[Int(id)]
    guard count != GoTraceSpec.invalid else { return false }
    var arguments = Arguments()
    if count > 0 { arguments.a = cursor.varint(bytes) }
    if count > 1 { arguments.b = cursor.varint(bytes) }
    if count > 2 { arguments.c = cursor.varint(bytes) }
    if count > 3 { arguments.d = cursor.varint(bytes) }
    guard cursor.failure == nil else { return false }
    guard let event = GoTraceEvent(rawValue: id) else { return true }
    return apply(event, arguments, time, bytes, &recording)
  }

  private mutating func apply(
    _ event: GoTraceEvent, _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    let a = arguments.a
    switch event {
    case .goStop: leave(.stop, time, stack: arguments.b, bytes, &recording)
    case .goSyscallBegin: act(.syscallBegin, time, stack: arguments.b, bytes, &recording)
    case .goSyscallEnd: act(.syscallEnd, time, bytes, &recording)
    case .goSyscallEndBlocked: leave(.syscallEndBlocked, time, bytes, &recording)
    case .goCreateBlocked:
      return create(
        a, entry: arguments.b, stack: arguments.c, .waiting, time, bytes, &recording)
    case .goDestroySyscall: leave(.end, time, bytes, &recording)
    case .goStatus: return status(a, arguments.b, arguments.c, stack: 0, time, bytes, &recording)
    case .goStatusStack:
      return status(a, arguments.b, arguments.c, stack: arguments.d, time, bytes, &recording)
    case .goSwitch: return switchTo(a, arguments.b, leaving: .switchAway, time, bytes, &recording)
    case .goSwitchDestroy: return switchTo(a, arguments.b, leaving: .end, time, bytes, &recording)
    case .goCreateSyscall: return createCallback(a, time, bytes, &recording)
    case .userTaskBegin, .userTaskEnd, .userRegionBegin, .userRegionEnd, .userLog:
      annotate(event, arguments, time, bytes, &recording)
    default: break  // Processors, the garbage collector and metrics: not needed here.
    }
    return true
  }
}

extension GoTraceBatch {
  /// What orders batches of several threads.
  fileprivate func sortTime(_ clock: GoTraceClock) -> Int64 { clock.moment(time).nanoseconds }
}

// MARK: - Scheduling

extension GoTraceWalk {
  @inline(__always)
  private mutating func setCurrent(_ slot: Int, _ sequence: UInt64) {
    thread.current = GoTraceCurrent(
      slot: slot, row: replay.lives.slots[slot].row, sequence: UInt32(clamping: sequence))
  }

  /// The slot of the goroutine that the thread runs; it may have ended on another thread if the log is
  /// damaged, and something else be in its slot.
  @inline(__always)
  private mutating func currentSlot(_ bytes: Span<UInt8>, _ recording: inout Recording) -> Int {
    let current = thread.current
    if replay.lives.slots[current.slot].row == current.row { return current.slot }
    return returnToCurrent(bytes, &recording)
  }

  @inline(never)
  private mutating func returnToCurrent(
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Int {
    let id = recording.tasks.number(thread.current.row) ?? 0
    thread.current.slot = replay.mention(id, bytes, &recording)
    thread.current.row = replay.lives.slots[thread.current.slot].row
    return thread.current.slot
  }

  @inline(__always)
  private mutating func take(
    _ step: GoTraceStep, of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    replay.take(step, of: slot, thread: thread.rank, bytes, &recording)
  }

  @inline(never)
  private mutating func start(
    _ id: UInt64, _ sequence: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    if !thread.current.isNone { strayEvents += 1 }
    let slot = replay.mention(id, bytes, &recording)
    setCurrent(slot, sequence)
    take(
      GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .start), of: slot, bytes,
      &recording)
    return true
  }

  /// Something that the current goroutine does, if it is known which one that is.
  @inline(__always)
  private mutating func act(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    userTask: UInt64 = 0, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard !thread.current.isNone else {
      strayEvents += 1
      return
    }
    let slot = currentSlot(bytes, &recording)
    let stackRow = self.stack(stack, of: slot, bytes, &recording)
    take(
      GoTraceStep(
        time: time, sequence: thread.current.sequence,
        string: string == 0 ? 0 : replay.scribe.names.strings.row(string), stack: stackRow,
        kind: kind, userTask: userTask), of: slot, bytes, &recording)
  }

  /// Something that takes the current goroutine off its thread.
  @inline(__always)
  private mutating func leave(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    act(kind, time, string: string, stack: stack, bytes, &recording)
    thread.current = GoTraceCurrent()
  }

  @inline(never)
  private mutating func block(
    reason: UInt64, stack: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    leave(.block, time, string: reason, stack: stack, bytes, &recording)
    return true
  }

  @inline(never)
  private mutating func end(
    _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    leave(.end, time, bytes, &recording)
    return true
  }

  @inline(never)
  private mutating func unblock(
    _ id: UInt64, _ sequence: UInt64, stack: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .unblock)
    step.stack = stackOfCurrent(stack, bytes, &recording)
    step.other = thread.current.row
    take(step, of: slot, bytes, &recording)
    return true
  }

  private mutating func switchTo(
    _ id: UInt64, _ sequence: UInt64, leaving kind: GoTraceStep.Kind, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let waker = thread.current.row
    act(kind, time, bytes, &recording)
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .switchIn)
    step.other = waker
    setCurrent(slot, sequence)
    take(step, of: slot, bytes, &recording)
    return true
  }

  private mutating func status(
    _ id: UInt64, _ holder: UInt64, _ code: UInt64, stack: UInt64, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    let states: [TaskState] = [.unknown, .runnable, .running, .syscall, .waiting]
    guard GoTraceLives.isGoroutine(id), code >= 1, code <= 4 else { return false }
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: 0, kind: .status)
    step.state = states[Int(code)]
    step.stack = self.stack(stack, of: slot, bytes, &recording)
    // The runtime as a whole states what goroutines do on other threads.
    if step.state == .running, thread.id != GoTraceBatch.noThread { setCurrent(slot, 0) }
    if step.state == .syscall, holder == thread.id { setCurrent(slot, 0) }
    take(step, of: slot, bytes, &recording)
    return true
  }
}

// MARK: - Creation

extension GoTraceWalk {
  @inline(never)
  private mutating func create(
    _ id: UInt64, entry: UInt64, stack: UInt64, _ state: TaskState, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let creation = GoTraceCreation(
      time: time, creator: thread.current.row, entry: replay.scribe.names.stacks.row(entry),
      stack: replay.scribe.names.stacks.row(stack))
    let slot: Int
    let unknown = replay.lives.unknownOrigin(&recording)
    if let birth = replay.scribe.names.birth(creation, before: unknown),
      let born = replay.lives.born(id, birth, creation, &recording)
    {
      slot = born
    } else {
      slot = replay.mention(id, bytes, &recording)
      let life = replay.lives.slots[slot]
      guard !life.isCreated, life.epochBefore == 0 else {
        strayEvents += 1
        return true
      }
      replay.lives.note(creation, of: slot, &replay.scribe.names, bytes, &recording)
    }
    _ = stackOfCurrent(stack, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: 0, kind: .create)
    step.state = state
    take(step, of: slot, bytes, &recording)
    return true
  }

  /// A thread of C calls into Go. The goroutine that carries the call keeps its id from call to
  /// call; each call is a task of its own.
  private mutating func createCallback(
    _ id: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let slot = replay.mention(id, bytes, &recording)
    let life = replay.lives.slots[slot]
    var row = life.row
    if life.isCreated || life.epochBefore != 0 {
      row = recording.tasks.append(
        TaskRecord(process: replay.lives.process, kind: .goroutine, number: id))
    }
    replay.lives.slots[slot].isCreated = true
    replay.lives.slots[slot].isCallback = true
    replay.lives.slots[slot].needsEntry = false
    recording.tasks[row].start = time
    var step = GoTraceStep(time: time, sequence: 0, kind: .callback)
    step.state = .syscall
    step.other = row
    take(step, of: slot, bytes, &recording)
    setCurrent(slot, 0)
    return true
  }

  /// The row of a stack of the goroutine that the thread runs, if it is known which one that is.
  @inline(__always)
  private mutating func stackOfCurrent(
    _ id: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> UInt32 {
    guard id != 0 else { return 0 }
    let slot = thread.current.isNone ? -1 : currentSlot(bytes, &recording)
    return stack(id, of: slot, bytes, &recording)
  }

  /// The row of a stack. It may tell what its owner runs: the outermost frame is what the goroutine
  /// began with, unless the stack is not whole.
  @inline(__always)
  private mutating func stack(
    _ id: UInt64, of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> UInt32 {
    guard id != 0 else { return 0 }
    let row = replay.scribe.names.stacks.row(id)
    if row == 0 { missingStacks += 1 }
    guard row != 0, slot >= 0, replay.lives.slots[slot].needsEntry else { return row }
    learnEntry(of: slot, from: row, bytes, &recording)
    return row
  }

  @inline(never)
  private mutating func learnEntry(
    of slot: Int, from stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let stacks = replay.scribe.names.stacks
    let frames = stacks.frames(of: stack)
    guard let last = frames.last else { return }
    let isDeep = frames.count >= GoTraceStacks.depthLimit
    guard !isDeep, !isPreempted(frames, bytes, &recording) else {
      for frame in frames
      where replay.scribe.names.functionKind(stacks.frames[frame].function, bytes, &recording)
        == .program
      {
        replay.lives.slots[slot].runsProgram = true
        break
      }
      return
    }
    let entry = replay.scribe.names.string(stacks.frames[last].function, bytes, &recording)
    guard entry != .empty else { return }
    replay.lives.setEntry(entry, of: slot, &recording)
  }

  /// Whether the outermost frame stands right below the frames of the scheduler's interruption. A
  /// function that was stopped anywhere hides its caller, so that frame may not be the first one.
  private mutating func isPreempted(
    _ frames: Range<Int>, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard frames.count > 1 else { return false }
    let inner = replay.scribe.names.stacks.frames[frames.upperBound - 2]
    return replay.scribe.names.functionKind(inner.function, bytes, &recording) == .preemption
  }
}

// MARK: - Annotations

extension GoTraceWalk {
  private mutating func annotate(
    _ event: GoTraceEvent, _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let a = arguments.a
    let row = thread.current.row
    if thread.current.isNone { strayEvents += 1 }
    switch event {
    case .userTaskBegin:
      userTasks.begins.append(
        GoTraceUserTasks.Begin(
          id: a, parent: arguments.b, name: replay.scribe.names.strings.row(arguments.c),
          stack: stackOfCurrent(arguments.d, bytes, &recording), time: time, goroutine: row))
    case .userTaskEnd:
      _ = stackOfCurrent(arguments.b, bytes, &recording)
      userTasks.ends.append(GoTraceUserTasks.End(id: a, time: time, goroutine: row))
    case .userRegionBegin, .userRegionEnd:
      guard !thread.current.isNone else { return }
      act(
        event == .userRegionBegin ? .regionBegin : .regionEnd, time, string: arguments.b,
        stack: arguments.c, userTask: a, bytes, &recording)
    default:
      _ = stackOfCurrent(arguments.d, bytes, &recording)
      log(arguments, time, bytes, &recording)
    }
  }

  private mutating func log(
    _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let names = replay.scribe.names
    let category = replay.scribe.names.string(names.strings.row(arguments.b), bytes, &recording)
    let value = replay.scribe.names.string(names.strings.row(arguments.c), bytes, &recording)
    let log = UserLog(
      task: thread.current.row, userTask: arguments.a, category: category, value: value, time: time)
    recording.logs.append(log)
    if let span = LoggedSpan(log, recording.strings) { recording.loggedSpans.append(span) }
  }
}
