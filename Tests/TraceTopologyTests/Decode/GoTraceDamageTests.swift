import Testing

@testable import TraceTopology

/// Numbers that are the same in every run with the same seed.
private struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("Go traces: damaged ones")
struct GoTraceDamageTests {
  @Test("A cut trace keeps true edges only, leaves nothing open and says that it is cut")
  func cuts() throws {
    for (name, stride) in [("tiny.127", 1), ("prog.126", 311), ("otel125", 997)] {
      let bytes = try GoTraceFixture(name: name).bytes()
      let truth = decodeGoTrace(bytes).spawns
      var whole = 0
      for length in Swift.stride(from: 0, to: bytes.count, by: stride) {
        let recording = decodeGoTrace(Array(bytes[..<length]))
        #expect(recording.brokenInvariant == nil, "\(name) cut at \(length)")
        whole += recording.isWhole ? 1 : 0
        for (child, parent) in recording.spawns { #expect(truth[child] == parent) }
      }
      // A cut between two generations cannot be seen.
      #expect(whole <= 1, "\(name)")
    }
  }

  @Test(
    "Of a trace without one of its batches the rest is kept, nothing is invented, the loss is told")
  func lostBatch() throws {
    for name in ["tiny.127", "prog.126", "otel125"] {
      let bytes = try GoTraceFixture(name: name).bytes()
      let truth = decodeGoTrace(bytes)
      let spawns = truth.spawns
      let batches = Self.batches(of: bytes)
      var told = 0
      for batch in batches {
        let damaged = Array(bytes[..<batch.lowerBound] + bytes[batch.upperBound...])
        let recording = decodeGoTrace(damaged)
        #expect(recording.brokenInvariant == nil, "\(name) at \(batch.lowerBound)")
        for (child, parent) in recording.spawns { #expect(spawns[child] == parent) }
        for task in recording.tasks.rows where task.kind == .goroutine && task.outcome == .ended {
          #expect(task.number.flatMap { truth.goroutine($0) }?.outcome == .ended)
        }
        #expect(recording.tasks.count > truth.tasks.count / 3)
        guard !recording.isWhole else { continue }
        told += 1
        let place = recording.diagnostics.all.first?.offset ?? .max
        #expect(place < UInt64(bytes.count))
      }
      #expect(!batches.isEmpty)
      // Late words on goroutines that did nothing are missed by nobody, as are last words.
      #expect(told * 2 >= batches.count, "\(name): \(told) of \(batches.count)")
    }
  }

  /// Where the batches of a trace stand.
  private static func batches(of bytes: [UInt8]) -> [Range<Int>] {
    guard let version = GoTraceVersion(header: bytes.span) else { return [] }
    var found: [Range<Int>] = []
    var next = GoTraceVersion.headerSize
    while next < bytes.count {
      switch GoTraceBatchHeader.read(bytes.span, in: next..<bytes.count, version: version) {
      case .batch(let header, let size):
        found.append(next..<next + size + header.size)
        next += size + header.size
      case .endOfGeneration: next += 1
      default: return found
      }
    }
    return found
  }

  @Test("A P that skips a number has lost a step, even if no goroutine has")
  func lostProcessorStep() {
    for (steps, isWhole) in [([1, 2, 3], true), ([1, 3], false)] as [([UInt64], Bool)] {
      var trace = GoTraceBuilder()
      var events = GoTraceBuilder.event(13, 0, 2)
      for step in steps {
        events += GoTraceBuilder.event(10, 0, step) + GoTraceBuilder.event(11)
      }
      trace.thread(3, at: 0, events)
      trace.endGeneration()
      let recording = decodeGoTrace(trace.bytes)
      #expect(recording.isWhole == isWhole)
      #expect(recording.codes == (isWhole ? [] : ["malformed-generation"]))
    }
  }

  @Test("A cut that the reader of the file noticed counts as well")
  func cutOutside() throws {
    let recording = decodeGoTrace(try GoTraceFixture(name: "tiny.127").bytes(), isCut: true)
    #expect(!recording.isWhole && recording.codes == ["truncated-trace"])
    #expect(recording.tasks.count == decodeGoTrace(try GoTraceFixture.all[0].bytes()).tasks.count)
    #expect(recording.brokenInvariant == nil)
  }

  @Test("Complete generations before the cut are kept")
  func prefix() throws {
    let bytes = try GoTraceFixture(name: "prog.126").bytes()
    let whole = decodeGoTrace(bytes)
    let cut = decodeGoTrace(Array(bytes[..<(bytes.count - 1)]))
    #expect(cut.spawns == whole.spawns)
    #expect(cut.codes == ["truncated-trace"] && !cut.logExtents[0].isComplete)
  }

  @Test("Flipped bytes never crash and never break a table", arguments: [1, 2, 3] as [UInt64])
  func flips(seed: UInt64) throws {
    var dice = Dice(state: seed)
    for (name, rounds) in [("tiny.127", 400), ("prog.126", 40), ("otel125", 40)] {
      let bytes = try GoTraceFixture(name: name).bytes()
      for round in 0..<rounds {
        var damaged = bytes
        for _ in 0...Int.random(in: 0..<4, using: &dice) {
          let place = Int.random(in: 0..<bytes.count, using: &dice)
          damaged[place] = UInt8.random(in: 0...255, using: &dice)
        }
        let recording = decodeGoTrace(damaged, blockSize: 4096)
        #expect(recording.brokenInvariant == nil, "\(name), seed \(seed), round \(round)")
      }
    }
  }

  @Test("Noise behind a good header never crashes", arguments: ["1.22", "1.23", "1.25", "1.26"])
  func noise(version: String) {
    var dice = Dice(state: 7)
    for round in 0..<200 {
      var trace = GoTraceBuilder(version: version)
      trace.thread(3, at: 0, (0..<200).map { _ in UInt8(truncatingIfNeeded: dice.next() % 53) })
      trace.endGeneration()
      #expect(decodeGoTrace(trace.bytes).brokenInvariant == nil, "seed 7, round \(round)")
    }
  }

  @Test(
    "A version that cannot be read is recognised and named",
    arguments: ["1.24", "1.20", "1.10", "1.30"])
  func unsupported(version: String) throws {
    let bytes = Array("go \(version) trace\0\0\0".utf8) + [1, 2, 3]
    #expect(isGoTrace(bytes))
    let recording = decodeGoTrace(bytes, blockSize: 5)
    #expect(recording.codes == ["unsupported-version"] && !recording.isWhole)
    #expect(try #require(recording.diagnostics.all.first).message.contains(version))
    #expect(recording.inputs[0].formatVersion == version && recording.tasks.count == 0)
  }

  @Test("Other content is not taken for a trace")
  func probing() {
    for text in ["", "go 1.26 trace\0\0", "go 1.2x trace\0\0\0", "{\"resourceSpans\":[]}"] {
      #expect(!isGoTrace(Array(text.utf8)))
      #expect(!decodeGoTrace(Array(text.utf8)).isWhole)
    }
  }

  @Test("A bare header is an empty trace where generations end with a mark, else a cut one")
  func headerOnly() {
    let newest = decodeGoTrace(GoTraceBuilder(version: "1.26").bytes)
    #expect(newest.isWhole && newest.diagnostics.isEmpty && newest.logExtents.count == 1)
    #expect(decodeGoTrace(GoTraceBuilder(version: "1.25").bytes).codes == ["truncated-trace"])
  }

  @Test("A batch that is too large ends the reading; what came before stays")
  func batchSize() throws {
    var bytes = try GoTraceFixture(name: "tiny.127").bytes()
    let size = bytes.count
    bytes += [1, 2, 9, 0] + GoTraceBuilder.varint(65537) + Array(repeating: 0, count: 70000)
    let recording = decodeGoTrace(bytes, blockSize: 1000)
    #expect(recording.codes == ["malformed-batch"] && recording.spawns.count == 4)
    #expect(recording.diagnostics.all.first?.offset == UInt64(size))
    #expect(recording.brokenInvariant == nil)
  }

  @Test("After an unknown event the thread's goroutine is unknown until an event states it")
  func unknownEvent() {
    var trace = GoTraceBuilder()
    let status = GoTraceBuilder.status(1, 3, GoTraceBuilder.running)
    trace.thread(3, at: 100, status, GoTraceBuilder.create(5), [77, 1, 2, 3])
    trace.thread(3, at: 200, GoTraceBuilder.create(6))
    trace.thread(3, at: 300, GoTraceBuilder.start(5, 1), GoTraceBuilder.create(7))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.spawns == [5: 1, 7: 5])
    #expect(recording.goroutine(6)?.parentSource == ParentSource.none)
    // Who knows whether it was the scheduler or a goroutine that is lost.
    #expect(recording.goroutine(6)?.creation == .unknown)
    #expect(recording.goroutine(5)?.creation == .spawn)
    #expect(recording.codes == ["unknown-event"] && recording.brokenInvariant == nil)
  }

  @Test("Ids of any size cost no memory")
  func hugeIDs() {
    var trace = GoTraceBuilder()
    let huge = UInt64.max - 1
    trace.thread(
      huge, at: huge, GoTraceBuilder.status(huge, huge, GoTraceBuilder.running),
      GoTraceBuilder.create(huge - 1, entry: huge, stack: huge), GoTraceBuilder.unblock(4, huge))
    trace.batch([0x04, 0x05] + GoTraceBuilder.varint(huge) + [1, 65])
    trace.batch(
      [0x02, 0x03] + GoTraceBuilder.varint(huge) + [1, 9] + GoTraceBuilder.varint(huge) + [0, 1])
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.spawns == [huge - 1: huge] && recording.brokenInvariant == nil)
    #expect(recording.goroutine(huge - 1).map { recording.strings.text($0.entry) } == "A")
  }

