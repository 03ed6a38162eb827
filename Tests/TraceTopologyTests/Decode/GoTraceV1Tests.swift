import Testing

@testable import TraceTopology

private typealias Builder = GoTraceV1Builder

@Suite("Go traces of format v1")
struct GoTraceV1Tests {
  @Test("The tiny trace gives the rows that its bytes spell out")
  func tiny() throws {
    let recording = decodeGoTrace(try GoTraceFixture(name: "tiny.121").bytes())
    let child = try #require(recording.goroutine(7))
    #expect(recording.strings.text(child.entry) == "main.child")
    #expect(recording.number(child.parent) == 1 && child.parentSource == .spawn)
    #expect(child.stackDepth == 1 && !child.isSystem && child.outcome == .ended)
    let main = try #require(recording.goroutine(1))
    #expect(recording.strings.text(main.entry) == "main.main" && main.lastState == .runnable)
    #expect(!main.start.isKnown && main.outcome == .open)
    #expect(try #require(recording.goroutine(2)).isSystem)
    let logged = try #require(recording.loggedSpans.first)
    #expect(logged.span.value == 0xb7ad_6b71_6920_3331 && recording.number(logged.task) == 1)
    let wait = try #require((0..<5).first { recording.number(recording.waits.by[$0]) == 7 })
    #expect(recording.strings.text(recording.waits.reason[wait]) == "chan receive")
    #expect(recording.waits.handoff[wait] == .send)
    #expect(recording.clocks.isEmpty && recording.processes.count == 1)
    #expect(recording.logExtents[0].first == Timestamp(0))
    #expect(recording.logExtents[0].last == Timestamp(83141))
  }

  @Test("User tasks, regions and logs hang on the goroutines that Go's reader names")
  func annotations() throws {
    let fixture = GoTraceFixture(name: "user_task_region_1_21_good")
    let recording = decodeGoTrace(try fixture.bytes())
    let task = try #require(recording.tasks(.userTask, 1).first)
    #expect(recording.strings.text(task.entry) == "task0")
    #expect(task.start == Timestamp(40055) && task.end == Timestamp(110544))
    let sides = try #require(recording.userTasks.first)
    #expect(recording.number(sides.begunOn) == 19 && recording.number(sides.endedOn) == 21)
    let regions = recording.regions.map { "\(recording.strings.text($0.name)) \($0.end.isKnown)" }
    #expect(regions == ["region0 true", "region1 true", "post-existing region false"])
    #expect(recording.regions.map { recording.number($0.task) } == [21, 21, 19])
    #expect(recording.regions.map(\.start.nanoseconds) == [60354, 60695, 113847])
    let log = try #require(recording.logs.first)
    #expect(recording.number(log.task) == 21 && log.time == Timestamp(86004))
    #expect(recording.strings.text(log.value) == "0123456789abcdef")
  }

