import Testing

@testable import TraceTopology

@Suite("Lost contexts")
struct ContextLostTests {
  /// Requests that spawn a task each; a few of the spans there have no parent.
  private func run(losing lost: Set<Int>) -> ReviewScenario {
    var run = ReviewScenario()
    run.spawn(1, at: 0, name: "main")
    for number in 0..<20 {
      let begin = 100 + number * 100
      run.run.spans.append(
        Scenario.Span(
          name: "request", id: 100 + number, task: 1, time: begin...begin + 90, trace: 1 + number))
      run.spawn(10 + number, by: 1, at: begin + 10, name: "audit")
      let isLost = lost.contains(number)
      run.run.spans.append(
        Scenario.Span(
          name: "audit", id: 200 + number, parent: isLost ? nil : 100 + number, task: 10 + number,
          time: begin + 20...begin + 50, trace: isLost ? 100 + number : 1 + number))
      run.end(10 + number, at: begin + 60)
    }
    return run
  }

  @Test("A spawn site at which spans lose their context says how often, and what to do")
  func spawnSite() async throws {
    let topology = try await run(losing: [3, 7, 11]).analyze()
    #expect(
      topology.messages("context-lost") == [
        "3 of 20 spawns of audit at main.rs:1 lost the context: pass ctx"
      ])
    let finding = try #require(topology.findings.first { $0.rule == "context-lost" })
    #expect(finding.spans.count == 3 && finding.severity == .warning)
  }

  @Test("Where every context is handed on nothing is found")
  func nothingLost() async throws {
    #expect(try await run(losing: []).analyze().findings.map(\.rule) == [])
  }
}