  @Test("Rings of parents are cut")
  func ring() {
    var trace = GoTraceBuilder()
    trace.thread(3, at: 0, GoTraceBuilder.start(7, 1), GoTraceBuilder.create(8))
    trace.thread(4, at: 0, GoTraceBuilder.start(8, 1), GoTraceBuilder.create(7))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.spawns.count == 1 && recording.brokenInvariant == nil && !recording.isWhole)
  }

  @Test("Events in front of the first word about their thread's goroutine belong to none")
  func frontCut() {
    var trace = GoTraceBuilder(firstGeneration: 4)
    let reason = trace.string("chan receive")
    trace.thread(
      3, at: 0, GoTraceBuilder.create(8), GoTraceBuilder.block(reason), GoTraceBuilder.start(9, 5),
      GoTraceBuilder.create(10))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.spawns == [10: 9])
    #expect(recording.codes == ["malformed-generation"] && recording.brokenInvariant == nil)
    #expect(recording.waits.count == 0)
  }

  @Test("Nothing is paired across a missing generation")
  func gap() throws {
    var trace = GoTraceBuilder()
    let reason = trace.string("chan receive")
    trace.thread(
      3, at: 1000, GoTraceBuilder.status(1, 3, GoTraceBuilder.running), GoTraceBuilder.block(reason)
    )
    trace.endGeneration()
    trace.skipGeneration()
    trace.thread(
      3, at: 5000, GoTraceBuilder.status(1, .max, GoTraceBuilder.waiting),
      GoTraceBuilder.status(2, 3, GoTraceBuilder.running), GoTraceBuilder.unblock(1, 1))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.codes == ["generation-gap"] && recording.brokenInvariant == nil)
    #expect(recording.waits.since == [Timestamp(1020), .unknown])
    #expect(recording.waits.until == [.unknown, Timestamp(5030)])
    #expect(recording.goroutine(2)?.parentSource == ParentSource.none)
    // It may have been spawned in the generation that is missing.
    #expect(recording.goroutine(2)?.creation == .unknown)
    #expect(recording.goroutine(1)?.creation == .before)
  }
}

