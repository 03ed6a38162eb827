import Foundation
import Testing

@testable import TraceTopology

@Suite("Where tasks wait")
struct WaitSiteTests {
  /// Task 2 waits at line 7 for 100, 200 and 400 µs, woken by task 1 twice and once by nobody; task 3
  /// waits there to the end.
  private func run() -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    run.spawn(2, by: 1, at: 10)
    run.spawn(3, by: 1, at: 10)
    run.block(3, "chan receive", line: 7, at: 50)
    for (start, length, waker) in [(100, 100, 1), (300, 200, nil), (600, 400, 1)]
      as [(Int, Int, Int?)]
    {
      run.block(2, "chan receive", line: 7, at: start)
      run.wake(2, by: waker, at: start + length)
    }
    run.block(2, "sleep", line: 9, at: 1_100)
    run.wake(2, at: 1_150)
    run.end(2, at: 1_200)
    run.tick(1, at: 2_000)
    return run
  }

  @Test("Waits are counted and measured by place and reason, with who ended them")
  func sites() async throws {
    let topology = try await run().analyze()
    let sites = topology.waitSummaries
    #expect(sites.map(\.reason) == ["chan receive", "sleep"])
    let first = try #require(sites.first)
    #expect(first.site == "main::wait (main.rs:7)" && first.wokenBy == "main ×2")
    #expect(first.count == 3 && first.cut == 1 && first.total == 700_000)
    #expect(abs(first.median - 200_000) <= 800 && first.p99 == 400_000 && first.greatest == 400_000)
    let sleep = try #require(sites.last)
    #expect(sleep.count == 1 && sleep.median == 50_000 && sleep.p99 == 50_000)
    #expect(sleep.wokenBy.isEmpty)
  }

  @Test("A cut copy of the log claims no wait that it does not hold whole")
  func cut() async throws {
    var short = run()
    short.cut = 200
    let topology = try await short.analyze()
    let first = try #require(topology.waitSummaries.first)
    #expect(first.count <= 3 && first.cut >= 1)
    #expect(first.total <= 700_000)
    #expect(topology.waitSummaries.reduce(0) { $0 + $1.count } <= 4)
  }

  private static let trace = Fixtures.folder.appending(path: "review/leak.trace.zst").path

  @Test("A trace alone, beside others, or too long for its moves has the same profile")
  func history() async throws {
    let alone = await Pipeline.analyze([Self.trace])
    let beside = await Pipeline.analyze([
      Self.trace, Fixtures.folder.appending(path: "review/leak.spans.jsonl.zst").path,
    ])
    let file = InputSet.File(path: Self.trace, isNamed: true)
    var counted = Recording()
    let parts = await InputReading.read(
      file, policy: .standard, historyLimit: 1, workers: Workers(.standard))
    for part in parts {
      counted.append(part)
    }
    let long = await Pipeline.topology(of: counted, policy: .standard)
    #expect(!long.recording.waits.isWhole && alone.recording.waits.isWhole)
    #expect(alone.waitSummaries.count > 4)
    #expect(long.waitSummaries == alone.waitSummaries)
    #expect(Set(beside.waitSummaries.map(\.total)) == Set(alone.waitSummaries.map(\.total)))
    let hung = try #require(alone.waitSummaries.first { $0.site == "main.hung (main.go:113)" })
    #expect(hung.count == 15 && hung.reason == "select" && !hung.isSystem)
  }

  @Test("The topology file holds the places; a part of the run has none")
  func file() throws {
    let run = try Tool.run([Self.trace, "--json", "-", "-q"])
    let top = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let waits = try #require(top["waits"] as? [[String: Any]])
    #expect(waits.first?["id"] as? String == "w0" && waits.count > 4)
    let totals = waits.compactMap { $0["total"] as? Int }
    #expect(totals == totals.sorted(by: >) && totals.count == waits.count)
    let part = try Tool.run([Self.trace, "--json", "-", "-q", "--since", "+1ms"])
    let rest = try #require(try JSONSerialization.jsonObject(with: part.output) as? [String: Any])
    #expect((rest["waits"] as? [Any])?.isEmpty == true)
  }

  @Test("tracetopo waits shows the places, in the order that is asked for")
  func command() throws {
    let run = try Tool.run(["waits", Self.trace])
    #expect(run.status == 0)
    let lines = run.text.split(separator: "\n")
    #expect(lines[0].hasSuffix("waiting for, at"))
    #expect(lines[1].hasSuffix("select · main.hung (main.go:113)"))
    let byCount = try Tool.run(["waits", Self.trace, "--sort", "count", "--top", "1"])
    let rows = byCount.text.split(separator: "\n")
    #expect(rows.count == 3 && rows[1].hasSuffix("sleep · main.main (main.go:55)"))
    let system = try Tool.run(["waits", Self.trace, "--system"])
    #expect(system.text.split(separator: "\n").count > lines.count)
    #expect(try Tool.run(["waits", Self.trace, "--top", "0"]).status == 64)
  }
}
