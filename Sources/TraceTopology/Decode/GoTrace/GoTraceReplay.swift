/// Lives the steps of one generation again, goroutine by goroutine, and writes down what follows:
/// states, waits, stretches of running, regions, ends.
///
/// A numbered step (start, wake-up, switch) must carry the number after the one before; the first
/// one of a generation follows a status or a creation. Where that does not hold, steps are lost and
/// the state is unknown until a step states it: nothing is paired across the hole.
struct GoTraceReplay: Sendable {
  var goroutines: GoTraceGoroutines
  var names: GoTraceNames
  var regionTasks: [UInt64]
  /// Since when a state holds that the first status of a goroutine in this generation states.
  let origin: Timestamp
  /// A goroutine may be new here without its creation: the trace or, after a gap, the generation
  /// begins with it alive.
  let mayMeetStrangers: Bool

  /// Steps that do not follow on from the ones before.
  private(set) var misfits = 0

  private var number = 0
  private var life: GoTraceGoroutine
  private var anchor: UInt32?

  init(
    goroutines: GoTraceGoroutines, names: GoTraceNames, regionTasks: [UInt64], origin: Timestamp,
    mayMeetStrangers: Bool
  ) {
    self.goroutines = goroutines
    self.names = names
    self.regionTasks = regionTasks
    self.origin = origin
    self.mayMeetStrangers = mayMeetStrangers
    life = GoTraceGoroutine(row: .none, epoch: 0, epochBefore: 0, local: 0)
  }

  mutating func run(
    _ steps: [GoTraceStep], _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    var order = GoTraceOrder(steps, goroutines: goroutines.mentioned.count)
    for (local, mentioned) in goroutines.mentioned.enumerated() {
      let range = order.range(of: local)
      guard !range.isEmpty else { continue }
      number = Int(mentioned)
      life = goroutines.all[number]
      if life.isCallback { order.sortByTime(range, steps) }
      anchor = nil
      if goroutines.isStale(number), life.state != .ended { forget(&recording) }
      for index in range { live(steps[Int(order.order[index])], bytes, &recording) }
      goroutines.all[number] = life
    }
  }

  private mutating func live(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    checkPlace(step, &recording)
    follow(step, bytes, &recording)
  }

  private mutating func follow(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let time = step.time
    switch step.kind {
    case .status: adopt(step, bytes, &recording)
    case .create: create(step, &recording)
    case .callback:
      life.row = step.other
      life.state = .unknown
      enter(.syscall, time, &recording)
      life.stretch = time
    case .start: start(time, &recording)
    case .unblock: wake(step, isSwitch: false, bytes, &recording)
    case .switchIn:
      wake(step, isSwitch: true, bytes, &recording)
      start(time, &recording)
    case .stop, .syscallEndBlocked:
      endRun(time, &recording)
      enter(.runnable, time, &recording)
    case .block, .switchAway: block(step, bytes, &recording)
    case .end: end(time, &recording)
    case .syscallBegin: enter(.syscall, time, &recording)
    case .syscallEnd: enter(.running, time, &recording)
    case .regionBegin: beginRegion(step, bytes, &recording)
    case .regionEnd: endRegion(step, bytes, &recording)
    }
  }
}

// MARK: - One step at a time

extension GoTraceReplay {
  /// Lives one step of a goroutine whose steps come in the order of its life already; sequence
  /// numbers are not looked at.
  mutating func live(
    _ step: GoTraceStep, of number: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    self.number = number
    life = goroutines.all[number]
    follow(step, bytes, &recording)
    goroutines.all[number] = life
  }

  /// Nothing is known any more of what the goroutines do, except that some have ended.
  mutating func forgetAll(_ recording: inout Recording) {
    for number in goroutines.all.indices { forget(number, &recording) }
  }

  /// Nothing is known any more of what a goroutine does, unless it has ended.
  mutating func forget(_ number: Int, _ recording: inout Recording) {
    guard goroutines.all[number].state != .ended else { return }
    life = goroutines.all[number]
    forget(&recording)
    goroutines.all[number] = life
  }
}

// MARK: - States

extension GoTraceReplay {
  private var isOnThread: Bool { life.state == .running || life.state == .syscall }

  /// Checks that no step is missing before this one.
  private mutating func checkPlace(_ step: GoTraceStep, _ recording: inout Recording) {
    switch step.kind {
    case .status, .create, .callback: anchor = 0
    case .start, .unblock, .switchIn:
      if let anchor, step.sequence == anchor &+ 1 {
        self.anchor = step.sequence
      } else if !(life.isCallback && anchor != nil) {
        lose(step, &recording)
      }
    default:
      if anchor != step.sequence, !(life.isCallback && anchor != nil) { lose(step, &recording) }
    }
  }

  private mutating func lose(_ step: GoTraceStep, _ recording: inout Recording) {
    misfits += 1
    anchor = step.sequence
    if life.state != .ended { forget(&recording) }
  }