@Suite("Go traces: written by hand")
struct GoTraceWrittenTests {
  @Test("A wake-up tells by the waker's stack which way the value went")
  func handoffs() {
    let cases: [(String, String, Handoff)] = [
      ("chan receive", "runtime.chansend1", .send), ("select", "runtime.selectnbsend", .send),
      ("chan receive", "runtime.selectgo", .send), ("chan send", "runtime.chanrecv2", .take),
      ("chan send", "runtime.selectgo", .take), ("select", "runtime.chanrecv1", .take),
      ("select", "runtime.selectgo", .select), ("chan receive", "main.stop", .close),
      ("select", "context.(*cancelCtx).cancel", .close), ("chan receive", "runtime.gcStart", .none),
      ("sync.(*Cond).Wait", "sync.(*Cond).Signal", .cond), ("sync", "sync.(*Mutex).Unlock", .none),
      ("sync", "sync.(*WaitGroup).Add", .completion), ("sleep", "main.stop", .none),
    ]
    for (reason, top, expected) in cases {
      var trace = GoTraceBuilder()
      let why = trace.string(reason)
      let stack = trace.stack(top, "main.work")
      trace.thread(
        3, at: 0, GoTraceBuilder.status(1, 3, GoTraceBuilder.running), GoTraceBuilder.block(why),
        GoTraceBuilder.status(2, .max, 1), GoTraceBuilder.start(2, 1),
        GoTraceBuilder.unblock(1, 1, stack: stack))
      trace.endGeneration()
      let recording = decodeGoTrace(trace.bytes)
      #expect(recording.waits.handoff == [expected], "\(reason) woken in \(top)")
      #expect(recording.waits.by.map { recording.number($0) } == [2] && recording.isWhole)
    }
  }

