/// Lives the steps of goroutines and writes down what follows: states, waits, stretches of running,
/// regions, ends.
struct GoTraceScribe: Sendable {
  /// A region that has begun on some goroutine and not ended yet.
  struct OpenRegion: Sendable {
    /// Row of `Recording.regions`.
    var region: Int
    /// The region around it, `.max` if it is the outermost.
    var outer: UInt32
  }

  var names: GoTraceNames
  /// Since when a state holds that the first status of a goroutine in this generation states.
  var origin = Timestamp.unknown
  /// Whether waits and stretches of running are written down, or waits just counted.
  private(set) var keepsHistory: Bool
  /// Steps that do not follow on from the ones before.
  var misfits = 0
  /// Goroutines that turn up alive without their creation.
  private(set) var strangers = 0
  var openRegions: [OpenRegion] = []

  init(names: GoTraceNames, keepsHistory: Bool) {
    self.names = names
    self.keepsHistory = keepsHistory
  }

  /// One that writes down what this one would, and knows nothing yet.
  init(_ other: GoTraceScribe) { self.init(names: .none, keepsHistory: other.keepsHistory) }

  /// Starts a generation with its own names.
  mutating func beginGeneration(_ names: GoTraceNames) {
    self.names = names
    misfits = 0
    strangers = 0
  }

  /// Writes no history from here on, and strikes out what is written of it.
  mutating func dropHistory(_ recording: inout Recording) {
    keepsHistory = false
    recording.waits.strike()
    recording.runs = RunTable()
    recording.systemCalls = RunTable()
  }

  /// Lives one step that is known to come next.
  @inline(__always)
  mutating func follow(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let time = step.time
    switch step.kind {
    case .status: adopt(step, &life, bytes, &recording)
    case .create: create(step, &life)
    case .callback:
      flush(&life, &recording)
      life.row = step.other
      life.state = .unknown
      life.enter(.syscall, time)
      life.stretch = time
    case .start: start(time, &life, bytes, &recording)
    case .unblock: wake(step, isSwitch: false, &life, bytes, &recording)
    case .switchIn:
      wake(step, isSwitch: true, &life, bytes, &recording)
      start(time, &life, bytes, &recording)
    case .stop, .syscallEndBlocked:
      endSystemCall(time, life, &recording)
      endRun(time, &life, &recording)
      life.enter(.runnable, time)
    case .block, .switchAway: block(step, &life, bytes, &recording)
    case .end: end(time, &life, &recording)
    case .syscallBegin: life.enter(.syscall, time)
    case .syscallEnd:
      endSystemCall(time, life, &recording)
      life.enter(.running, time)
    case .regionBegin: beginRegion(step, &life, bytes, &recording)
    case .regionEnd: endRegion(step, &life, bytes, &recording)
    }
  }

  /// The state is unknown from here on; what was going on ended at a time that nobody knows.
  mutating func forget(
    _ life: inout GoTraceLife, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    if life.state == .waiting {
      profileCutWait(&life, bytes, &recording)
      endWait(.unknown, by: .none, .none, &life, bytes, &recording)
    }
    endRun(.unknown, &life, &recording)
    life.state = .unknown
    life.since = .unknown
    life.stretch = .unknown
  }

  /// Looks up why and where a goroutine waits, while the generation that says so is at hand.
  mutating func readWait(
    _ life: inout GoTraceLife, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard life.isWaitUnread else { return }
    life.isWaitUnread = false
    life.waitReason = names.string(life.waitString, bytes, &recording)
    life.block = names.blockKind(life.waitString, bytes, &recording)
    life.waitSite = names.waitSite(life.waitStack, bytes, &recording)
  }

  /// Writes down a wait that lasts until the end of the trace: there are no more of them than tasks
  /// alive.
  func endWait(_ life: inout GoTraceLife, _ recording: inout Recording) {
    let kind = recording.waitProfile.row(
      WaitProfile.Key(
        process: recording.tasks.process(life.row), reason: life.waitReason, site: life.waitSite,
        wakerSite: .none, wakerEntry: .empty, isByTask: false))
    recording.waitProfile.note(nil, in: kind)
    recording.waits.append(
      task: life.row, since: life.stretch, until: .unknown, reason: life.waitReason,
      site: life.waitSite, by: .none, handoff: .none)
  }

  /// Writes down the time that a goroutine has spent so far.
  func flush(_ life: inout GoTraceLife, _ recording: inout Recording) {
    for (state, span) in [
      (TaskState.running, life.spent.running), (.runnable, life.spent.runnable),
      (.waiting, life.spent.waiting), (.syscall, life.spent.syscall),
    ] where span > 0 {
      recording.tasks.add(life.row, state, span)
    }
    life.spent = TaskTime()
  }
}

