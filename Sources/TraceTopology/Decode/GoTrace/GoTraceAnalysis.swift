/// What one trace file comes to, built up generation by generation.
struct GoTraceAnalysis: Sendable {
  let path: String
  private(set) var version = GoTraceVersion(minor: 0)
  private var argumentCounts: [UInt8] = []
  private(set) var process = ProcessIndex.none
  var replay: GoTraceReplay
  private var threads = GoTraceNumbers()
  /// The clock of the last generation that stated one.
  private var frequency: UInt64?
  /// The number of the generation read last.
  private var lastGeneration: UInt64?
  var first = Timestamp.unknown
  var last = Timestamp.unknown
  var eventCount = 0
  private var isDamaged = false
  /// Bytes of which the history may still be kept.
  private var historyLeft: Int

  init(path: String, historyLimit: Int) {
    self.path = path
    historyLeft = historyLimit
    replay = GoTraceReplay(
      lives: GoTraceLives(process: .none),
      scribe: GoTraceScribe(names: .none, keepsHistory: historyLimit > 0))
  }

  /// Takes so many bytes into account, and gives the history up if they are too many.
  mutating func limitHistory(_ bytes: Int, _ recording: inout Recording) {
    guard replay.scribe.keepsHistory, historyLeft != .max else { return }
    historyLeft -= min(bytes, historyLeft)
    if historyLeft == 0 { replay.scribe.dropHistory(&recording) }
  }

  mutating func begin(_ version: GoTraceVersion, _ recording: inout Recording) {
    self.version = version
    argumentCounts = version.argumentCounts
    process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    replay.lives = GoTraceLives(process: process)
  }

  /// Reports damage: from here on the log is not complete.
  mutating func report(
    _ code: String, _ offset: UInt64, _ message: @autoclosure () -> String,
    _ recording: inout Recording
  ) {
    isDamaged = true
    if !recording.inputs.isEmpty { recording.inputs[0].complete = false }
    recording.diagnostics.report(code, .error, input: path, offset: offset, message())
  }

  /// Reads a generation that has ended. `isLast` says that only the end of the file ended it.
  mutating func read(
    _ generation: GoTraceGeneration, isLast: Bool, _ recording: inout Recording
  ) {
    limitHistory(generation.payload.count, &recording)
    let wasDamaged = isDamaged
    let isFirst = lastGeneration == nil
    let afterGap = noteGap(before: generation, &recording)
    replay.lives.beginGeneration(afterGap: afterGap)
    let bytes = generation.payload.span
    let (names, sync) = readTables(generation, bytes, &recording)
    if sync.frequency == nil, !(isLast && wasDamaged && frequency != nil) {
      let text = "generation \(generation.number) does not state the frequency of its clock"
      report("missing-frequency", generation.fileOffset, text, &recording)
    }
    frequency = sync.frequency ?? frequency
    let clock = GoTraceClock(frequency: frequency)
    for snapshot in sync.snapshots where clock.isKnown {
      recording.clocks.append(
        ClockSnapshot(
          process: process, monotonic: clock.moment(snapshot.time), wall: snapshot.wall))
    }
    let walk = walk(generation, bytes, names, clock, &recording)
    replay = walk.replay
    for problem in walk.problems {
      report(problem.code, problem.offset, problem.message, &recording)
    }
    // A goroutine may be new here without its creation: the trace or, after a gap, the generation
    // begins with it alive.
    let mayMeetStrangers = isFirst || afterGap || isDamaged
    if !mayMeetStrangers { replay.scribe.misfits += replay.scribe.strangers }
    if !(isLast && wasDamaged) { judge(generation, isLast, walk, &recording) }
    replay.scribe.names = .none
  }

  /// Whether generations are missing before this one.
  private mutating func noteGap(
    before generation: GoTraceGeneration, _ recording: inout Recording
  ) -> Bool {
    defer { lastGeneration = generation.number }
    guard let lastGeneration, generation.number != lastGeneration &+ 1 else { return false }
    let text = "generation \(generation.number) follows generation \(lastGeneration)"
    report("generation-gap", generation.fileOffset, text, &recording)
    return true
  }