  @Test("Sequence numbers, not times, order what two Ps did to one goroutine")
  func order() throws {
    var trace = Builder()
    // P 0: goroutine 1 blocks at 1060. P 1, whose clock is behind, wakes it "before" that.
    trace.begin(Builder.blockReceive)
    trace.batch(1, at: 1005, Builder.unblock(2, 2), Builder.start(2, 3), Builder.unblock(1, 2))
    trace.batch(0, at: 1100, Builder.start(1, 3))
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.isWhole && recording.codes == ["time-disorder"])
    let main = try #require(recording.goroutine(1))
    #expect(main.lastState == .running && main.outcome == .open)
    let row = try #require((0..<recording.waits.count).first { recording.waits.since[$0].isKnown })
    #expect(recording.number(recording.waits.by[row]) == 2)
    #expect(recording.waits.until[row].nanoseconds >= recording.waits.since[row].nanoseconds)
  }

  @Test("A system call takes time only if the goroutine lost its P in it")
  func syscalls() throws {
    var trace = Builder()
    trace.begin(
      Builder.syscall, Builder.yield, Builder.startLocal(1),  // 1060 1070 1080
      Builder.syscall, Builder.syscallBlocks)  // 1090 1100
    trace.batch(.max, at: 1290, Builder.event(29, 1, 3, 1250))
    trace.batch(0, at: 1390, Builder.start(1, 4), Builder.end)
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    let main = try #require(recording.goroutine(1))
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
    // Alive since 1010: runs to 1070 and 1080–1090, in a call 1090–1250, ready to 1080 and to 1400.
    #expect(main.time == TaskTime(running: 80, runnable: 160, waiting: 0, syscall: 160))
    #expect(main.outcome == .ended && main.end == Timestamp(400))
    #expect(recording.runs.start == [0, 70, 390].map { Timestamp($0) })
    #expect(recording.runs.end == [60, 240, 400].map { Timestamp($0) })
  }

  @Test("What blocks for ever waits, and every kind of block has its reason")
  func reasons() throws {
    let kinds: [(UInt8, String)] = [
      (16, "forever"), (19, "sleep"), (20, ""), (22, "chan send"), (23, "chan receive"),
      (24, "select"), (25, "sync"), (26, "sync.(*Cond).Wait"), (27, "network"),
      (42, "GC mark assist wait for work"),
    ]
    for (id, reason) in kinds {
      var trace = Builder()
      let stack = trace.stack("runtime.gopark", "main.work")
      trace.begin(Builder.event(id, stack))
      trace.end()
      let recording = decodeGoTrace(trace.bytes)
      let main = try #require(recording.goroutine(1))
      #expect(main.lastState == .waiting && recording.strings.text(main.waitReason) == reason)
      let site = recording.sites[main.waitSite].map { recording.strings.text($0.function) }
      #expect(site == "main.work" && recording.isWhole)
    }
  }

  @Test("A goroutine that an event creates has a parent; one alive before the trace has none")
  func creation() throws {
    var trace = Builder(version: "1.11")
    let entry = trace.stack("main.child")
    let stack = trace.stack("main.spawn", "main.main")
    trace.begin(Builder.create(5, entry: entry, stack: stack))
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.isWhole && recording.spawns == [5: 1])
    let child = try #require(recording.goroutine(5))
    #expect(recording.strings.text(child.entry) == "main.child" && child.stackDepth == 2)
    #expect(recording.sites[child.spawnSite]?.line == 7 && child.start == Timestamp(50))
    let old = try #require(recording.goroutine(2))
    #expect(recording.strings.text(old.entry) == "main.two" && !old.start.isKnown)
    #expect(old.parentSource == ParentSource.none && old.lastState == .waiting)
  }

  @Test("An unknown version is read as the newest one, or as the one to assume, if that is wished")
  func assumedVersion() throws {
    var trace = Builder(version: "1.20")
    trace.begin(Builder.create(5))
    trace.end()
    #expect(decodeGoTrace(trace.bytes).codes == ["unsupported-version"])
    let recording = decodeGoTrace(trace.bytes, assumeVersion: 21)
    #expect(recording.codes == ["assumed-version"] && recording.spawns == [5: 1])
    #expect(recording.isWhole && recording.inputs[0].formatVersion == "1.20")
    var newer = GoTraceBuilder(version: "1.29")
    newer.thread(3, at: 0, GoTraceBuilder.status(1, 3, 2), GoTraceBuilder.create(6))
    newer.endGeneration()
    #expect(decodeGoTrace(newer.bytes, assumeVersion: .max).spawns == [6: 1])
    #expect(decodeGoTrace(trace.bytes, assumeVersion: .min).codes.first == "assumed-version")
    let old = Builder(version: "1.09").bytes
    #expect(decodeGoTrace(old, assumeVersion: 26).codes == ["unsupported-version"])
  }
}

