import Foundation
import Testing

@testable import TraceTopology

@Suite("A sample of each rule")
struct RuleSampleTests {
  @Test("Every rule has a sample, and a row in the README")
  func complete() throws {
    let rules = Review.rules.map { $0.name }
    #expect(Set(RuleSample.all.map(\.rule)) == Set(rules) && RuleSample.all.count == rules.count)
    let page = try String(contentsOf: Fixtures.root.appending(path: "README.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    for rule in rules {
      // Meaning and evidence, false alarms, what to do.
      let row = rows.first { $0.contains("`\(rule)`") && $0.split(separator: " | ").count == 4 }
      #expect(row != nil, "\(rule)")
    }
  }

  @Test("The samples show what they are for, as before")
  func golden() async throws {
    var text = ""
    for sample in RuleSample.all {
      let topology = try await sample.analyze()
      #expect(!topology.messages(sample.rule).isEmpty, "\(sample.rule)")
      text += "== \(sample.rule)\n" + topology.findingLines
    }
    let file = Fixtures.folder.appending(path: "golden/rule-samples.txt")
    if ProcessInfo.processInfo.environment["TRACETOPO_RECORD_GOLDEN"] != nil {
      try Data(text.utf8).write(to: file)
    }
    #expect(text == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test("A cut copy of the same log does not show it", arguments: RuleSample.all)
  func cut(sample: RuleSample) async throws {
    let topology = try await sample.analyze(isCut: true)
    #expect(topology.diagnostics.contains { $0.severity == .error })
    #expect(topology.messages(sample.rule) == [])
  }
}