  /// The state is unknown from here on; what was going on ended at a time that nobody knows.
  private mutating func forget(_ recording: inout Recording) {
    if life.state == .waiting { endWait(.unknown, by: .none, .none, &recording) }
    if isOnThread { endRun(.unknown, &recording) }
    life.state = .unknown
    life.since = .unknown
    life.stretch = .unknown
  }

  private mutating func enter(
    _ state: TaskState, _ time: Timestamp, _ recording: inout Recording
  ) {
    if life.state != .unknown, let span = time.since(life.since), span > 0 {
      recording.tasks[life.row].time.add(life.state, span)
    }
    life.state = state
    life.since = time
  }

  private mutating func adopt(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard life.state != step.state else { return }
    if life.state != .unknown {
      misfits += 1
      if life.state == .ended { return }
      forget(&recording)
    } else if life.epochBefore == 0, !mayMeetStrangers {
      misfits += 1
    }
    life.state = step.state
    life.since = origin
    life.stretch = origin
    guard step.state == .waiting else { return }
    // It fell asleep at some time before; only its stack says where.
    life.stretch = .unknown
    life.block = .other
    life.waitReason = .empty
    life.waitSite = names.waitSite(step.stack, bytes, &recording)
  }

  private mutating func create(_ step: GoTraceStep, _ recording: inout Recording) {
    life.state = .unknown
    enter(step.state, step.time, &recording)
    life.stretch = step.time
    life.block = .other
    life.waitReason = .empty
    life.waitSite = .none
  }

  private mutating func start(_ time: Timestamp, _ recording: inout Recording) {
    if life.state == .ended {
      misfits += 1
      return
    }
    if life.state != .runnable, life.state != .unknown {
      misfits += 1
      forget(&recording)
    }
    enter(.running, time, &recording)
    life.stretch = time
  }

  private mutating func block(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    endRun(step.time, &recording)
    enter(.waiting, step.time, &recording)
    life.stretch = step.time
    life.waitReason = names.string(step.string, bytes, &recording)
    life.block = names.blockKind(step.string, bytes, &recording)
    life.waitSite = names.waitSite(step.stack, bytes, &recording)
  }

  private mutating func wake(
    _ step: GoTraceStep, isSwitch: Bool, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    if life.state == .ended {
      misfits += 1
      return
    }
    if life.state != .waiting {
      if life.state != .unknown { misfits += 1 }
      forget(&recording)
      life.block = .other
      life.waitReason = .empty
      life.waitSite = .none
    }
    var handoff = Handoff.none
    if isSwitch {
      handoff = .coroutine
    } else if !step.other.isNone {
      let waker = names.topKind(step.stack, bytes, &recording)
      handoff = Handoff(sleeper: life.block, waker: waker)
    }
    endWait(step.time, by: step.other, handoff, &recording)
    enter(.runnable, step.time, &recording)
  }

  private func endWait(
    _ time: Timestamp, by waker: TaskIndex, _ handoff: Handoff, _ recording: inout Recording
  ) {
    recording.waits.append(
      task: life.row, since: life.stretch, until: time, reason: life.waitReason,
      site: life.waitSite, by: waker, handoff: handoff)
  }

  private mutating func endRun(_ time: Timestamp, _ recording: inout Recording) {
    guard isOnThread else { return }
    recording.runs.append(task: life.row, start: life.stretch, end: time)
  }

  private mutating func end(_ time: Timestamp, _ recording: inout Recording) {
    guard life.state != .ended else {
      misfits += 1
      return
    }
    endRun(time, &recording)
    enter(.ended, time, &recording)
    life.openRegion = .max
    recording.tasks[life.row].end = time
    recording.tasks[life.row].outcome = .ended
    recording.tasks[life.row].lastState = .ended
  }
}

// MARK: - Regions

extension GoTraceReplay {
  private mutating func beginRegion(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    goroutines.openRegions.append(
      GoTraceOpenRegion(region: recording.regions.count, outer: life.openRegion))
    life.openRegion = UInt32(truncatingIfNeeded: goroutines.openRegions.count - 1)
    recording.regions.append(
      UserRegion(
        task: life.row, userTask: regionTasks[Int(step.stack)],
        name: names.string(step.string, bytes, &recording), start: step.time, end: .unknown))
  }

  /// Ends the innermost open region of that name and user task. If there is none, it began before
  /// the trace.
  private mutating func endRegion(
    _ step: GoTraceStep, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let name = names.string(step.string, bytes, &recording)
    let task = regionTasks[Int(step.stack)]
    var candidate = life.openRegion
    while Int(candidate) < goroutines.openRegions.count {
      let open = goroutines.openRegions[Int(candidate)]
      if recording.regions[open.region].name == name,
        recording.regions[open.region].userTask == task
      {
        recording.regions[open.region].end = step.time
        life.openRegion = open.outer
        return
      }
      candidate = open.outer
    }
    recording.regions.append(
      UserRegion(task: life.row, userTask: task, name: name, start: .unknown, end: step.time))
  }
}
