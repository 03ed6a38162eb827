import Testing

@testable import TraceTopology

/// Children that keep to the order of the spans above their parents.
@Suite("Order by the spans above the parents")
struct OrderAboveTests {
  /// Reads in their order, decodes by workers that overtake each other, and writes in the order of the
  /// reads again.
  private static func run(isPutInOrder: Bool) -> SpanRun {
    var run = SpanRun()
    var random = SeededGenerator(seed: 11)
    var decodes: [(span: SpanIndex, end: Int64)] = []
    for number in 0..<120 {
      let start = 1_000 + Int64(number) * 100
      let read = run.append("read", UInt64(1_000 + number), start...start + 20)
      let begin = start + 20 + 10 * Int64.random(in: 0...30, using: &random)
      let end = begin + 10 * Int64.random(in: 1...60, using: &random)
      let decode = run.append("decode", UInt64(2_000 + number), begin...end, below: read)
      decodes.append((decode, end))
    }
    if !isPutInOrder { decodes.sort { $0.end < $1.end } }
    var free = Int64(0)
    for (number, decode) in decodes.enumerated() {
      let start = max(free, decode.end) + 1
      run.append("write", UInt64(3_000 + number), start...start + 5, below: decode.span)
      free = start + 5
    }
    return run
  }

  private static func source(_ run: inout SpanRun) async throws -> (OrderClass.Source, [StringID]) {
    let names = run.names(["write", "decode", "read"])
    var lists = await run.lists(names)
    let group = try #require(
      await OrderClass(
        name: names[0], members: &lists, nodes: run.nodes, parentNames: [names[1]],
        namesAbove: { $0 == names[1] ? [names[2]] : [] },
        known: KnownParents(run.forest)))
    return (try #require(group.sources.first), names)
  }

  @Test func `Where work is put in order again, parents stand in the order of the spans above`()
    async throws
  {
    var run = Self.run(isPutInOrder: true)
    let (source, names) = try await Self.source(&run)
    #expect(source.above == names[2])
    let nodes = run.nodes
    #expect(source.list.spans.map { nodes.spanID[$0.index].value } == (2_000..<2_120).map { $0 })
  }

  @Test func `Where work goes on as it is done, parents stand in the order of their own ends`()
    async throws
  {
    var run = Self.run(isPutInOrder: false)
    let (source, _) = try await Self.source(&run)
    #expect(source.above == nil)
    let nodes = run.nodes
    #expect(source.usual.isFromEnd)
    #expect(source.list.spans.map { nodes.end[$0.index].nanoseconds }.isSorted)
  }
}

extension [Int64] {
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}
