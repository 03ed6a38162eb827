import Testing

@testable import TraceTopology

@Suite("Go traces: recorded ones")
struct GoTraceRecordedTests {
  /// Go's reader makes the times that it gives out strictly increasing, so that simultaneous events
  /// of several threads differ by a nanosecond or so from what the file says.
  private static let tie: Int64 = 8

  @Test(
    "Every goroutine is what Go's own reader says it is",
    arguments: GoTraceFixture.all + GoTraceFixture.flat + GoTraceFixture.more)
  func goroutines(of fixture: GoTraceFixture) throws {
    let facts = try fixture.facts()
    let recording = decodeGoTrace(try fixture.bytes())
    #expect(recording.isWhole && recording.diagnostics.isEmpty)
    #expect(recording.brokenInvariant == nil)
    #expect("go \(recording.inputs[0].formatVersion ?? "")" == facts.version)
    let rows = recording.tasks.rows.filter { $0.kind == .goroutine }
    #expect(Set(rows.map(\.number)) == Set(facts.goroutines.map(\.id)))
    #expect(rows.count == facts.goroutines.count)
    for fact in facts.goroutines {
      let task = try #require(recording.goroutine(fact.id))
      #expect(recording.number(task.parent) == fact.parent, "goroutine \(fact.id)")
      #expect((task.parentSource == .spawn) == (fact.parent != nil), "goroutine \(fact.id)")
      if !fact.start_func.isEmpty { #expect(recording.strings.text(task.entry) == fact.start_func) }
      let site = recording.sites[task.spawnSite].map {
        GoTraceFacts.Place(
          func: recording.strings.text($0.function), file: recording.strings.text($0.file),
          line: $0.line)
      }
      #expect(site == fact.create_site, "goroutine \(fact.id)")
      if let stack = fact.create_stack {
        let frames = task.creationStack.isNone ? [] : recording.names(task.creationStack)
        #expect(frames == stack, "goroutine \(fact.id)")
      }
      #expect(task.start.isKnown == (fact.create_kind != "status"), "goroutine \(fact.id)")
      let label = recording.taskLabels.first { recording.number($0.task) == fact.id }
      #expect(label.map { recording.strings.text($0.value) } == fact.last_label)
      #expect(task.creation == fact.creation, "goroutine \(fact.id)")
      #expect(task.outcome == (fact.ended ? .ended : .open), "goroutine \(fact.id)")
      if let end = fact.end_time_ns {
        #expect(abs(task.end.nanoseconds - end) <= Self.tie, "goroutine \(fact.id)")
      }
    }
  }

  @Test(
    "Blocks and wakers are those that Go's own reader counts",
    arguments: GoTraceFixture.all + GoTraceFixture.flat + GoTraceFixture.more)
  func waits(of fixture: GoTraceFixture) throws {
    let recording = decodeGoTrace(try fixture.bytes())
    var reasons: [UInt64: [String: Int]] = [:]
    var wakers: [UInt64: [String: Int]] = [:]
    let waits = recording.waits
    for row in 0..<waits.count {
      let task = recording.tasks[waits.task[row]]
      let number = try #require(task.number)
      // A coroutine is born waiting; that is no block.
      if waits.since[row].isKnown, waits.since[row] != task.start {
        reasons[number, default: [:]][recording.strings.text(waits.reason[row]), default: 0] += 1
      }
      guard waits.until[row].isKnown else { continue }
      let waker = recording.number(waits.by[row]).map(String.init) ?? "-1"
      wakers[number, default: [:]][waker, default: 0] += 1
    }
    for fact in try fixture.facts().goroutines {
      #expect(reasons[fact.id] ?? [:] == fact.block_reasons ?? [:], "goroutine \(fact.id)")
      #expect(wakers[fact.id] ?? [:] == fact.unblocked_by ?? [:], "goroutine \(fact.id)")
    }
  }

  @Test(
    "User tasks, regions, logs and clock snapshots are all there",
    arguments: GoTraceFixture.all + GoTraceFixture.flat + GoTraceFixture.more)
  func annotations(of fixture: GoTraceFixture) throws {
    let facts = try fixture.facts()
    let recording = decodeGoTrace(try fixture.bytes())
    #expect(recording.tasks.rows.count { $0.kind == .userTask } == facts.tasks)
    #expect(recording.regions.count == facts.regions)
    #expect(recording.logs.count == facts.logs)
    #expect(recording.clocks.count == facts.clockSnapshots)
    #expect(recording.logExtents.count == 1)
    if let lines = facts.region_lines { #expect(recording.regionLines == lines) }
    if let lines = facts.log_lines { #expect(recording.logLines == lines) }
    if let lines = facts.task_lines { #expect(recording.userTaskLines == lines) }
    if let lines = facts.clock_lines { #expect(recording.clockLines == lines) }
  }

  @Test("The tiny trace gives the rows that its bytes spell out")
  func tiny() throws {
    let recording = decodeGoTrace(try GoTraceFixture(name: "tiny.127").bytes())
    let child = try #require(recording.goroutine(10))
    #expect(recording.strings.text(child.entry) == "main.child")
    #expect(recording.number(child.parent) == 1)
    #expect(child.stackDepth == 1 && !child.isSystem)
    #expect(try #require(recording.goroutine(9)).isSystem)
    let main = try #require(recording.goroutine(1))
    #expect(recording.strings.text(main.entry) == "main.main" && !main.isSystem)
    let task = try #require(recording.tasks(.userTask, 1).first)
    #expect(recording.strings.text(task.entry) == "T" && task.outcome == .ended)
    let logged = try #require(recording.loggedSpans.first)
    #expect(logged.span.value == 0xb7ad_6b71_6920_3331 && recording.number(logged.task) == 1)
    let wait = try #require(
      (0..<recording.waits.count).first {
        recording.number(recording.waits.by[$0]) == 10
      })
    #expect(recording.strings.text(recording.waits.reason[wait]) == "chan receive")
    #expect(recording.clocks.first?.monotonic == Timestamp(1_176_582_869_120))
    #expect(recording.clocks.first?.wall == Timestamp(1_795_282_787_863_450_194))
    #expect(recording.logExtents[0].threads == [30451])
  }

  @Test("The result does not depend on how the file is cut into blocks", arguments: [1, 7, 4096])
  func blocks(of size: Int) throws {
    for name in ["tiny.127", "prog.126", "otel125", "tiny.121", "http_1_19_good"] {
      let bytes = try GoTraceFixture(name: name).bytes()
      let whole = decodeGoTrace(bytes, blockSize: bytes.count).everything
      #expect(decodeGoTrace(bytes, blockSize: size).everything == whole, "\(name)")
    }
  }
}

extension Recording {
  /// Go's reader makes times strictly increasing, by a nanosecond for each tie; they are compared to
  /// the tick of the clock, 64 ns.
  private func tick(_ time: Timestamp) -> String {
    time.isKnown ? "\(time.nanoseconds / 64)" : "-"
  }

  private func goroutineNumber(_ task: TaskIndex) -> UInt64 { number(task) ?? 0 }

  fileprivate var regionLines: [String] {
    regions.map {
      "\(goroutineNumber($0.task)) \($0.userTask) \(strings.text($0.name)) "
        + "\(tick($0.start)) \(tick($0.end))"
    }.sorted()
  }

  fileprivate var logLines: [String] {
    logs.map {
      "\(goroutineNumber($0.task)) \($0.userTask) \(strings.text($0.category)) "
        + "\(strings.text($0.value)) \(tick($0.time))"
    }.sorted()
  }

  fileprivate var userTaskLines: [String] {
    userTasks.map {
      let task = tasks[$0.task]
      return "\(task.number ?? 0) \(number(task.parent) ?? 0) \(strings.text(task.entry)) "
        + "\(tick(task.start)) \(goroutineNumber($0.begunOn)) "
        + "\(tick(task.end)) \(goroutineNumber($0.endedOn))"
    }.sorted()
  }

  fileprivate var clockLines: [String] {
    clocks.map { "\($0.monotonic.nanoseconds / 64) \($0.wall.nanoseconds)" }
  }
}
