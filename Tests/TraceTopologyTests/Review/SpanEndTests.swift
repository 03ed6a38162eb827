import Foundation
import Testing

@testable import TraceTopology

@Suite("How spans end")
struct SpanEndTests {
  /// Task 2 begins a span that nothing ends; it exits, or waits until the end.
  private func unended(exits: Bool) -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("request", 10, on: 1, 100...9_000)
    run.spawn(2, by: 1, at: 200)
    run.span("inner", 11, on: 2, under: 10, 250...260, isEnded: false)
    if exits { run.end(2, at: 300) } else { run.block(2, "network", line: 7, at: 300) }
    run.tick(1, at: 10_000)
    return run
  }

  @Test("A span that never ended is abandoned if its task has exited")
  func abandoned() async throws {
    let topology = try await unended(exits: true).analyze()
    #expect(
      topology.messages("abandoned-span") == [
        "1 span \"inner\" never ended, and the task has left work"
      ])
    #expect(topology.messages("open-span") == [])
  }

  @Test("A span that never ended is open if its task lives: with its state and where it waits")
  func open() async throws {
    let topology = try await unended(exits: false).analyze()
    #expect(
      topology.messages("open-span") == [
        "1 span \"inner\" never ended; the task is waiting: network at main::wait (main.rs:7)"
      ])
    #expect(topology.messages("abandoned-span") == [])
  }

  @Test("A cut task log shows neither", arguments: [true, false])
  func cut(exits: Bool) async throws {
    var run = unended(exits: exits)
    run.cut = 20
    let topology = try await run.analyze()
    #expect(topology.findings.map(\.rule) == [])
  }

  @Test("A damaged log of one process hides what never ended there, and nowhere else")
  func damage() async throws {
    let never = { (name: String, id: Int, service: String) in
      RuleSample.span(name, id, 0, 50, service: service)
        .replacing(#","endTimeUnixNano":"\#(Scenario.time(50_000))""#, with: "") + "\n"
    }
    let found = { (files: [String]) in
      try await Fixtures.withFolder { folder in
        for (number, text) in files.enumerated() {
          try Data(text.utf8).write(to: folder.appending(path: "\(number).jsonl"))
        }
        return await Pipeline.analyze([folder.path]).messages("open-span")
      }
    }
    let half = #"{"resourceSpans":[{"resource""#
    let (shop, stock) = (never("a", 1, "shop"), never("b", 2, "stock"))
    #expect(try await found([shop, stock]).count == 2)
    #expect(try await found([shop, stock + half]) == ["1 span \"a\" never ended"])
    // A log of several processes, or one of which nothing could be read, may tell of any.
    #expect(try await found([shop + stock + half]) == [])
    #expect(try await found([shop, stock, half]) == [])
  }

  @Test("A span without an end and without a task is a note")
  func withoutTask() async throws {
    var run = ReviewScenario()
    run.span("request", 10, on: nil, 100...9_000, isEnded: false)
    let topology = try await run.analyze()
    #expect(topology.messages("open-span") == ["1 span \"request\" never ended"])
    #expect(topology.findings.first?.severity == .note)
  }

  @Test("A span that outlives its task was ended elsewhere")
  func elsewhere() async throws {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.span("request", 10, on: 1, 100...9_000)
    run.spawn(2, by: 1, at: 200)
    run.span("given away", 11, on: 2, under: 10, 250...2_000)
    run.span("kept", 12, on: 2, under: 10, 260...299)
    run.end(2, at: 300)
    run.tick(1, at: 10_000)
    #expect(
      try await run.findings("ended-elsewhere") == [
        "1 span \"given away\" ended on another task than it began on (work)"
      ])
    run.cut = 20
    #expect(try await run.findings("ended-elsewhere") == [])
  }
}
