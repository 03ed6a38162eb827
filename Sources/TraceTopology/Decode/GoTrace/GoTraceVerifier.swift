/// Puts the events of a whole trace into one order, as Go's own reader does (§6), and finds the first
/// thing that does not fit.
///
/// `GoTraceDecoder` hands over every generation when it closes, and what is wrong with the framing;
/// so files are cut into batches in one place. The decoder reads on wherever it can; the verifier
/// stops at the first finding. One generation is in memory at a time; what is kept beyond it is the
/// state of goroutines, processors and threads.
struct GoTraceVerifier: Sendable {
  /// What is wrong, if anything.
  private(set) var finding: GoTraceFinding?
  /// What was put in order before that.
  private(set) var counts = GoTraceCounts()
  /// Generations read.
  private(set) var generations = 0
  private(set) var scheduler = GoTraceScheduler()

  private var version = GoTraceVersion(minor: 0)
  private var argumentCounts: [UInt8] = []
  private var cursors: [GoTraceThreadCursor] = []
  private var frontier = GoTraceFrontier()

  /// Starts on a file of this version. Events of newer versions are accepted in older files, as
  /// Go's reader accepts them (§1).
  mutating func begin(_ version: GoTraceVersion) {
    self.version = version
    argumentCounts = GoTraceVersion(minor: GoTraceVersion.supported.last ?? 26).argumentCounts
  }

  /// Notes that the file cannot be read any further. The first finding counts.
  mutating func fail(
    _ rule: String, at offset: UInt64, generation: UInt64? = nil, thread: UInt64? = nil
  ) {
    guard finding == nil else { return }
    finding = GoTraceFinding(
      generation: generation, thread: thread, offset: offset, rule: rule)
  }

  /// Notes that the framing is broken inside a generation, which Go's reader then does not deliver.
  /// What is wrong with its tables comes first if it stands first.
  mutating func reject(
    _ open: GoTraceGeneration?, _ rule: String, at offset: UInt64, generation: UInt64?
  ) {
    guard finding == nil else { return }
    counts.add(.sync)
    if let open {
      var tables = GoTraceStrictTables(open)
      tables.read(open, open.payload.span, version: version, isWhole: false)
      finding = tables.finding
    }
    fail(rule, at: offset, generation: generation ?? open?.number)
  }

  /// Reads a generation that has ended.
  mutating func read(_ generation: GoTraceGeneration) {
    guard finding == nil else { return }
    counts.add(.sync)
    let bytes = generation.payload.span
    var tables = GoTraceStrictTables(generation)
    tables.read(generation, bytes, version: version, isWhole: true)
    finding = tables.finding
    guard finding == nil else { return }
    generations += 1
    scheduler.begin(generation.number, strings: tables.strings)
    let streams = GoTraceStreams(
      batches: generation.batches, chains: GoTraceBatchChains(generation.batches),
      clock: tables.clock, argumentCounts: argumentCounts)
    open(streams, bytes)
    merge(streams, tables, bytes)
  }

  /// Ends a file that was read to its proper end.
  mutating func finish() {
    if finding == nil { counts.add(.sync) }
  }
}

// MARK: - The merge (§6.2)

extension GoTraceVerifier {
  /// Puts the first event of each thread into the frontier.
  private mutating func open(_ streams: GoTraceStreams, _ bytes: Span<UInt8>) {
    cursors.removeAll(keepingCapacity: true)
    frontier = GoTraceFrontier()
    for (row, first) in streams.chains.first.enumerated() {
      let id = streams.chains.threads.ids[row]
      var cursor = GoTraceThreadCursor(thread: scheduler.threadSeen(id), id: id, firstBatch: first)
      switch cursor.advance(streams, bytes) {
      case .event:
        frontier.insert(cursors.count, time: cursor.event.time)
        cursors.append(cursor)
      case .end: continue
      case .broken(let rule): return fail(rule, of: cursor, streams)
      }
    }
  }

  private mutating func merge(
    _ streams: GoTraceStreams, _ tables: GoTraceStrictTables, _ bytes: Span<UInt8>
  ) {
    var sample = 0
    while finding == nil {
      if sample < tables.samples.count,
        frontier.isEmpty || tables.samples[sample].time < frontier.earliest
      {
        deliver(tables.samples[sample], tables)
        sample += 1
      } else if frontier.isEmpty {
        return
      } else if !step(0, streams, tables, bytes), finding == nil {
        stepAside(streams, tables, bytes)
      }
    }
  }