  private mutating func readTables(
    _ generation: GoTraceGeneration, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> (GoTraceNames, GoTraceSync) {
    func size(_ kind: GoTraceBatch.Kind) -> Int {
      generation.batches.reduce(0) { $0 + ($1.kind == kind ? $1.payload.count : 0) }
    }
    var strings = GoTraceStrings(bytes: size(.strings))
    var stacks = GoTraceStacks(bytes: size(.stacks))
    var sync = GoTraceSync()
    // Stacks name strings, so strings come first, wherever they stand.
    for kind in [GoTraceBatch.Kind.strings, .stacks, .sync] {
      for batch in generation.batches where batch.kind == kind {
        let problem =
          switch kind {
          case .strings: strings.read(bytes, in: batch.payload)
          case .stacks: stacks.read(bytes, in: batch.payload, strings: strings)
          default: sync.read(bytes, batch)
          }
        guard let problem, !batch.isCut else { continue }
        report(
          "malformed-batch", batch.fileOffset(of: problem.offset), problem.reason, &recording)
      }
    }
    return (GoTraceNames(strings: strings, stacks: stacks), sync)
  }

  private mutating func walk(
    _ generation: GoTraceGeneration, _ bytes: Span<UInt8>, _ names: GoTraceNames,
    _ clock: GoTraceClock, _ recording: inout Recording
  ) -> GoTraceWalk {
    replay.scribe.beginGeneration(names)
    var walk = GoTraceWalk(
      generation.batches, replay: replay, clock: clock, argumentCounts: argumentCounts)
    // Moved, so that it is not copied.
    replay = GoTraceReplay(lives: GoTraceLives(process: process), scribe: .init(replay.scribe))
    walk.run(bytes, &recording)
    let userTasks = walk.userTasks
    userTasks.settle(&walk.replay.lives, &walk.replay.scribe.names, bytes, &recording)
    for id in walk.threadIDs { _ = threads.number(of: id) }
    eventCount += walk.eventCount
    if walk.first.isKnown {
      let early = walk.first.nanoseconds
      if !first.isKnown || early < first.nanoseconds { first = walk.first }
      if !last.isKnown || walk.last.nanoseconds > last.nanoseconds { last = walk.last }
    }
    return walk
  }

  /// Reports a generation that does not fit together.
  private mutating func judge(
    _ generation: GoTraceGeneration, _ isLast: Bool, _ walk: GoTraceWalk,
    _ recording: inout Recording
  ) {
    let missing = walk.missingStacks + replay.scribe.names.stacks.missingNames
    if missing > 0 {
      let text = "generation \(generation.number) lacks \(missing) of the names that it uses"
      // Names come last, so their lack at the end of a file without end marks shows a cut.
      let code = isLast ? "truncated-trace" : "malformed-generation"
      report(code, generation.fileOffset, text, &recording)
    }
    let stray = walk.strayEvents + walk.processors.misfits + replay.scribe.misfits
    if stray > 0 {
      report(
        "malformed-generation", generation.fileOffset,
        "\(stray) events of generation \(generation.number) do not follow from those before",
        &recording)
    }
  }
}

/// The event batches of a generation, thread by thread, as linked lists.
struct GoTraceBatchChains {
  var threads = GoTraceNumbers()
  /// For each thread its first batch; for each batch the next one of its thread, -1 for none.
  var first: [Int] = []
  var next: [Int]

  init(_ batches: [GoTraceBatch]) {
    next = Array(repeating: -1, count: batches.count)
    var last: [Int] = []
    for (index, batch) in batches.enumerated() where batch.kind == .events || batch.kind == .hole {
      let thread = threads.number(of: batch.thread)
      if thread == first.count {
        first.append(index)
        last.append(index)
      } else {
        next[last[thread]] = index
        last[thread] = index
      }
    }
  }
}

// MARK: - The end

extension GoTraceAnalysis {
  /// Ends the trace: what is still going on is open if the log is whole, else unknown.
  mutating func finish(at offset: UInt64, _ recording: inout Recording) {
    if lastGeneration == nil, !isDamaged, !version.hasEndOfGeneration, !version.isFlat {
      report("truncated-trace", offset, "the file holds nothing but its header", &recording)
    }
    replay.lives.linkUserTasks(&recording)
    replay.lives.writeLabels(&recording)
    cutRings(at: offset, &recording)
    let outcome: Outcome = isDamaged ? .unknown : .open
    for slot in replay.lives.slots.indices where !replay.lives.slots[slot].row.isNone {
      var life = replay.lives.slots[slot]
      closeOpen(&life, outcome, &recording)
      recording.tasks.setSystem(life.row, life.isSystem)
    }
    for row in replay.lives.userTaskRows where recording.tasks[row].outcome != .ended {
      recording.tasks[row].outcome = outcome
    }
    recording.logExtents.append(
      LogExtent(
        process: process, first: first, last: last, isComplete: !isDamaged,
        threads: threads.ids.sorted()))
    guard !recording.inputs.isEmpty else { return }
    recording.inputs[0].records = eventCount
    if isDamaged { recording.inputs[0].complete = false }
  }

  private func closeOpen(
    _ life: inout GoTraceLife, _ outcome: Outcome, _ recording: inout Recording
  ) {
    replay.scribe.flush(&life, &recording)
    guard life.state != .ended else { return }
    let row = life.row
    recording.tasks[row].outcome = outcome
    recording.tasks[row].lastState = life.state
    if life.state == .waiting {
      recording.tasks.setWait(row, reason: life.waitReason, site: life.waitSite)
      replay.scribe.endWait(&life, &recording)
    }
    replay.scribe.endSystemCall(isDamaged ? .unknown : last, life, &recording)
    if life.isOnThread, replay.scribe.keepsHistory {
      recording.runs.append(task: row, start: life.stretch, end: isDamaged ? .unknown : last)
    }
    if !isDamaged, let span = last.since(life.since), span > 0 {
      recording.tasks.add(row, life.state, span)
    }
  }

  /// Takes the parent from one task of every ring of parents. No scheduler writes such rings, but a
  /// damaged file may hold them, and later stages climb parents without counting.
  private mutating func cutRings(at offset: UInt64, _ recording: inout Recording) {
    guard recording.tasks.mayHoldRings else { return }
    var climb = [Int](repeating: 0, count: recording.tasks.count)
    for start in 0..<recording.tasks.count where climb[start] == 0 {
      var row = start
      while climb[row] == 0 {
        climb[row] = start + 1
        let parent = recording.tasks.parent(TaskIndex(row))
        guard !parent.isNone else { break }
        if climb[parent.index] == start + 1 {
          recording.tasks[TaskIndex(row)].parent = .none
          recording.tasks[TaskIndex(row)].parentSource = .none
          report("malformed-generation", offset, "tasks are each other's parents", &recording)
          break
        }
        row = parent.index
      }
    }
  }
}
