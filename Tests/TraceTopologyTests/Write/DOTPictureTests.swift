import Foundation
import Testing

@testable import TraceTopology

/// Writes the DOT of an example where a person can look at it; only when asked to.
@Suite struct DOTPictureTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["TRACETOPO_PICTURES"] != nil))
  func picturesToLookAt() throws {
    let folder = ProcessInfo.processInfo.environment["TRACETOPO_PICTURES"] ?? "/tmp"
    let runs: [(String, TopologyBuilder, Int)] = [
      ("orders", ExampleRun.orders(), 1_000), ("pipeline", ExampleRun.pipeline(), 1_000),
      ("requests", ExampleRun.requests(1_200), 60),
      ("sites", ExampleRun.mixture(names: 9, spans: 4_000, orphans: 3), 30),
      ("trimmed", ExampleRun.mixture(names: 900, spans: 4_000, orphans: 3), 40),
      ("wide1000", ExampleRun.mixture(names: 900, spans: 20_000, orphans: 40), 1_000),
      ("wide80", ExampleRun.mixture(names: 75, spans: 20_000, orphans: 5), 90),
      ("wide200", ExampleRun.mixture(names: 190, spans: 20_000, orphans: 5), 200),
      ("site3000", ExampleRun.mixture(names: 2_900, spans: 60_000, orphans: 5), 3_000),
      ("orphans", ExampleRun.mixture(names: 1, spans: 4_000, orphans: 900), 1_000),
      ("unfolded", ExampleRun.mixture(names: 900, spans: 900, orphans: 40), 1_000),
      ("wide3000", ExampleRun.mixture(names: 9_000, spans: 20_000, orphans: 40), 3_000),
      ("tight", ExampleRun.pipeline(), 20),
    ]
    for (name, run, limit) in runs {
      var options = DOTOptions()
      options.maxNodes = limit
      let dot = try Picture.dot(of: run.build(), options)
      try Data(dot).write(to: URL(fileURLWithPath: "\(folder)/\(name).dot"))
    }
  }
}
