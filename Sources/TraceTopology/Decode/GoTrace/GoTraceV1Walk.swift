/// Reads the events of a trace of format v1 in the order of `GoTraceV1Merge` and lives them again.
///
/// In front of the first `Gomaxprocs` stands what was alive before the trace: for each goroutine a
/// creation, which was none, then its state unless it could run at once.
///
/// Where no order exists, each P is read on alone: who created whom, logs, user tasks and ends are
/// true without one. States, waits and regions are not, and are left out.
struct GoTraceV1Walk: Sendable {
  var replay: GoTraceReplay
  private(set) var userTasks = GoTraceUserTasks()
  /// Events that say what cannot be.
  private(set) var strayEvents = 0
  /// Stacks that events name and the file lacks.
  private(set) var missingStacks = 0
  /// Events that stand behind later ones.
  private(set) var lateEvents = 0
  /// Events that no order reaches, and the place of the first one.
  private(set) var unorderedEvents = 0
  private(set) var firstUnordered: UInt64 = 0

  private let clock: GoTraceClock
  /// For each event the row of the text that says why it blocks.
  private let reasons: [UInt32]
  private var merge: GoTraceV1Merge
  private var isBeforeTrace = true
  /// The goroutines that were alive before the trace.
  private var announced: [Int] = []
  private var isOrdered = true
  /// The time of the event read last, in units of the clock.
  private var now: UInt64 = 0

  init(
    replay: GoTraceReplay, clock: GoTraceClock, reasons: [UInt32], merge: GoTraceV1Merge
  ) {
    self.clock = clock
    self.reasons = reasons
    self.merge = merge
    self.replay = replay
    self.replay.scribe.origin = clock.isKnown ? Timestamp(0) : .unknown
  }

  mutating func run(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    now = merge.first
    while let moment = merge.next(bytes) {
      if moment.ticks < now { lateEvents += 1 }
      now = max(now, moment.ticks)
      if moment.isBehindHole { forget(moment, bytes, &recording) }
      apply(moment, bytes, &recording)
    }
    if isBeforeTrace { beginTrace(bytes, &recording) }
    guard let place = merge.firstUnordered else { return }
    firstUnordered = place
    isOrdered = false
    replay.forgetAll(bytes, &recording)
    for lane in merge.lanes.indices {
      while let moment = merge.nextUnordered(of: lane, bytes) {
        unorderedEvents += 1
        now = moment.ticks
        apply(moment, bytes, &recording)
      }
    }
  }

  mutating func settle(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    userTasks.settle(&replay.lives, &replay.scribe.names, bytes, &recording)
  }

  /// The times of the first and the last event.
  var extent: (first: Timestamp, last: Timestamp) {
    merge.first > merge.last ? (.unknown, .unknown) : (time(merge.first), time(merge.last))
  }

  /// Nanoseconds since the first event: the file knows no other clock.
  private func time(_ ticks: UInt64) -> Timestamp {
    guard clock.isKnown else { return .unknown }
    return Timestamp(ticks > merge.first ? clock.span(ticks - merge.first) : 0)
  }

  private var time: Timestamp { time(now) }
}

// MARK: - Events

extension GoTraceV1Walk {
  private mutating func apply(
    _ moment: GoTraceV1Moment, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let record = moment.record
    switch moment.event {
    case .processors: if isBeforeTrace { beginTrace(bytes, &recording) }
    case .goCreate: create(moment, bytes, &recording)
    case .goStart, .goStartLocal: enter(record.a, .start, .running, bytes, &recording)
    case .goStartLabel:
      enter(record.a, .start, .running, bytes, &recording)
      label(moment, bytes, &recording)
    case .goWaiting: enter(record.a, .block, .waiting, bytes, &recording)
    case .goInSyscall: enter(record.a, .syscallBegin, .syscall, bytes, &recording)
    case .goUnblock: unblock(moment, stack: record.c, bytes, &recording)
    case .goUnblockLocal: unblock(moment, stack: record.b, bytes, &recording)
    case .goSched, .goPreempt: act(.stop, moment.current, time, bytes, &recording)
    case .goSysBlock:
      // Whether a call blocks shows here only; it began before.
      act(.syscallBegin, moment.current, time(moment.call ?? now), bytes, &recording)
    case .goSysExit: exitSyscall(record.a, at: record.c, bytes, &recording)
    case .goSysExitLocal: exitSyscall(record.a, at: record.b, bytes, &recording)
    case .goEnd: act(.end, moment.current, time, bytes, &recording)
    case .userTaskCreate, .userTaskEnd, .userRegion, .userLog:
      annotate(moment, bytes, &recording)
    default:
      guard moment.event.blockReason != nil else { return }
      act(
        .block, moment.current, time, string: reasons[Int(moment.event.rawValue)],
        stack: stack(record.a), bytes, &recording)
    }
  }

  /// The trace begins: whatever has not shown its state by now was ready to run.
  private mutating func beginTrace(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    isBeforeTrace = false
    for number in announced where replay.lives.slots[number].state == .unknown {
      var step = GoTraceStep(time: time, sequence: 0, kind: .status)
      step.state = .runnable
      replay.live(step, ofOrdered: number, bytes, &recording)
    }
  }

  /// Events of a goroutine are missing; if it is the first one, perhaps the beginning of the trace.
  private mutating func forget(
    _ moment: GoTraceV1Moment, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    if isBeforeTrace { beginTrace(bytes, &recording) }
    let id = GoTraceV1Order.moved(by: moment.event, moment.record, current: moment.current)
    guard let number = goroutine(id, bytes, &recording) else { return }
    replay.forget(number, bytes, &recording)
  }