@Suite("Go traces of format v1: damaged ones")
struct GoTraceV1DamageTests {
  @Test("A cut trace keeps true edges only, leaves nothing open and says that it is cut")
  func cuts() throws {
    for (name, stride) in [
      ("tiny.121", 1), ("user_task_region_1_21_good", 1), ("http_1_19_good", 397),
    ] {
      let bytes = try GoTraceFixture(name: name).bytes()
      let whole = decodeGoTrace(bytes)
      let truth = whole.spawns
      for length in Swift.stride(from: 0, to: bytes.count, by: stride) {
        let recording = decodeGoTrace(Array(bytes[..<length]))
        #expect(recording.brokenInvariant == nil, "\(name) cut at \(length)")
        // A stack that nothing here needs may be missing unseen.
        let isSound = !recording.isWhole || recording.everything == whole.everything
        #expect(isSound, "\(name) cut at \(length)")
        for (child, parent) in recording.spawns { #expect(truth[child] == parent) }
      }
    }
  }

  /// Whether a batch that begins with the frequency of the clock stands here.
  private func isFooter(_ bytes: [UInt8], at place: Int) -> Bool {
    var cursor = ByteCursor(place..<bytes.count)
    guard cursor.byte(bytes.span) == 0x41 else { return false }
    _ = cursor.varint(bytes.span)
    _ = cursor.varint(bytes.span)
    return cursor.byte(bytes.span) == 0x02
  }

  @Test("Without its footer a trace keeps goroutines, parents and waits, without times and names")
  func missingFooter() throws {
    var trace = Builder()
    trace.begin(Builder.create(5, entry: 1, stack: 1), Builder.blockReceive)
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.codes == ["missing-footer"] && !recording.isWhole)
    #expect(recording.spawns == [5: 1] && recording.brokenInvariant == nil)
    let main = try #require(recording.goroutine(1))
    #expect(main.lastState == .waiting && main.outcome == .unknown)
    #expect(recording.strings.text(main.waitReason) == "chan receive")
    #expect(recording.goroutine(5).map { $0.start.isKnown || $0.entry != .empty } == false)
    let canned = try GoTraceFixture(name: "user_task_region_1_21_good").bytes()
    let footer = try #require(canned.indices.first { isFooter(canned, at: $0) })
    let cut = decodeGoTrace(Array(canned[..<footer]))
    #expect(cut.codes.contains("missing-footer"))
    #expect(cut.spawns == decodeGoTrace(canned).spawns && cut.logs.count == 1)
    #expect(cut.tasks(.userTask, 1).first.map { cut.strings.text($0.entry) } == "task0")
  }

