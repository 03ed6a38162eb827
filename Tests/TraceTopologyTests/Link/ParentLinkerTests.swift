import Testing

@testable import TraceTopology

/// Spans joined by the parents that the logs record.
@Suite("Recorded parents")
struct ParentLinkerTests {
  private func analyze(_ spans: [Scenario.Span]) async throws -> Topology {
    var scenario = Scenario()
    scenario.spans = spans
    return try await scenario.analyze()
  }

  private func span(
    _ name: String, _ id: Int, _ parent: Int? = nil, _ time: ClosedRange<Int> = 0...10,
    trace: Int = 1
  ) -> Scenario.Span {
    Scenario.Span(name: name, id: id, parent: parent, task: nil, time: time, trace: trace)
  }

  private func codes(_ topology: Topology) -> [String] { topology.diagnostics.map { $0.code } }

  @Test("A record that repeats another one exactly is merged, and counted")
  func duplicatesMerge() async throws {
    let topology = try await analyze([
      span("root", 1), span("child", 2, 1), span("child", 2, 1), span("child", 2, 1),
    ])
    #expect(topology.sketch == "root root\n  child")
    #expect(codes(topology) == ["duplicate-span"])
    #expect(topology.diagnostics[0].count == 2)
  }

  @Test(
    "One id with different contents stays two spans, is reported, and children go where time fits")
  func conflictsStayApart() async throws {
    let topology = try await analyze([
      span("first", 1, nil, 0...10), span("second", 1, nil, 100...200),
      span("child", 2, 1, 120...130),
    ])
    #expect(topology.sketch == "first root\nsecond root\n  child")
    #expect(codes(topology) == ["conflicting-span"])
    #expect(topology.diagnostics[0].message.contains("0000000000000001"))
  }

  @Test("The same span id in two traces is two spans")
  func tracesAreApart() async throws {
    let topology = try await analyze([
      span("a", 1), span("b", 1, nil, 20...30, trace: 2), span("child", 2, 1, 21...22, trace: 2),
    ])
    #expect(topology.sketch == "a root\nb root\n  child")
    #expect(codes(topology) == [])
  }

  @Test("A ring of parents is cut above its earliest span")
  func ringsAreCut() async throws {
    let topology = try await analyze([
      span("late", 1, 3, 30...40), span("early", 2, 1, 10...20), span("middle", 3, 2, 20...30),
      span("tail", 4, 1, 35...36),
    ])
    #expect(
      topology.sketch == """
        early orphan: cycle
          middle
            late
              tail
        """)
    #expect(codes(topology) == ["parent-cycle"])
    #expect(topology.diagnostics[0].message.contains("3 spans"))
  }

  @Test(
    "Rings are found in whatever order their spans began",
    arguments: [[5, 5, 5], [1, 2, 3], [3, 2, 1], [2, 1, 3], [1, 3, 1]])
  func ringsOfAnyOrder(starts: [Int]) async throws {
    let times = starts.map { $0...$0 + 20 }
    let topology = try await analyze([
      span("root", 9, nil, 0...50), span("a", 1, 3, times[0]), span("b", 2, 1, times[1]),
      span("c", 3, 2, times[2]), span("below", 4, 2, 9...10), span("apart", 5, 9, 1...2),
    ])
    #expect(codes(topology) == ["parent-cycle"])
    #expect(topology.diagnostics[0].message.contains("3 spans"))
    #expect(topology.sketch.contains("orphan: cycle") && topology.summary.trees == 2)
  }

  @Test("A span that names itself as its parent is cut and reported")
  func selfParent() async throws {
    let topology = try await analyze([span("self", 5, 5), span("child", 6, 5)])
    #expect(topology.sketch == "self orphan: cycle\n  child")
    #expect(codes(topology) == ["parent-cycle"])
  }

  @Test("A trace may have several roots, or none")
  func rootsAreCounted() async throws {
    let topology = try await analyze([
      span("one", 1), span("two", 2), span("lost child", 3, 99, 5...6, trace: 2),
    ])
    #expect(topology.summary.trees == 3)
    #expect(topology.summary.placeholders == 1)
  }

  @Test("Spans that no output lists are counted all the same")
  func countsNeedNoLists() async throws {
    var scenario = Scenario()
    scenario.spans = [
      span("one", 1), span("child", 3, 1), span("child", 3, 1), span("two", 2),
      span("lost child", 4, 99, 5...6, trace: 2),
    ]
    let listed = try await scenario.analyze()
    scenario.policy.listsSpans = false
    let counted = try await scenario.analyze()
    #expect(listed.summary == counted.summary && counted.summary.trees == 3)
    #expect(listed.trees.count == 3 && counted.trees.isEmpty)
  }

  @Test("Children of one missing parent meet under one placeholder, in its trace alone")
  func placeholdersAreOnePerTrace() async throws {
    let topology = try await analyze([
      span("a", 1, 77, 0...1), span("b", 2, 77, 1...2), span("c", 3, 77, 2...3, trace: 2),
    ])
    #expect(topology.summary.placeholders == 2)
    #expect(topology.trees.map { $0.spans } == [2, 1])
  }

  @Test("A chain of parents sixty thousand deep, and as many children of one parent")
  func depthAndWidthCostNoStack() async throws {
    let count = 60_000
    let chain = try await analyze(
      (1...count).map { span("link", $0, $0 == 1 ? nil : $0 - 1, $0...(2 * count)) })
    #expect(chain.trees.count == 1)
    #expect(chain.trees[0].depth == count)
    let fan = try await analyze(
      (1...count).map { span("leaf", $0, $0 == 1 ? nil : 1, $0...(2 * count)) })
    #expect(fan.trees.count == 1)
    #expect(fan.trees[0].depth == 2)
  }

  @Test("Links find the span that they name, if the run holds it")
  func linksAreResolved() async throws {
    var recording = Recording()
    let trace = TraceID(high: 1, low: 2)
    let process = recording.processes.intern(ProcessRecord(), input: InputIndex(0))
    for id in [1, 2] as [UInt64] {
      var record = SpanRecord()
      record.trace = trace
      record.span = SpanID(value: id)
      record.start = Timestamp(Int64(id))
      recording.append(record, process: process)
    }
    recording.links.append(span: SpanIndex(1), trace: trace, target: SpanID(value: 1))
    recording.links.append(span: SpanIndex(1), trace: trace, target: SpanID(value: 9))
    recording.links.append(
      span: SpanIndex(1), trace: TraceID(high: 9, low: 9), target: SpanID(value: 1))
    let order = SpanOrder(recording, processRank: [0])
    let forest = await ParentLinker.link(&recording, order: order)
    let targets = LinkTargets.resolve(recording, forest, order: order)
    #expect(targets == [SpanIndex(0), .none, .none])
    #expect(recording.diagnostics.isEmpty)
  }
}