  /// The row of a stack.
  private mutating func stack(_ id: UInt64) -> UInt32 {
    let row = replay.scribe.names.stacks.row(id)
    if id != 0, row == 0 { missingStacks += 1 }
    return row
  }

  /// The number of a goroutine that an event names.
  private mutating func goroutine(
    _ id: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Int? {
    guard GoTraceLives.isGoroutine(id) else {
      strayEvents += 1
      return nil
    }
    return replay.mention(id, bytes, &recording)
  }

  /// The row of the goroutine that runs on a P; `none` if none does.
  private mutating func row(
    _ current: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> TaskIndex {
    guard GoTraceLives.isGoroutine(current) else { return .none }
    let number = replay.mention(current, bytes, &recording)
    return replay.lives.slots[number].row
  }

  /// Something that happens to a goroutine. Without an order only its end counts.
  private mutating func act(
    _ kind: GoTraceStep.Kind, _ id: UInt64, _ time: Timestamp, string: UInt32 = 0,
    stack: UInt32 = 0, other: TaskIndex = .none, userTask: UInt64 = 0, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    guard let number = goroutine(id, bytes, &recording) else { return }
    guard isOrdered || kind == .end else { return }
    replay.live(
      GoTraceStep(
        time: time, sequence: 0, string: string, stack: stack, other: other,
        kind: kind, userTask: userTask), ofOrdered: number, bytes, &recording)
  }

  /// An event that takes a goroutine into a state, or states that it was in it before the trace.
  private mutating func enter(
    _ id: UInt64, _ kind: GoTraceStep.Kind, _ state: TaskState, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    guard isBeforeTrace, isOrdered else { return act(kind, id, time, bytes, &recording) }
    guard let number = goroutine(id, bytes, &recording) else { return }
    guard replay.lives.slots[number].state == .unknown else {
      return act(kind, id, time, bytes, &recording)
    }
    var step = GoTraceStep(time: time, sequence: 0, kind: .status)
    step.state = state
    replay.live(step, ofOrdered: number, bytes, &recording)
  }

  private mutating func unblock(
    _ moment: GoTraceV1Moment, stack id: UInt64, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let waker = row(moment.current, bytes, &recording)
    act(
      .unblock, moment.record.a, time, stack: stack(id), other: waker, bytes, &recording)
  }

  /// A call is over when the event says so itself; it is written when the goroutine has found a P.
  private mutating func exitSyscall(
    _ id: UInt64, at ticks: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard let number = goroutine(id, bytes, &recording), isOrdered else { return }
    let life = replay.lives.slots[number]
    if life.state != .syscall, life.state != .unknown { strayEvents += 1 }
    var end = ticks == 0 ? time : time(ticks)
    if let early = end.since(life.since), early < 0 {
      lateEvents += 1
      end = life.since
    }
    act(.syscallEndBlocked, id, end, bytes, &recording)
  }

  private mutating func create(
    _ moment: GoTraceV1Moment, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard let number = goroutine(moment.record.a, bytes, &recording) else { return }
    let entry = stack(moment.record.b)
    let stackRow = stack(moment.record.c)
    guard !replay.lives.slots[number].isCreated else {
      strayEvents += 1
      return
    }
    if isBeforeTrace, moment.current == 0 {
      announced.append(number)
      recording.tasks.setCreation(replay.lives.slots[number].row, .before)
      // The runtime's name for the main goroutine's first function says less than ours.
      guard replay.lives.slots[number].needsEntry else { return }
      replay.lives.noteEntry(entry, of: number, &replay.scribe.names, bytes, &recording)
      return
    }
    let creator = row(moment.current, bytes, &recording)
    let creation = GoTraceCreation(
      time: time, creator: creator,
      kind: GoTraceCreation.kind(by: creator, stack: moment.record.c, .runnable), entry: entry,
      stack: stackRow)
    replay.lives.note(creation, of: number, &replay.scribe.names, bytes, &recording)
    guard isOrdered else { return }
    var step = GoTraceStep(time: time, sequence: 0, kind: .create)
    step.state = .runnable
    replay.live(step, ofOrdered: number, bytes, &recording)
  }
}

// MARK: - Annotations

extension GoTraceV1Walk {
  /// The runtime labels goroutines of its own: workers of the garbage collector, by how they work.
  private mutating func label(
    _ moment: GoTraceV1Moment, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let row = row(moment.record.a, bytes, &recording)
    guard !row.isNone else { return }
    let text = replay.scribe.names.string(
      replay.scribe.names.strings.row(moment.record.c), bytes, &recording)
    replay.lives.note(label: text, at: time, of: row)
  }

  private mutating func annotate(
    _ moment: GoTraceV1Moment, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let record = moment.record
    switch moment.event {
    case .userTaskCreate:
      userTasks.begins.append(
        GoTraceUserTasks.Begin(
          id: record.a, parent: record.b, name: replay.scribe.names.strings.row(record.c),
          stack: stack(record.d), time: time, goroutine: row(moment.current, bytes, &recording)))
    case .userTaskEnd:
      userTasks.ends.append(
        GoTraceUserTasks.End(
          id: record.a, time: time, goroutine: row(moment.current, bytes, &recording)))
    case .userRegion:
      act(
        record.b == 0 ? .regionBegin : .regionEnd, moment.current, time,
        string: replay.scribe.names.strings.row(record.c), userTask: record.a, bytes, &recording)
    default:
      let log = UserLog(
        task: row(moment.current, bytes, &recording), userTask: record.a,
        category: replay.scribe.names.string(
          replay.scribe.names.strings.row(record.b), bytes, &recording),
        value: recording.strings.intern(bytes.extracting(record.text)), time: time)
      recording.logs.append(log)
      if let span = LoggedSpan(log, recording.strings) { recording.loggedSpans.append(span) }
    }
  }
}
