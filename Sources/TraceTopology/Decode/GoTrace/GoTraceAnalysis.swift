/// What one trace file comes to, built up generation by generation.
struct GoTraceAnalysis: Sendable {
  let path: String
  private(set) var version = GoTraceVersion(minor: 0)
  private var argumentCounts: [UInt8] = []
  private(set) var process = ProcessIndex.none
  var goroutines = GoTraceGoroutines(process: .none)
  private var threads = GoTraceNumbers()
  /// The clock of the last generation that stated one.
  private var frequency: UInt64?
  /// The number of the generation read last.
  private var lastGeneration: UInt64?
  var first = Timestamp.unknown
  var last = Timestamp.unknown
  var eventCount = 0
  private var isDamaged = false

  init(path: String) { self.path = path }

  mutating func begin(_ version: GoTraceVersion, _ recording: inout Recording) {
    self.version = version
    argumentCounts = version.argumentCounts
    process = recording.processes.append(
      ProcessRecord(), source: .goTrace, input: InputIndex(0))
    goroutines = GoTraceGoroutines(process: process)
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
    let wasDamaged = isDamaged
    let isFirst = lastGeneration == nil
    let afterGap = noteGap(before: generation, &recording)
    goroutines.beginGeneration(afterGap: afterGap)
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
    var walk = walk(generation, bytes, names, clock, &recording)
    for problem in walk.problems {
      report(problem.code, problem.offset, problem.message, &recording)
    }
    let mayMeetStrangers = isFirst || afterGap || isDamaged
    walk.userTasks.settle(&walk.goroutines, &walk.names, bytes, &recording)
    var replay = GoTraceReplay(
      goroutines: walk.goroutines, names: walk.names, regionTasks: walk.regionTasks,
      origin: walk.first, mayMeetStrangers: mayMeetStrangers)
    walk.goroutines = GoTraceGoroutines(process: process)
    replay.run(walk.steps, bytes, &recording)
    goroutines = replay.goroutines
    if !(isLast && wasDamaged) {
      judge(generation, isLast, walk, misfits: replay.misfits, names, &recording)
    }
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
    var walk = GoTraceWalk(
      goroutines: goroutines, names: names, clock: clock, argumentCounts: argumentCounts)
    goroutines = GoTraceGoroutines(process: process)  // Moved, so that it is not copied.
    walk.reserve(bytes: bytes.count)
    let chains = GoTraceBatchChains(generation.batches)
    for thread in chains.first.indices {
      walk.beginThread(chains.threads.ids[thread])
      var index = chains.first[thread]
      while index >= 0 {
        walk.read(generation.batches[index], bytes, &recording)
        index = chains.next[index]
      }
    }
    for id in chains.threads.ids where id != GoTraceBatch.noThread { _ = threads.number(of: id) }
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
    _ generation: GoTraceGeneration, _ isLast: Bool, _ walk: GoTraceWalk, misfits: Int,
    _ names: GoTraceNames, _ recording: inout Recording
  ) {
    let missing = walk.missingStacks + names.stacks.missingNames
    if missing > 0 {
      let text = "generation \(generation.number) lacks \(missing) of the names that it uses"
      // Names come last, so their lack at the end of a file without end marks shows a cut.
      let code = isLast ? "truncated-trace" : "malformed-generation"
      report(code, generation.fileOffset, text, &recording)
    }
    let stray = walk.strayEvents + misfits
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
    goroutines.linkUserTasks(&recording)
    cutRings(at: offset, &recording)
    let outcome: Outcome = isDamaged ? .unknown : .open
    var housekeeping = [Bool?](repeating: nil, count: recording.strings.count)
    for goroutine in goroutines.all {
      closeOpen(goroutine, outcome, &recording)
      let entry = recording.tasks[goroutine.row].entry
      if entry == .empty {
        let isUnseen = !goroutine.isCreated && !goroutine.runsProgram
        recording.tasks[goroutine.row].isSystem = isUnseen
        continue
      }
      let known =
        housekeeping[entry.index]
        ?? GoFunctionKind.isHousekeeping(entry: recording.strings.text(entry))
      housekeeping[entry.index] = known
      recording.tasks[goroutine.row].isSystem = known
    }
    for row in goroutines.userTaskRows where recording.tasks[row].outcome != .ended {
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
    _ goroutine: GoTraceGoroutine, _ outcome: Outcome, _ recording: inout Recording
  ) {
    let row = goroutine.row
    guard goroutine.state != .ended else { return }
    recording.tasks[row].outcome = outcome
    recording.tasks[row].lastState = goroutine.state
    if goroutine.state == .waiting {
      recording.tasks[row].waitReason = goroutine.waitReason
      recording.tasks[row].waitSite = goroutine.waitSite
      recording.waits.append(
        task: row, since: goroutine.stretch, until: .unknown, reason: goroutine.waitReason,
        site: goroutine.waitSite, by: .none, handoff: .none)
    }
    if goroutine.state == .running || goroutine.state == .syscall {
      recording.runs.append(
        task: row, start: goroutine.stretch, end: isDamaged ? .unknown : last)
    }
    if !isDamaged, let span = last.since(goroutine.since), span > 0 {
      recording.tasks[row].time.add(goroutine.state, span)
    }
  }

  /// Takes the parent from one task of every ring of parents. No scheduler writes such rings, but a
  /// damaged file may hold them, and later stages climb parents without counting.
  private mutating func cutRings(at offset: UInt64, _ recording: inout Recording) {
    var climb = [Int](repeating: 0, count: recording.tasks.count)
    for start in 0..<recording.tasks.count where climb[start] == 0 {
      var row = start
      while climb[row] == 0 {
        climb[row] = start + 1
        let parent = recording.tasks.rows[row].parent
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
