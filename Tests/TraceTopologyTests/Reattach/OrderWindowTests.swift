import Testing

@testable import TraceTopology

/// The lists that questions about the order of work read.
struct OrderWindowTests {
  /// Spans "c" that begin a while after the start of an "a" or after the end of a "b", many at one time.
  private static func run() -> SpanRun {
    var run = SpanRun()
    var random = SeededGenerator(seed: 5)
    for number in 0..<300 {
      let begin = 1_000 + Int64.random(in: 0...40, using: &random) * 100
      let length = 100 * Int64.random(in: 1...9, using: &random)
      let isFromStart = number % 2 == 0
      let above = run.append(
        isFromStart ? "a" : "b", UInt64(1_000 - number), begin...begin + length)
      let start = isFromStart ? begin + 60 : begin + length + 20
      run.append("c", UInt64(2_000 + number), start...start + 10, below: above)
    }
    return run
  }

  @Test func `A window holds the entries of all lists in the order of their children`() async throws
  {
    var run = Self.run()
    let (group, nodes) = try #require(await run.orderClass("c", below: ["a", "b"]))
    #expect(group.sources.map(\.usual.isFromEnd) == [false, true])
    #expect(group.recorded.count == 300)
    #expect(group.spans.indices.allSatisfy { group.residual($0, nodes) == 0 })
    var all: [(expected: Int64, span: SpanIndex)] = []
    for source in group.sources {
      for place in 0..<source.list.count {
        all.append(
          (source.usual.expected(after: source.list.times[place]), source.list.spans[place]))
      }
    }
    all.sort {
      $0.expected != $1.expected
        ? $0.expected < $1.expected : nodes.key($0.span.index) < nodes.key($1.span.index)
    }
    for (rank, entry) in all.enumerated() { #expect(group.rank(of: entry.span, nodes) == rank) }
    var window = OrderWindow()
    for from in stride(from: Int64(900), to: 6_500, by: 90) {
      let to = from + 700
      window.fill(group, from: from, to: to, limit: 200)
      let first = all.firstIndex { $0.expected >= from } ?? all.count
      #expect(window.count == all[first...].prefix { $0.expected <= to }.count)
      // In three parts, of which the last one is empty.
      let cuts = [from, from + 260, to + 1, to + 1]
      window.cut(at: Array(cuts[1...2]))
      for stretch in 0..<3 {
        window.gather(stretch, nodes)
        let first = all.firstIndex { $0.expected >= cuts[stretch] } ?? all.count
        let expected = all[first...].prefix { $0.expected < cuts[stretch + 1] }
        #expect(window.rank == first)
        #expect(window.entries.map(\.span) == expected.map(\.span))
        #expect(window.entries.map(\.expected) == expected.map(\.expected))
      }
    }
    window.fill(group, from: .min, to: .max, limit: 200)
    #expect(window.count == 0)
    window.cut(at: [])
    window.gather(0, nodes)
    #expect(window.entries.isEmpty)
    window.fill(group, from: .min, to: .max, limit: 300)
    window.cut(at: [])
    window.gather(0, nodes)
    #expect(window.entries.count == 300)
  }
}
