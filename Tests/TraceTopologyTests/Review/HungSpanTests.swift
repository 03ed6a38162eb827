import Testing

@testable import TraceTopology

@Suite("Hung spans")
struct HungSpanTests {
  /// A span of task 2 in which it waits for 5 of 10 ms.
  private func hang(_ reason: String = "select") -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 100)
    run.span("poll", 10, on: 2, 200...6_000)
    run.block(2, reason, line: 7, at: 500)
    run.wake(2, by: 1, at: 5_500)
    run.end(2, at: 6_500)
    run.tick(1, at: 10_000)
    return run
  }

  @Test("A span to which nothing happened for too long says where it waited, and who woke it")
  func hung() async throws {
    let topology = try await hang().analyze()
    #expect(
      topology.messages("hung-span") == [
        "1 span \"poll\" waited up to 5 ms: select at main::wait (main.rs:7); woken by main"
      ])
  }

  @Test("A cut log shows no hang")
  func cut() async throws {
    var run = hang()
    run.cut = 20
    #expect(try await run.findings("hung-span") == [])
  }

  @Test("The limit is what the option says")
  func limit() async throws {
    var run = hang()
    run.run.policy.hungAfter = 5_100_000
    #expect(try await run.findings("hung-span") == [])
    run.run.policy.hungAfter = 4_900_000
    #expect(try await run.findings("hung-span").count == 1)
  }

  @Test("Waiting for the garbage collector is no hang")
  func collector() async throws {
    #expect(try await hang("GC mark assist wait for work").findings("hung-span") == [])
  }

  @Test("A span that waits for work below it does not hang")
  func busyBelow() async throws {
    var run = hang()
    run.span("step", 11, on: 1, under: 10, 600...3_000)
    run.span("step", 12, on: 1, under: 11, 3_100...5_400)
    #expect(try await run.findings("hung-span") == [])
  }

  @Test("A span that waits for a task that it spawned does not hang")
  func busyTask() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 100)
    run.span("poll", 10, on: 2, 200...6_000)
    run.spawn(3, by: 2, at: 300)
    run.block(2, "select", line: 7, at: 500)
    run.end(3, at: 5_400)
    run.wake(2, by: 1, at: 5_500)
    run.tick(1, at: 10_000)
    #expect(try await run.findings("hung-span") == [])
  }

  @Test("A queue for a lock that moves is long, not hung")
  func movingQueue() async throws {
    var run = hang("sync")
    #expect(try await run.findings("hung-span").count == 1)
    run.spawn(3, by: 1, at: 100)
    run.block(3, "sync", line: 7, at: 300)
    run.wake(3, by: 1, at: 3_000)
    #expect(try await run.findings("hung-span") == [])
  }
}
