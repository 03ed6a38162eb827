import Testing

@testable import TraceTopology

/// A trace with one flaw, the words that name it, and the event at which it shows.
struct GoTraceFlaw: Sendable, CustomTestStringConvertible {
  var words: String
  /// The events of thread 3 behind the state of its processor (7) and goroutine (1).
  var events: [[UInt8]]
  /// Which of them is broken; `nil` if the place does not matter here.
  var at: Int?

  var testDescription: String { words }

  init(_ words: String, at: Int? = nil, _ events: [UInt8]...) {
    self.words = words
    self.events = events
    self.at = at
  }

  private typealias Trace = GoTraceBuilder
  private static func event(_ id: UInt8, _ arguments: UInt64...) -> [UInt8] {
    [id, 10] + arguments.flatMap(GoTraceBuilder.varint)
  }

  static let all: [GoTraceFlaw] = [
    .init("found invalid event type: 200", at: 1, Trace.create(2), [200, 1]),
    .init("found event without a timestamp: type=5", at: 1, Trace.create(2), [5, 1]),
    .init("the batch ends inside event GoCreate", at: 1, Trace.create(2), [14, 10, 3]),
    .init("found invalid stack ID 44 for event GoCreate", at: 0, Trace.create(2, stack: 44)),
    .init("found invalid string ID 44 for event GoBlock", at: 0, Trace.block(44)),
    .init("expected a proc but didn't have one", at: 1, event(11), Trace.create(2)),
    .init("event ProcStop for proc (-1) that doesn't exist", at: 1, event(11), event(11)),
    .init("expected a goroutine but didn't have one", at: 1, Trace.destroy, Trace.destroy),
    .init("expected no goroutine but had one: 1", at: 1, Trace.create(2), Trace.start(2, 1)),
    .init("expected no goroutine but had one: 1", at: 0, event(15, 9)),
    .init("invalid status for goroutine 4: 9", at: 0, Trace.status(4, .max, 9)),
    .init("invalid status for proc 4: 9", at: 0, event(13, 4, 9)),
    .init(
      "inconsistent status for goroutine 1: old Running vs. new Waiting", at: 0,
      Trace.status(1, .max, 4)),
    .init("inconsistent status for proc 7: old Running vs. new Idle", at: 0, event(13, 7, 2)),
    .init("found goroutine 4 in syscall without a thread", at: 0, Trace.status(4, .max, 3)),
    .init(
      "inconsistent thread for syscalling goroutine 5", at: 1, Trace.status(4, 9, 3),
      Trace.status(5, 9, 3)),
    .init("tried to create goroutine (1) that already exists", at: 0, Trace.create(1)),
    .init("GoSyscallEnd event for goroutine that's not Syscall: 1 is Running", at: 0, event(23)),
    .init(
      "failed to advance GoSyscallBegin: can't make sequence: 1.0 -> 1.2", at: 0, event(22, 2, 0)),
    .init("failed to advance: frontier: GoStart waits: goroutine 2", at: 0, Trace.start(2, 1)),
    .init(
      "goroutine 2 must be Waiting at sequence 1.4 and is Runnable at 1.0", at: 1, Trace.create(2),
      Trace.unblock(2, 5)),
    .init("failed to advance: frontier: ProcStart waits: the thread", at: 0, event(10, 7, 1)),
    .init("proc 8 must be Syscall at sequence 1.0 and does not exist", at: 0, event(12, 8, 1, 3)),
    .init(
      "stole proc from non-existent thread 99", at: 1, event(13, 8, 3), event(12, 8, 1, 99)),
    .init(
      "tried to steal proc 8 from thread 3, but got proc 7 instead", at: 2, event(13, 8, 3),
      event(13, 7, 1), event(12, 8, 1, 3)),
    .init("task ID conflict: 5", at: 1, event(40, 5, 0, 0, 0), event(40, 5, 0, 0, 0)),
    .init("invalid string ID 44 for UserTaskBegin event", at: 0, event(40, 5, 0, 44, 0)),
    .init(
      "misuse of region in goroutine 1", at: 1, event(42, 5, 0, 0), event(43, 6, 0, 0)),
    .init("event STWBegin", at: 1, event(26, 0, 0), event(26, 0, 0)),
    .init("tried to end event STWBegin, but not in-flight", at: 0, event(27)),
    .init("event GCSweepBegin", at: 1, event(32, 0), event(32, 0)),
    .init("tried to end event GCSweepBegin", at: 0, event(33, 0, 0)),
    .init("GCSweepActive for unknown proc 9", at: 0, event(31, 9)),
    .init("goroutine 9 found during GCMarkAssistActive", at: 0, event(34, 9)),
    .init("GCBegin while GC was already in progress", at: 1, event(29, 4, 0), event(29, 5, 0)),
    .init("isn't first GC event", at: 1, event(29, 4, 0), event(28, 5)),
    .init("the GC event before must have number 8", at: 1, event(29, 4, 0), event(30, 9)),
    .init("GCEnd when GC was in an undetermined state", at: 0, event(30, 1)),
  ]
}

