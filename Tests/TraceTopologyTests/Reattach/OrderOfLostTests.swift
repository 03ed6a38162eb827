import Testing

@testable import TraceTopology

/// Work that passes queues in order, where the logs lack some of the spans in the middle.
@Suite("Order across a lost generation")
struct OrderOfLostTests {
  /// Each piece of work is read by task 1, decoded by task 2 and stored by task 3. Of some pieces nobody
  /// logged that they were decoded; their contexts had been lost before that, so that nothing but the
  /// order says where they came from. Of these, some "store" still name what is lost, others name nothing.
  ///
  ///     task 1   [read a][read b][read c]
  ///     task 2          [decode a]  (lost)  [decode c]
  ///     task 3                    [store a]    [store b]  [store c]
  private func pipeline(lost share: Int = 20) -> (
    scenario: Scenario, named: [Int], unnamed: [Int]
  ) {
    var random = SeededGenerator(seed: 3)
    var scenario = Scenario()
    scenario.spawnTasks(3)
    var named: [Int] = []
    var unnamed: [Int] = []
    var decoder = 0
    var storer = 0
    var read = 1_000
    for id in 0..<400 {
      read += 40 + Int.random(in: 0..<60, using: &random)
      let decoded = max(read + 12, decoder) + Int.random(in: 0..<9, using: &random)
      decoder = decoded + 20 + Int.random(in: 0..<60, using: &random)
      let stored = max(decoder + 2, storer) + Int.random(in: 0..<9, using: &random)
      storer = stored + 20 + Int.random(in: 0..<60, using: &random)
      let isLost = Int.random(in: 0..<100, using: &random) < share
      let isNamed = id % 2 == 0
      if isLost, isNamed { named.append(id) }
      if isLost, !isNamed { unnamed.append(id) }
      scenario.spans.append(
        Scenario.Span(
          name: "read", id: 1_000 + id, parent: nil, task: 1, time: read...read + 10,
          trace: 1 + id))
      if !isLost {
        scenario.spans.append(
          Scenario.Span(
            name: "decode", id: 2_000 + id, parent: 1_000 + id, task: 2,
            time: decoded...decoder, trace: 1 + id))
      }
      scenario.spans.append(
        Scenario.Span(
          name: "store", id: 3_000 + id, parent: isLost && !isNamed ? nil : 2_000 + id, task: 3,
          time: stored...storer, trace: isLost ? 9_000 + id : 1 + id))
    }
    return (scenario, named, unnamed)
  }

  /// How many of some "store" were put below the right "read", and below another one.
  private func counts(_ topology: Topology, _ ids: [Int]) throws -> (right: Int, wrong: Int) {
    var right = 0
    var wrong = 0
    for id in ids {
      var node = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(3_000 + id) })
      repeat {
        node = topology.parent[node.index]
      } while !node.isNone
        && topology.isPlaceholder(node)
      guard !node.isNone else { continue }
      if topology.spanID(node).value == UInt64(1_000 + id) { right += 1 } else { wrong += 1 }
    }
    return (right, wrong)
  }

  @Test func `A lost parent is put below the span that lacks a child when it was its turn`()
    async throws
  {
    let (scenario, named, unnamed) = pipeline()
    let topology = try await scenario.analyze()
    let answers = topology.reattachments.values.filter { $0.rule == .order }
    #expect(answers.contains { $0.evidence.map(\.rule) == [.order, .ancestor] })
    for ids in [named, unnamed] {
      let (right, wrong) = try counts(topology, ids)
      #expect(ids.count > 25)
      #expect(wrong * 20 <= right)
      #expect(right * 10 >= ids.count * 7)
    }
  }

  @Test func `A span whose parent is lost hangs below the placeholder, if it names one`()
    async throws
  {
    let (scenario, named, unnamed) = pipeline()
    let topology = try await scenario.analyze()
    for (ids, isNamed) in [(named, true), (unnamed, false)] {
      for id in ids {
        let node = try #require(
          topology.spanOrder.first { topology.spanID($0).value == UInt64(3_000 + id) })
        let parent = topology.parent[node.index]
        if isNamed {
          #expect(topology.isPlaceholder(parent))
          #expect(topology.spanID(parent).value == UInt64(2_000 + id))
        } else if !parent.isNone {
          #expect(!topology.isPlaceholder(parent))
        }
      }
    }
  }

  @Test func `Lost entries stand where the spans above them say`() async throws {
    var run = SpanRun()
    var lost: [SpanIndex] = []
    for number in 0..<40 {
      let start = Int64(1_000 + number * 100)
      let read = run.append("read", UInt64(1_000 + number), start...start + 10)
      if number % 8 == 3 {
        lost.append(read)
      } else {
        let start = Int64(1_050 + number * 110)
        run.append("decode", UInt64(2_000 + number), start...start + 10, below: read)
      }
    }
    let names = run.names(["decode", "read"])
    var lists = await run.lists(names)
    let entries = try #require(
      LostEntries(
        lists.started(names[0]), byAbove: nil, above: [names[1]], lost: 0.15,
        members: &lists, nodes: run.nodes, known: KnownParents(run.forest)))
    #expect(entries.above == lost)
    let times: [Int64] = [1_380, 2_260, 3_140, 4_020, 4_900]
    #expect(entries.times == times)
    #expect(entries.share > 0.8)
  }
}