extension GoTraceLife {
  @inline(__always)
  fileprivate mutating func enter(_ next: TaskState, _ time: Timestamp) {
    if state != .unknown, let span = time.since(since), span > 0 { spent.add(state, span) }
    state = next
    since = time
  }

  @inline(__always)
  fileprivate mutating func clearWait() {
    block = .other
    waitReason = .empty
    waitSite = .none
    isWaitUnread = false
  }
}

// MARK: - States

extension GoTraceScribe {
  private mutating func adopt(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    guard life.state != step.state else { return }
    if life.state != .unknown {
      misfits += 1
      if life.state == .ended { return }
      forget(&life, bytes, &recording)
    } else if life.epochBefore == 0 {
      strangers += 1
      // Only the first generation shows what was alive before it; later on a creation is lost.
      if life.epoch == 1, !life.isCreated { recording.tasks.setCreation(life.row, .before) }
    }
    life.state = step.state
    life.since = origin
    life.stretch = origin
    guard step.state == .waiting else { return }
    // It fell asleep at some time before; only its stack says where.
    life.stretch = .unknown
    life.clearWait()
    life.waitSite = names.waitSite(step.stack, bytes, &recording)
  }

  @inline(__always)
  private func create(_ step: GoTraceStep, _ life: inout GoTraceLife) {
    life.state = .unknown
    life.enter(step.state, step.time)
    life.stretch = step.time
    life.clearWait()
  }

  @inline(__always)
  private mutating func start(
    _ time: Timestamp, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    if life.state != .runnable, life.state != .unknown {
      misfits += 1
      if life.state == .ended { return }
      forget(&life, bytes, &recording)
    }
    life.enter(.running, time)
    life.stretch = time
  }

  @inline(__always)
  private mutating func block(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    endRun(step.time, &life, &recording)
    life.enter(.waiting, step.time)
    life.stretch = step.time
    life.waitString = step.string
    life.waitStack = step.stack
    life.isWaitUnread = true
  }

  @inline(__always)
  private mutating func wake(
    _ step: GoTraceStep, isSwitch: Bool, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    if life.state == .ended {
      misfits += 1
      return
    }
    if life.state != .waiting {
      if life.state != .unknown { misfits += 1 }
      forget(&life, bytes, &recording)
      life.clearWait()
    }
    profileWait(until: step.time, step, &life, bytes, &recording)
    var handoff = Handoff.none
    if keepsHistory {
      readWait(&life, bytes, &recording)
      if isSwitch {
        handoff = .coroutine
      } else if !step.other.isNone {
        let waker = names.topKind(step.stack, bytes, &recording)
        handoff = Handoff(sleeper: life.block, waker: waker)
      }
    }
    endWait(step.time, by: step.other, handoff, &life, bytes, &recording)
    life.enter(.runnable, step.time)
  }

  @inline(__always)
  private mutating func endWait(
    _ time: Timestamp, by waker: TaskIndex, _ handoff: Handoff, _ life: inout GoTraceLife,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard keepsHistory else {
      recording.waits.skip()
      return
    }
    readWait(&life, bytes, &recording)
    recording.waits.append(
      task: life.row, since: life.stretch, until: time, reason: life.waitReason,
      site: life.waitSite, by: waker, handoff: handoff)
  }

  @inline(__always)
  func endSystemCall(_ time: Timestamp, _ life: GoTraceLife, _ recording: inout Recording) {
    guard keepsHistory, life.state == .syscall else { return }
    recording.systemCalls.append(task: life.row, start: life.since, end: time)
  }

  @inline(__always)
  private func endRun(
    _ time: Timestamp, _ life: inout GoTraceLife, _ recording: inout Recording
  ) {
    guard keepsHistory, life.isOnThread else { return }
    recording.runs.append(task: life.row, start: life.stretch, end: time)
  }

  @inline(__always)
  private mutating func end(
    _ time: Timestamp, _ life: inout GoTraceLife, _ recording: inout Recording
  ) {
    guard life.state != .ended else {
      misfits += 1
      return
    }
    endSystemCall(time, life, &recording)
    endRun(time, &life, &recording)
    life.enter(.ended, time)
    life.openRegion = .max
    // Of calls from C only the last one tells.
    recording.tasks.end(
      life.row, at: time, after: life.spent, isSystem: life.isSystem && !life.isCallback)
    life.spent = TaskTime()
  }
}