  @Test("Sequence numbers, not times, order what two threads did to one goroutine")
  func order() throws {
    var trace = GoTraceBuilder()
    let reason = trace.string("sleep")
    // Thread 4's clock is behind: it wakes goroutine 1 before that seems to block.
    trace.thread(
      4, at: 100, GoTraceBuilder.status(2, 4, GoTraceBuilder.running), GoTraceBuilder.unblock(1, 1))
    trace.thread(
      3, at: 500, GoTraceBuilder.status(1, 3, GoTraceBuilder.running), GoTraceBuilder.block(reason),
      GoTraceBuilder.start(1, 2))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.isWhole && recording.goroutine(1)?.lastState == .running)
    #expect(recording.waits.since == [Timestamp(520)] && recording.waits.until == [Timestamp(120)])
    #expect(recording.runs.task.count == 3)
  }

  @Test("However far a thread's clock is behind, what it did comes in its place")
  func farBehind() throws {
    var trace = GoTraceBuilder()
    let reason = trace.string("sleep")
    let rounds = 200
    // Thread 4 wakes goroutine 1 two hundred times before that seems to block once, and spawns it a
    // child that has ended before it seems to begin.
    var wakes: [UInt8] = []
    for round in 0..<rounds { wakes += GoTraceBuilder.unblock(1, UInt64(2 * round + 1)) }
    trace.thread(
      4, at: 100, GoTraceBuilder.status(2, 4, GoTraceBuilder.running), wakes,
      GoTraceBuilder.block(reason), GoTraceBuilder.start(7, 1), GoTraceBuilder.event(17))
    var turns: [UInt8] = []
    for round in 0..<rounds {
      turns += GoTraceBuilder.block(reason) + GoTraceBuilder.start(1, UInt64(2 * round + 2))
    }
    trace.thread(
      3, at: 90_000, GoTraceBuilder.status(1, 3, GoTraceBuilder.running), turns,
      GoTraceBuilder.create(7))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.isWhole && recording.goroutine(1)?.lastState == .running)
    #expect(recording.waits.task.count == rounds + 1)
    let child = try #require(recording.goroutine(7))
    #expect(child.outcome == .ended && child.end.nanoseconds < child.start.nanoseconds)
    #expect(recording.tasks[child.parent].number == 1)
    let counted = decodeGoTrace(trace.bytes, historyLimit: 0)
    // Only waits that nobody ended are written down then.
    #expect(counted.waits.total == recording.waits.total && counted.waits.count <= 1)
    #expect(counted.waitProfile.durations.sums == recording.waitProfile.durations.sums)
    #expect(counted.tasks.rows.description == recording.tasks.rows.description)
  }

  @Test("Each call from C is a task of its own, though its goroutine keeps its id")
  func callbacks() {
    var trace = GoTraceBuilder()
    let call = GoTraceBuilder.event(15, 9)
    let end = GoTraceBuilder.event(18)
    trace.thread(4, at: 5000, call, GoTraceBuilder.create(31), end)
    trace.thread(3, at: 100, call, GoTraceBuilder.create(30), end, call, end)
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    let calls = recording.tasks(.goroutine, 9)
    #expect(recording.isWhole && calls.count == 3)
    #expect(calls.allSatisfy { $0.outcome == .ended && $0.start.isKnown && $0.end.isKnown })
    #expect(calls.allSatisfy { $0.creation == .callback })
    let parent = recording.goroutine(31).map { recording.tasks[$0.parent].start }
    #expect(parent == Timestamp(5010))
    #expect(recording.goroutine(30).map { recording.tasks[$0.parent].start } == Timestamp(110))
  }

  @Test("Goroutines come from a spawn, a coroutine, a timer, or from before the trace")
  func creations() {
    var trace = GoTraceBuilder()
    let stack = trace.stack("main.main")
    trace.thread(
      3, at: 0, GoTraceBuilder.create(20), GoTraceBuilder.status(1, 3, GoTraceBuilder.running),
      GoTraceBuilder.create(21, stack: stack), GoTraceBuilder.event(47, 22, 0, stack),
      GoTraceBuilder.status(2, .max, GoTraceBuilder.waiting))
    trace.endGeneration()
    // Without its goroutine a spawn with a stack is no timer's; a status of a new one lost its spawn.
    trace.thread(
      4, at: 900, GoTraceBuilder.create(23, stack: stack), GoTraceBuilder.unblock(24, 1),
      GoTraceBuilder.status(25, 4, GoTraceBuilder.running))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    let kinds = ([20, 21, 22, 1, 2, 23, 24, 25] as [UInt64]).map {
      recording.goroutine($0)?.creation
    }
    #expect(
      kinds == [.timer, .spawn, .coroutine, .before, .before, .unknown, .unknown, .unknown])
  }

  @Test("Labels of the runtime are those of its goroutines; the last one counts")
  func labels() {
    var trace = GoTraceBuilder()
    let names = ["GC (idle)", "GC (dedicated)"].map { trace.string($0) }
    trace.thread(
      3, at: 0, GoTraceBuilder.event(39, names[0]),
      GoTraceBuilder.status(7, 3, GoTraceBuilder.running),
      GoTraceBuilder.event(39, names[0]), GoTraceBuilder.event(39, names[1]))
    trace.thread(
      4, at: 5, GoTraceBuilder.status(5, 4, GoTraceBuilder.running),
      GoTraceBuilder.event(39, names[0]))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    #expect(
      recording.taskLabels.map { recording.label($0) }.sorted() == [
        "5 runtime.label=GC (idle)", "7 runtime.label=GC (dedicated)",
      ])
  }

  @Test("Time is summed by state; what was alive before counts from the start of the trace")
  func times() throws {
    var trace = GoTraceBuilder()
    let reason = trace.string("chan receive")
    let stack = trace.stack("runtime.chanrecv1", "sync.helper", "main.work", "main.main")
    trace.thread(
      3, at: 0, GoTraceBuilder.event(11), GoTraceBuilder.status(1, 3, GoTraceBuilder.running),
      GoTraceBuilder.event(22, 1, 0), GoTraceBuilder.event(23),
      GoTraceBuilder.block(reason, stack: stack), GoTraceBuilder.event(11))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    let task = try #require(recording.goroutine(1))
    // Events at 10, 20 … 60: running 10–30 and 40–50, in a call 30–40, waiting 50–60.
    #expect(task.time == TaskTime(running: 30, runnable: 0, waiting: 10, syscall: 10))
    #expect(task.lastState == .waiting && task.outcome == .open)
    #expect(recording.strings.text(task.waitReason) == "chan receive")
    let site = recording.sites[task.waitSite].map { recording.strings.text($0.function) }
    #expect(site == "main.work")
    #expect(recording.runs.start == [Timestamp(10)] && recording.runs.end == [Timestamp(50)])
    #expect(recording.waits.until == [.unknown])
  }

  @Test("A stack that was taken in mid-function does not name the entry function")
  func preempted() throws {
    var trace = GoTraceBuilder()
    let sure = trace.stack("runtime.gopark", "main.loop", "main.worker")
    let unsure = trace.stack("runtime.asyncPreempt2", "runtime.asyncPreempt", "main.leaf")
    trace.thread(
      3, at: 0, GoTraceBuilder.status(5, 3, GoTraceBuilder.running),
      GoTraceBuilder.event(19, 0, unsure), GoTraceBuilder.start(5, 1),
      GoTraceBuilder.event(19, 0, sure))
    trace.thread(
      4, at: 0, GoTraceBuilder.status(6, 4, GoTraceBuilder.running),
      GoTraceBuilder.event(19, 0, unsure))
    trace.endGeneration()
    let recording = decodeGoTrace(trace.bytes)
    let first = try #require(recording.goroutine(5))
    let second = try #require(recording.goroutine(6))
    #expect(recording.strings.text(first.entry) == "main.worker" && !first.isSystem)
    #expect(second.entry == .empty && !second.isSystem)
  }
}