  @Test("In a cut trace the order goes on behind what is missing, and nothing is paired across it")
  func holes() throws {
    var trace = Builder()
    // The batch of P 0 with the beginning of the trace was never written.
    trace.batch(
      1, at: 1100, Builder.start(7, 4), Builder.create(8), Builder.unblock(9, 6),
      Builder.blockReceive)
    trace.batch(2, at: 1200, Builder.start(9, 7), Builder.unblock(7, 5), Builder.blockReceive)
    trace.batch(1, at: 1300, Builder.start(7, 6), Builder.unblock(9, 90), Builder.end)
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.codes == ["missing-footer"] && recording.brokenInvariant == nil)
    #expect(recording.spawns == [8: 7] && recording.goroutine(7)?.outcome == .ended)
    let waits = (0..<recording.waits.count).map { row in
      let sleeper = recording.number(recording.waits.task[row]) ?? 0
      let waker = recording.number(recording.waits.by[row]) ?? 0
      return "\(sleeper) \(recording.strings.text(recording.waits.reason[row])) by \(waker)"
    }
    // Goroutine 9 blocked, was woken, ran and blocked again before it was woken for the 90th time.
    #expect(waits == ["9  by 7", "7 chan receive by 9", "9 chan receive by 0", "9  by 7"])
    #expect(recording.goroutine(9)?.lastState == .runnable)
  }

  @Test("Flipped bytes never crash and never break a table", arguments: [1, 2, 3] as [UInt64])
  func flips(seed: UInt64) throws {
    var dice = SeededDice(seed: seed)
    for (name, rounds) in [
      ("tiny.121", 300), ("user_task_region_1_21_good", 300), ("http_1_19_good", 60),
    ] {
      let bytes = try GoTraceFixture(name: name).bytes()
      for round in 0..<rounds {
        var damaged = bytes
        for _ in 0...Int.random(in: 0..<4, using: &dice) {
          let place = Int.random(in: 16..<bytes.count, using: &dice)
          damaged[place] = UInt8.random(in: 0...255, using: &dice)
        }
        let recording = decodeGoTrace(damaged, blockSize: 4096)
        #expect(recording.brokenInvariant == nil, "\(name), seed \(seed), round \(round)")
      }
    }
  }

  @Test("Noise behind a good header never crashes", arguments: ["1.11", "1.19", "1.21"])
  func noise(version: String) {
    var dice = SeededDice(seed: 7)
    for round in 0..<300 {
      var trace = Builder(version: version)
      trace.batch(0, at: 0, (0..<200).map { _ in UInt8(truncatingIfNeeded: dice.next()) })
      trace.end()
      #expect(decodeGoTrace(trace.bytes).brokenInvariant == nil, "seed 7, round \(round)")
    }
  }

  @Test("Behind lost framing the reading goes on at the next batch, with what needs no order")
  func resumed() throws {
    var trace = Builder()
    let entry = trace.stack("main.child")
    trace.begin(Builder.create(5, entry: entry), [0x3F, 1, 2, 3, 0xFF, 0xFF])
    trace.batch(1, at: 1200, Builder.create(6), Builder.start(5, 1), Builder.create(7), Builder.end)
    trace.batch(1, at: 1300, Builder.start(2, 9), Builder.create(8))
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.codes == ["unknown-event", "unordered-events"])
    #expect(recording.brokenInvariant == nil && recording.spawns == [5: 1, 7: 5, 8: 2])
    let child = try #require(recording.goroutine(5))
    #expect(recording.strings.text(child.entry) == "main.child" && child.outcome == .ended)
    #expect(child.end == Timestamp(230))
    #expect(recording.goroutine(1)?.lastState == .unknown)
  }

  @Test("Where no order exists the edges stay and the states are unknown")
  func unordered() throws {
    var trace = Builder()
    trace.begin(Builder.create(5), Builder.create(6))
    // Goroutine 5 is started with a number that never comes.
    trace.batch(1, at: 1100, Builder.start(5, 4), Builder.create(7), Builder.blockReceive)
    trace.batch(2, at: 1100, Builder.start(6, 1), Builder.create(8), Builder.blockReceive)
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.codes == ["unordered-events"] && recording.brokenInvariant == nil)
    #expect(recording.spawns == [5: 1, 6: 1, 7: 5, 8: 6])
    #expect(recording.goroutine(5)?.lastState == .unknown)
    #expect(recording.tasks.rows.allSatisfy { $0.outcome == .unknown })
  }

  @Test("A wrong length or number of arguments costs what stands before the next batch")
  func wrongLengths() {
    let wrong: [[UInt8]] = [
      [0xCD, 2, 10, 9], [0x4D, 10, 9], [0xCD, 6, 10, 9, 0, 0, 0, 0], [0xCD, 0xFF, 0x7F, 1],
      [0x25, 9, 0], [0x25, 9] + GoTraceBuilder.varint(.max), [0xC3] + GoTraceBuilder.varint(.max),
      [0xF0, 4, 10, 1, 0, 0] + GoTraceBuilder.varint(.max >> 1),
      [0xCD, 11] + [UInt8](repeating: 0xFF, count: 11),
    ]
    for bytes in wrong {
      var trace = Builder()
      trace.begin(Builder.create(5), bytes, Builder.create(6))
      trace.batch(0, at: 1200, Builder.yield, Builder.start(5, 1), Builder.create(7))
      trace.end()
      let recording = decodeGoTrace(trace.bytes, blockSize: 3)
      #expect(recording.spawns == [5: 1, 7: 5], "\(bytes)")
      #expect(recording.codes.contains("malformed-event") && recording.brokenInvariant == nil)
    }
  }

  @Test("Ids of any size cost no memory")
  func hugeIDs() {
    var trace = Builder()
    let huge = UInt64.max - 1
    trace.begin(
      Builder.create(huge, entry: huge, stack: huge - 1), Builder.event(23, huge),
      [0x25] + GoTraceBuilder.varint(huge) + [1, 65])
    trace.batch(huge, at: 1100, Builder.start(huge, 1), Builder.create(0), Builder.create(.max))
    trace.end()
    let recording = decodeGoTrace(trace.bytes)
    #expect(recording.spawns == [huge: 1] && recording.brokenInvariant == nil)
    #expect(Set(recording.codes) == ["truncated-trace", "malformed-trace"])
  }

  @Test("A file that is nothing but its header has no footer, and a clock without frequency none")
  func emptyOnes() {
    #expect(decodeGoTrace(Builder().bytes).codes == ["missing-footer"])
    var trace = Builder()
    trace.begin()
    trace.end(frequency: 0)
    #expect(decodeGoTrace(trace.bytes).codes == ["malformed-event", "missing-footer"])
  }
}
