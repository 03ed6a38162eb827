import Testing

@testable import TraceTopology

/// Names that a root shares with its child.
@Suite("Roots over spans of their own name")
struct OuterRootTests {
  /// Many requests at once, each described by two layers of one server: the outer span is a root.
  private func requests(losing share: Int, seed: UInt64) -> OTLPSpans {
    var random = SeededGenerator(seed: seed)
    var run = OTLPSpans()
    for id in 1...400 as ClosedRange<UInt64> {
      let begin = Double(id) * 4 + Double.random(in: 0...4, using: &random)
      let length = Double.random(in: 8...14, using: &random)
      let trace = TraceID(high: 5, low: id | 1 << 40)
      let base = OTLPSpans.wide(id * 4)
      let isLost = share > 0 && Int(id) % share == 0
      run.add("/compose", base, kind: .server, begin...(begin + length), trace: trace)
      run.add(
        "/compose", base + 1, under: base, begin + 0.5...(begin + length - 0.3), trace: trace)
      run.add(
        "upload", base + 2, under: isLost ? nil : base + 1, begin + 1...(begin + length - 1),
        trace: isLost ? TraceID(high: 6, low: id | 1 << 41) : trace)
    }
    return run
  }

  @Test(
    "A root stays a root though inner spans of its name have parents",
    arguments: [1, 2, 3] as [UInt64])
  func stays(seed: UInt64) async throws {
    let topology = try await requests(losing: 0, seed: seed).analyze()
    let joined = topology.kind.count { $0 == .reattached }
    #expect(joined == 0)
    #expect(topology.kind.count { $0 == .root } == 400)
  }

  @Test("Other losses beside such roots are still looked at")
  func others() async throws {
    let topology = try await requests(losing: 10, seed: 4).analyze()
    for row in 0..<topology.recording.spans.count where topology.kind[row] == .reattached {
      let name = topology.recording.strings.text(topology.recording.spans.name[row])
      #expect(name == "upload")
    }
    #expect(topology.kind.count { $0 == .orphan || $0 == .reattached } == 40)
  }
}
