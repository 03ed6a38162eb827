import Testing

@testable import TraceTopology

/// Answers that chains lead past: what stands between them and the span is in the log.
@Suite("What stands between")
struct AnswersBetweenTests {
  /// A task imports a file: a reader that it starts reads it, a parser parses rows, and the task itself
  /// inserts them as they come. The parsing of some rows is lost.
  ///
  ///     task 1        [import          [insert]    [insert]  ]
  ///     a reader        [read file]    ●           ●
  ///     a parser            [parse]──▶─┘ [parse]──▶┘
  ///
  /// Where `files` is two, each import reads two files; of an import for which `isRead` is false no log holds
  /// the reading.
  private func imports(files: Int = 1, isRead: (Int) -> Bool = { _ in true }) -> Scenario {
    var scenario = Scenario()
    scenario.spawnTasks(1)
    for number in 0..<40 {
      let begin = 1_000 + number * 1_000
      let trace = 1 + number
      scenario.spans.append(
        Scenario.Span(
          name: "import", id: 1_000 + number, parent: nil, task: 1, time: begin...begin + 900,
          trace: trace))
      for file in 0..<files {
        let reader = 100 + number * 4 + file
        scenario.taskLog += [
          #"{"event":"spawn","process":"shop","task":\#(reader),"parent":1,"time":@\#(begin + 2 + file),"site":"main.go:9"}"#,
          #"{"event":"start","process":"shop","task":\#(reader),"time":@\#(begin + 5)}"#,
        ]
        if isRead(number) {
          scenario.spans.append(
            Scenario.Span(
              name: "read file", id: 2_000 + number * 4 + file, parent: 1_000 + number,
              task: reader,
              time: begin + 10...begin + 200, trace: trace))
        }
      }
      for row in 0..<2 {
        let at = begin + 300 + row * 250
        let parsed = 10_000 + number * 4 + row
        let file = 2_000 + number * 4 + row % files
        let parser = 100 + number * 4 + 2 + row
        scenario.taskLog += [
          #"{"event":"block","process":"shop","task":1,"time":@\#(at - 50),"reason":"chan receive"}"#,
          #"{"event":"spawn","process":"shop","task":\#(parser),"time":@\#(at),"site":"main.go:20"}"#,
          #"{"event":"start","process":"shop","task":\#(parser),"time":@\#(at + 1)}"#,
          #"{"event":"unblock","process":"shop","task":1,"by":\#(parser),"how":"send","time":@\#(at + 60)}"#,
          #"{"event":"start","process":"shop","task":1,"time":@\#(at + 61)}"#,
        ]
        if !isLost(number, row) {
          scenario.spans.append(
            Scenario.Span(
              name: "parse", id: parsed, parent: file, task: parser, time: at + 5...at + 55,
              trace: trace))
        }
        scenario.spans.append(
          Scenario.Span(
            name: "insert", id: 20_000 + number * 4 + row, parent: parsed, task: 1,
            time: at + 70...at + 120, trace: trace))
      }
    }
    return scenario
  }

  private func isLost(_ number: Int, _ row: Int) -> Bool { number % 5 == 2 && row == 1 }

  /// The names and numbers of what stands above the lost rows' inserts, placeholders passed over.
  private func above(_ topology: Topology) throws -> [(number: Int, id: Int?)] {
    try stride(from: 2, to: 40, by: 5).map { number in
      let id = UInt64(20_000 + number * 4 + 1)
      let insert = try #require(topology.spanOrder.first { topology.spanID($0).value == id })
      let parsed = topology.parent[insert.index]
      #expect(topology.isPlaceholder(parsed))
      let found = topology.parent[parsed.index]
      return (number, found.isNone ? nil : Int(topology.spanID(found).value))
    }
  }

  @Test func `A lost span stands below the only span that can be between`() async throws {
    let topology = try await imports().analyze()
    for (number, id) in try above(topology) { #expect(id == 2_000 + number * 4) }
  }

  @Test func `Where that one is lost as well, the span stands below what is above it`() async throws
  {
    let topology = try await imports { $0 != 12 }.analyze()
    for (number, id) in try above(topology) {
      #expect(id == (number == 12 ? 1_000 + number : 2_000 + number * 4))
    }
  }

  @Test func `Of two that can be between none is chosen for being there`() async throws {
    let topology = try await imports(files: 2).analyze()
    for span in topology.spanOrder {
      let evidence = topology.reattachments[span]?.evidence ?? []
      #expect(!evidence.contains { $0.rule == .descendant })
    }
  }
}