  /// The earliest event cannot come yet: takes the first other one that can.
  private mutating func stepAside(
    _ streams: GoTraceStreams, _ tables: GoTraceStrictTables, _ bytes: Span<UInt8>
  ) {
    frontier.sort()
    for slot in 1..<max(1, frontier.count)
    where step(slot, streams, tables, bytes) || finding != nil { return }
    let cursor = cursors[frontier.cursor(at: 0)]
    let why = scheduler.obstacle(cursor.event, on: cursor.thread)
    let name = GoTraceSpec.name(cursor.event.id)
    fail("broken trace: failed to advance: frontier: \(name) waits: \(why)", of: cursor, streams)
  }

  /// Takes the next event of the cursor in a slot; false if it cannot come now, or is broken.
  private mutating func step(
    _ slot: Int, _ streams: GoTraceStreams, _ tables: GoTraceStrictTables, _ bytes: Span<UInt8>
  ) -> Bool {
    let row = frontier.cursor(at: slot)
    if cursors[row].thread == GoTraceThreadCursor.unseen {
      cursors[row].thread = scheduler.thread(cursors[row].id)
    }
    let event = cursors[row].event
    switch scheduler.apply(event, on: cursors[row].thread, bytes) {
    case .notReady: return false
    case .broken:
      fail(scheduler.breach, of: cursors[row], streams)
      return false
    case .ready: break
    }
    // The next event is read before this one is delivered.
    switch cursors[row].advance(streams, bytes) {
    case .event: frontier.update(slot, time: cursors[row].event.time)
    case .end: frontier.remove(slot)
    case .broken(let rule):
      fail(rule, of: cursors[row], streams)
      return false
    }
    return deliver(event, of: cursors[row], streams, tables)
  }

  private mutating func fail(
    _ rule: String, of cursor: GoTraceThreadCursor, _ streams: GoTraceStreams
  ) { fail(rule, of: cursor, cursor.event, streams) }

  private mutating func fail(
    _ rule: String, of cursor: GoTraceThreadCursor, _ event: GoTraceTimedEvent,
    _ streams: GoTraceStreams
  ) {
    fail(
      rule, at: streams.batches[event.batch].fileOffset(of: event.position),
      generation: scheduler.generation, thread: cursor.id)
  }
}

// MARK: - Delivery

extension GoTraceVerifier {
  /// Counts an event whose turn has come, if its names resolve.
  private mutating func deliver(
    _ event: GoTraceTimedEvent, of cursor: GoTraceThreadCursor, _ streams: GoTraceStreams,
    _ tables: GoTraceStrictTables
  ) -> Bool {
    if let rule = unresolved(event, tables) {
      fail(rule, of: cursor, event, streams)
      return false
    }
    if scheduler.transitions.isEmpty {
      counts.add(GoTraceEventKind(GoTraceEvent(rawValue: event.id)))
    }
    for transition in scheduler.transitions { counts.add(transition) }
    return true
  }

  private mutating func deliver(
    _ sample: GoTraceStrictTables.Sample, _ tables: GoTraceStrictTables
  ) {
    guard tables.hasStack(sample.stack) else {
      return fail(
        "found invalid stack ID \(sample.stack) for event CPUSample; the generation has no such "
          + "stack", at: sample.offset, generation: scheduler.generation)
    }
    counts.add(.stackSample)
  }

  /// The rule that an event breaks which names a stack or string that its generation lacks.
  private func unresolved(
    _ event: GoTraceTimedEvent, _ tables: GoTraceStrictTables
  ) -> String? {
    let shape = GoTraceShape.all[Int(event.id)]
    guard shape.stacks | shape.strings != 0 else { return nil }
    for position in 0..<4 where shape.stacks >> position & 1 != 0 {
      guard !tables.hasStack(event[position]) else { continue }
      return "found invalid stack ID \(event[position]) for event "
        + "\(GoTraceSpec.name(event.id)); the generation has no such stack"
    }
    for position in 0..<4 where shape.strings >> position & 1 != 0 {
      guard !tables.hasString(event[position]) else { continue }
      return "found invalid string ID \(event[position]) for event "
        + "\(GoTraceSpec.name(event.id)); the generation has no such string"
    }
    return nil
  }
}

/// Which arguments of an event are names, as sets of bits.
private struct GoTraceShape {
  var stacks: UInt8 = 0
  var strings: UInt8 = 0

  /// For every byte the shape of the event with that number.
  static let all: [GoTraceShape] = (UInt8.min...UInt8.max).map { id in
    var shape = GoTraceShape()
    for (position, letter) in (GoTraceSpec.of(id)?.arguments ?? []).enumerated() {
      if letter == UInt8(ascii: "k") { shape.stacks |= 1 << UInt8(position) }
      if letter == UInt8(ascii: "s") { shape.strings |= 1 << UInt8(position) }
    }
    return shape
  }
}

extension GoTraceTimedEvent {
  /// One argument by its position.
  fileprivate subscript(position: Int) -> UInt64 {
    switch position {
    case 0: a
    case 1: b
    case 2: c
    default: d
    }
  }
}