@Suite("Go traces: inconsistent ones, verified")
struct GoTraceInconsistentVerifTests {
  private static let proc: [UInt8] = [13, 10, 7, 1]
  private static let running = GoTraceBuilder.status(1, 3, GoTraceBuilder.running)

  /// A generation in which goroutine 1 runs on processor 7 and thread 3, then these events.
  private func trace(_ events: [[UInt8]], version: String = "1.26") -> GoTraceBuilder {
    var trace = GoTraceBuilder(version: version)
    trace.batch(thread: 3, time: 100, Self.proc + Self.running + events.flatMap { $0 })
    return trace
  }

  private func finding(_ bytes: [UInt8], isCut: Bool = false) throws -> GoTraceFinding {
    let (verifier, recording) = verifyGoTrace(bytes, blockSize: 37, isCut: isCut)
    let finding = try #require(verifier?.finding)
    let reported = recording.diagnostics.all.filter { $0.code == "inconsistent-trace" }
    #expect(reported.map(\.offset) == [finding.offset])
    #expect(reported.allSatisfy { $0.severity == .error })
    #expect(recording.verification == finding.text)
    return finding
  }

  @Test("Each broken rule is named with its event", arguments: GoTraceFlaw.all)
  func rules(flaw: GoTraceFlaw) throws {
    var trace = trace(flaw.events)
    trace.endGeneration()
    let finding = try finding(trace.bytes)
    #expect(finding.rule.contains(flaw.words), "\(finding.rule)")
    #expect(finding.generation == 1 && finding.thread == 3)
    if let at = flaw.at {
      let before = flaw.events.prefix(at).reduce(Self.proc.count + Self.running.count) {
        $0 + $1.count
      }
      // Behind the headers of the file and the batch.
      #expect(finding.offset == UInt64(16 + 5 + before), "\(finding.text)")
    }
  }

  @Test("A goroutine or state that a later generation makes up is noticed")
  func laterGenerations() throws {
    let cases: [([UInt8], String)] = [
      (
        GoTraceBuilder.status(6, .max, 4),
        "found goroutine status for new goroutine after the first"
      ),
      (GoTraceBuilder.status(1, .max, 4), "inconsistent status for goroutine 1: old Running"),
      ([34, 10, 1], "expected the range to be active since an earlier generation"),
      ([28, 10, 7], "the GC event before must have number 6"),
    ]
    for (event, words) in cases {
      var trace = trace([])
      trace.endGeneration()
      let start = trace.bytes.count
      trace.batch(thread: 3, time: 900, event)
      trace.endGeneration()
      let finding = try finding(trace.bytes)
      #expect(finding.rule.contains(words), "\(finding.rule)")
      #expect(finding.generation == 2 && finding.offset == UInt64(start + 6))
    }
  }

