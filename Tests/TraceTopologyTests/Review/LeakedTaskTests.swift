import Foundation
import Testing

@testable import TraceTopology

@Suite("Leaked tasks")
struct LeakedTaskTests {
  /// Task 1 serves a request that spawns task 2, which blocks for ever; the run goes on for 10 ms.
  private func leak(_ reason: String = "chan receive") -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("request", 10, on: 1, 100...500)
    run.spawn(2, by: 1, at: 200)
    run.block(2, reason, line: 7, at: 300)
    run.tick(1, at: 10_000)
    return run
  }

  @Test(
    "A task that is blocked after the span of its creator has ended is leaked",
    arguments: ["chan receive", "chan send", "select", "sync", "sync.Cond.Wait", "mutex"])
  func blocked(reason: String) async throws {
    let topology = try await leak(reason).analyze()
    #expect(
      topology.messages("leaked-task") == [
        "1 task will never run again: \(reason) at main::wait (main.rs:7), spawned at main.rs:1"
      ])
    #expect(topology.summary.leakedTasks == 1)
    let finding = try #require(topology.findings.first)
    #expect(finding.severity == .error && finding.spans.isEmpty)
    #expect(finding.tasks.map { topology.recording.tasks[$0].number } == [2])
  }

  @Test(
    "What comes by itself or from outside leaks nothing",
    arguments: ["sleep", "network", "IO wait", "system goroutine wait", ""])
  func outside(reason: String) async throws {
    #expect(try await leak(reason).findings("leaked-task") == [])
  }

  @Test("A cut log never shows a leak, and says that nobody can say")
  func cut() async throws {
    var run = leak()
    run.cut = 20
    let topology = try await run.analyze()
    #expect(topology.messages("leaked-task") == [])
    #expect(topology.summary.leakedTasks == nil)
  }

  @Test("A task whose creator is still at it is no leak")
  func creatorAlive() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("request", 10, on: 1, 100...9_990)
    run.spawn(2, by: 1, at: 200)
    run.block(2, "chan receive", line: 7, at: 300)
    run.tick(1, at: 10_000)
    #expect(try await run.findings("leaked-task") == [])
  }

  @Test("The grace is what the option says")
  func grace() async throws {
    var run = leak()
    run.run.policy.leakGrace = 9_600_000
    #expect(try await run.findings("leaked-task") == [])
    run.run.policy.leakGrace = 9_400_000
    #expect(try await run.findings("leaked-task").count == 1)
  }

  @Test("A worker between jobs is no leak, though its spawner is gone")
  func worker() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 10)
    run.spawn(3, by: 2, at: 20, name: "worker")
    run.spawn(4, by: 2, at: 20, name: "worker")
    run.end(2, at: 30)
    for (number, task) in [3, 4, 3].enumerated() {
      run.block(task, "chan receive", line: 7, at: 40 + 10 * number)
      run.wake(task, by: 1, at: 45 + 10 * number)
    }
    run.block(3, "chan receive", line: 7, at: 100)
    run.block(4, "chan receive", line: 7, at: 100)
    run.tick(1, at: 10_000)
    #expect(try await run.findings("leaked-task") == [])
  }

  @Test("A consumer whose only feeder has ended is no worker")
  func fedByTheDead() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 10)
    run.spawn(3, by: 2, at: 20, name: "consumer")
    run.block(3, "chan receive", line: 7, at: 40)
    run.wake(3, by: 2, at: 50)
    run.block(3, "chan receive", line: 7, at: 60)
    run.end(2, at: 70)
    run.tick(1, at: 10_000)
    #expect(
      try await run.findings("leaked-task") == [
        "1 task will never run again: chan receive at main::wait (main.rs:7), spawned at main.rs:2"
      ])
  }

  /// Requests on tasks 2 and 3 that each spawn a consumer (4, 5) and feed it once; the spawner of the
  /// consumers is given.
  private func requests(spawnedBy spawners: [Int], feeders: [Int]) -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("start", 10, on: 1, 10...20)
    for task in [2, 3] { run.spawn(task, by: 1, at: 100, name: "serve") }
    for (consumer, spawner) in zip([4, 5], spawners) {
      run.spawn(consumer, by: spawner, at: 150, line: 33)
      run.block(consumer, "chan receive", line: 7, at: 200)
    }
    for (number, feeder) in feeders.enumerated() {
      let consumer = 4 + number % 2
      run.wake(consumer, by: feeder, at: 300 + number * 10)
      run.block(consumer, "chan receive", line: 7, at: 305 + number * 10)
    }
    for task in [2, 3] { run.end(task, at: 500) }
    run.tick(1, at: 10_000)
    return run
  }

  @Test(
    "Consumers that each were fed by one task that has ended leak; a crew that several fed waits")
  func consumers() async throws {
    let own = try await requests(spawnedBy: [2, 3], feeders: [2, 3]).analyze()
    #expect(own.summary.leakedTasks == 2)
    // Another request fed one of them: what they take is handed around.
    let mixed = try await requests(spawnedBy: [2, 3], feeders: [2, 3, 3]).analyze()
    #expect(mixed.summary.leakedTasks == 0)
    let crew = try await requests(spawnedBy: [2, 2], feeders: [2, 3]).analyze()
    #expect(crew.summary.leakedTasks == 0)
  }

  /// Task 2 sets the program up at 10 µs, spawns tasks that wait, and is gone; spans begin at 100 µs.
  private func program(
    waiting: Int, at start: Int = 20, _ reason: String = "chan receive", isLocked: Bool = false
  ) -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 10)
    if isLocked {
      run.block(2, "sync", line: 8, at: 15)
      run.wake(2, by: 1, at: start - 2)
    }
    for task in 3..<3 + waiting {
      run.spawn(task, by: 2, at: start)
      run.block(task, reason, line: 7, at: start + 20)
    }
    run.end(2, at: start + 50)
    run.span("request", 10, on: 1, 100...500)
    run.tick(1, at: 10_000)
    return run
  }

  @Test("What alone waits since the set-up of the program may wait for its end")
  func setUp() async throws {
    #expect(try await program(waiting: 1).findings("leaked-task") == [])
    #expect(try await program(waiting: 1, "select").findings("leaked-task") == [])
    // The set-up itself may run late.
    #expect(try await program(waiting: 1, at: 120).findings("leaked-task") == [])
    // So it may for a lock, but not for a tenth of the run.
    let locked = program(waiting: 1, at: 120, isLocked: true)
    #expect(try await locked.findings("leaked-task") == [])
    #expect(try await program(waiting: 1, at: 3_000).analyze().summary.leakedTasks == 1)
    // Two of a kind, a lock, or what was spawned once spans had begun, do not.
    #expect(try await program(waiting: 2).analyze().summary.leakedTasks == 2)
    #expect(try await program(waiting: 1, "sync").analyze().summary.leakedTasks == 1)
    var late = program(waiting: 0)
    late.spawn(8, by: 1, at: 600)
    late.spawn(9, by: 8, at: 610)
    late.block(9, "chan receive", line: 7, at: 620)
    late.end(8, at: 630)
    #expect(try await late.analyze().summary.leakedTasks == 1)
    var all = program(waiting: 1)
    all.run.policy.leakGrace = 0
    #expect(try await all.analyze().summary.leakedTasks == 1)
  }

  @Test("Leaks at one place are one finding")
  func groups() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    for number in 0..<5 {
      let begin = 100 + number * 100
      run.span("request", 10 + number, on: 1, begin...begin + 50)
      run.spawn(20 + number, by: 1, at: begin + 10)
      run.block(20 + number, "chan send", line: 9, at: begin + 20)
    }
    run.tick(1, at: 10_000)
    let topology = try await run.analyze()
    #expect(topology.findings.count == 1)
    #expect(topology.findings.first?.tasks.count == 5)
    #expect(topology.summary.leakedTasks == 5)
  }

  private static let dump = """
    goroutine 1 [running]:
    main.main()
    \t/src/main.go:10 +0x10

    goroutine 5 [select (no cases)]:
    main.stuck()
    \t/src/main.go:14 +0x10
    created by main.main in goroutine 1
    \t/src/main.go:22 +0x76

    goroutine 6 [chan receive, 3 minutes]:
    main.orphan()
    \t/src/main.go:30 +0x10
    created by main.handle in goroutine 99
    \t/src/main.go:33 +0x76

    goroutine 7 [chan receive]:
    main.young()
    \t/src/main.go:40 +0x10
    created by main.main in goroutine 1
    \t/src/main.go:43 +0x76

    goroutine 8 [sleep]:
    main.sleeper()
    \t/src/main.go:50 +0x10
    created by main.main in goroutine 1
    \t/src/main.go:53 +0x76

    """

  private func leaks(
    inDump grace: Int64?, _ dump: String = LeakedTaskTests.dump
  ) async throws -> [String] {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "dump.txt")
      try Data(dump.utf8).write(to: file)
      var policy = Policy.standard
      policy.leakGrace = grace
      let topology = await Pipeline.analyze([file.path], policy: policy)
      return topology.findings.flatMap(\.tasks).map {
        topology.recording.strings.text(topology.recording.tasks[$0].entry)
      }.sorted()
    }
  }

  @Test("A dump may tell of any number of minutes")
  func endlessMinutes() async throws {
    let dump = Self.dump.replacing("3 minutes", with: "99999999999 minutes")
    #expect(try await leaks(inDump: nil, dump) == ["main.orphan", "main.stuck"])
  }

  @Test("In a dump what waits on nothing leaks, and what has outlived its spawner")
  func dump() async throws {
    #expect(try await leaks(inDump: nil) == ["main.orphan", "main.stuck"])
  }

  @Test("What the runtime itself found leaked is leaked, however young")
  func foundByRuntime() async throws {
    let dump = Self.dump.replacing("7 [chan receive]", with: "7 [chan receive (leaked) (scan)]")
    #expect(try await leaks(inDump: nil, dump) == ["main.orphan", "main.stuck", "main.young"])
  }

  /// uber-go/goleak 1.3 looks at all goroutines but the caller's own, which runs, and leaves out those of
  /// package `testing`, of `os/signal` and the tracer's reader; all others leak. Goroutines of the runtime
  /// itself are in no dump that it takes. It counts one that sleeps, as it retries for a while; in the log
  /// of a run that is over, what wakes by itself is no leak.
  @Test(
    "Against goleak: the same goroutines of a dump, but for the one that sleeps",
    arguments: [
      ("stack-and-pprof1.go127.txt", [5, 19, 20, 22], 21),
      ("stack-and-pprof1.go123.txt", [6, 7, 9, 10], 8),
      ("stack-and-pprof1.go121.txt", [18, 19, 21, 22], 20),
      ("ancestors.go127.txt", [5, 19, 20, 22], 21),
      ("panic-system.go127.txt", [19, 20, 22, 23], 21),
    ] as [(String, Set<UInt64>, UInt64)])
  func goleakOnDumps(name: String, leaked: Set<UInt64>, sleeper: UInt64) async throws {
    var policy = Policy.standard
    policy.leakGrace = 0
    let path = Fixtures.folder.appending(path: "godump/\(name)").path
    let topology = await Pipeline.analyze([path], policy: policy)
    let tasks = topology.recording.tasks
    let counted = topology.taskOrder.filter { task in
      let state = tasks.lastState(task)
      return state != .unknown && state != .running && !tasks.isSystem(task)
    }
    #expect(Set(counted.compactMap { tasks[$0].number }) == leaked.union([sleeper]))
    let found = topology.findings.filter { $0.rule == "leaked-task" }.flatMap(\.tasks)
    #expect(Set(found.compactMap { tasks[$0].number }) == leaked)
    let asleep = try #require(counted.first { tasks[$0].number == sleeper })
    #expect(topology.recording.strings.text(tasks[asleep].waitReason) == "sleep")
  }

  @Test("Without a grace every blocked goroutine leaks, as uber-go/goleak counts, but for sleepers")
  func goleak() async throws {
    #expect(try await leaks(inDump: 0) == ["main.orphan", "main.stuck", "main.young"])
  }
}
