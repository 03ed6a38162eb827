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

  var userTasks = GoTraceUserTasks()
  private var foundProblems: [(rank: Int, problem: GoTraceProblem)] = []
  private(set) var first = Timestamp.unknown
  private(set) var last = Timestamp.unknown
  private(set) var eventCount = 0
  /// Events that cannot be where they stand: mostly those that need a goroutine while it is unknown
  /// which one runs.
  var strayEvents = 0
  private(set) var processors = GoTraceProcessors()
  /// Stacks that events name and the generation lacks.
  var missingStacks = 0

  private let batches: [GoTraceBatch]
  private let chains: GoTraceBatchChains
  private var threads: [GoTraceThread] = []
  private var queue = GoTraceThreadQueue()
  /// The thread that is being read.
  var thread = GoTraceThread(id: GoTraceBatch.noThread, rank: 0, batch: -1)

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
          thread.isBehindLoss = true
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

  struct Arguments {
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
    thread.isBehindLoss = true
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
    case .goSyscallBegin:
      if let processor = thread.processor { processors.step(of: processor, a) }
      act(.syscallBegin, time, stack: arguments.b, bytes, &recording)
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
    case .goLabel: label(a, time, bytes, &recording)
    case .userTaskBegin, .userTaskEnd, .userRegionBegin, .userRegionEnd, .userLog:
      annotate(event, arguments, time, bytes, &recording)
    case .procStart, .procStop, .procSteal, .procStatus: process(event, arguments)
    default: break  // The garbage collector and metrics: not needed here.
    }
    return true
  }
}

extension GoTraceWalk {
  /// Something that happens to a P.
  private mutating func process(_ event: GoTraceEvent, _ arguments: Arguments) {
    let processor = arguments.a
    switch event {
    case .procStart:
      processors.step(of: processor, arguments.b)
      thread.processor = processor
    case .procSteal:
      processors.step(of: processor, arguments.b)
      if arguments.c == thread.id { thread.processor = nil }
    case .procStatus:
      let (running, syscall): (UInt64, UInt64) = (1, 3)
      if [running, syscall].contains(arguments.b) { thread.processor = processor }
    default: thread.processor = nil
    }
  }
}

extension GoTraceBatch {
  /// What orders batches of several threads.
  fileprivate func sortTime(_ clock: GoTraceClock) -> Int64 { clock.moment(time).nanoseconds }
}