  @Test("Tables that Go's reader refuses are refused")
  func tables() throws {
    let name: [UInt8] = [5, 9, 1, 65]
    let cases: [([UInt8], String)] = [
      ([4] + name + name, "multiple strings with the same ID: id=9"),
      ([4, 5, 9] + GoTraceBuilder.varint(1025), "invalid string size 1025, maximum is 1024"),
      ([2, 3, 9, 0, 3, 9, 0], "multiple stacks with the same ID: id=9"),
      ([2, 3, 9] + GoTraceBuilder.varint(129), "invalid stack size 129, maximum is 128"),
      ([2, 3, 9, 1, 1, 77, 0, 1], "found invalid func string ID 77 for stack 9"),
      ([2, 3, 9, 1, 1, 0, 78, 1], "found invalid file string ID 78 for stack 9"),
      ([0x32, 8, 5], "found multiple frequency events"),
      ([0x32, 0x33, 0, 0, 1, 0], "found multiple clock snapshot events"),
      ([6, 7, 1, 3, 7, 1, 55], "found invalid stack ID 55 for event CPUSample"),
      ([6, 9], "expected a CPU sample event"),
    ]
    for (payload, words) in cases {
      var trace = trace([])
      trace.batch(payload)
      trace.endGeneration()
      #expect(try finding(trace.bytes).rule.contains(words), "\(words)")
    }
  }

  @Test("Framing is checked by the rules of each version")
  func framing() throws {
    var open = trace([])
    let header = Array("go 1.25 trace\0\0\0".utf8)
    #expect(try finding(open.bytes).rule.contains("incomplete generation found"))
    #expect(try finding(Array(open.bytes.dropLast())).rule.contains("failed to read full batch"))
    #expect(try finding(Array(open.bytes.prefix(18))).rule.contains("error reading batch gen/M ID"))
    #expect(try finding(header).rule.contains("no frequency event found"))
    #expect(try finding(Array(header.prefix(9))).rule.contains("bad file format"))
    let unknown = Array("go 1.24 trace\0\0\0".utf8)
    #expect(try finding(unknown).rule.contains("unknown or unsupported trace version go 1.24"))
    #expect(try finding(GoTraceBuilder().bytes + [0x34]).rule.contains("no frequency event found"))
    #expect(try finding(open.bytes + [9]).rule.contains("expected batch event, got event 9"))
    #expect(try finding(open.bytes + [1, 0, 1, 1, 0]).rule.contains("invalid generation number 0"))
    open.skipGeneration()
    open.thread(3, at: 500, GoTraceBuilder.create(4))
    #expect(try finding(open.bytes).rule.contains("missing end-of-generation event"))
  }

  @Test("Older versions end a generation with the next number, and no other")
  func olderFraming() throws {
    func whole(_ gap: Bool) -> [UInt8] {
      var trace = trace([], version: "1.25")
      trace.endGeneration()
      var bytes = Array(trace.bytes.dropLast())
      let start = trace.bytes.count
      if gap { trace.skipGeneration() }
      trace.thread(3, at: 900, Self.running)
      trace.endGeneration()
      bytes += trace.bytes[start...].dropLast()
      return bytes
    }
    let verifier = try #require(verifyGoTrace(whole(false)).verifier)
    #expect(verifier.finding == nil && verifier.generations == 2)
    #expect(try finding(whole(true)).rule.contains("generations out of order: 3 after 1"))
    let cut = try finding(whole(false), isCut: true)
    #expect(cut.rule.contains("the input is cut"))
  }

  @Test("What a trace without any flaw comes to")
  func consistent() throws {
    var trace = trace([GoTraceBuilder.create(2), GoTraceBuilder.block(0)])
    trace.thread(3, at: 400, GoTraceBuilder.start(2, 1), GoTraceBuilder.unblock(1, 1))
    trace.thread(.max, at: 900, GoTraceBuilder.status(5, .max, 4))
    trace.endGeneration()
    let (verifier, recording) = verifyGoTrace(trace.bytes)
    #expect(recording.diagnostics.isEmpty)
    #expect(recording.verification == "consistent: 7 events in 1 generation")
    #expect(verifier?.counts.transitions(ofProcs: true) == ["Undetermined->Running": 1])
    #expect(verifyGoTrace(GoTraceBuilder().bytes).recording.verification?.contains("0 gen") == true)
  }
}
