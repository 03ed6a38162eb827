import Foundation
import Testing

@testable import TraceTopology

@Suite("Index of open spans")
struct OpenSpanIndexTests {
  private struct Generator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  private struct Item {
    var span: SpanIndex
    var start: Int64
    var end: Int64
  }

  private func run(_ generator: inout Generator, spans: Int) async throws -> LinkedRun {
    var scenario = Scenario()
    scenario.taskLog = (1...3).map {
      #"{"event":"spawn","process":"shop","task":\#($0),"time":@0}"#
    }
    for number in 0..<spans {
      let start = generator.below(60)
      scenario.spans.append(
        Scenario.Span(
          name: "work", id: number + 1, parent: nil, task: 1 + generator.below(3),
          time: start...(start + generator.below(25)), isEnded: generator.below(8) > 0))
    }
    return try await Fixtures.withFolder { folder in
      try scenario.otlp.write(
        to: folder.appending(path: "spans.jsonl"), atomically: true, encoding: .utf8)
      try scenario.log.write(
        to: folder.appending(path: "tasks.ndjson"), atomically: true, encoding: .utf8)
      let logs = await InputReading.read([folder.path], policy: .standard)
      return await LinkedRun(logs, policy: .standard)
    }
  }

  /// The spans of a task in the order of the index: outer ones before inner ones.
  private func items(of task: TaskIndex, _ nodes: NodeFacts) -> [Item] {
    (0..<nodes.count).filter { nodes.task[$0] == task }.map { row in
      let end = nodes.end[row]
      return Item(
        span: SpanIndex(row), start: nodes.start[row].nanoseconds,
        end: end.isKnown ? end.nanoseconds : .max)
    }.sorted { a, b in
      if a.start != b.start { return a.start < b.start }
      if a.end != b.end { return a.end > b.end }
      return nodes.key(a.span.index) < nodes.key(b.span.index)
    }
  }

  @Test(
    "What was open, and what had ended last, is what looking through all spans gives",
    arguments: [1, 2, 3, 5, 8])
  func agreesWithSearch(seed: Int) async throws {
    var generator = Generator(state: UInt64(seed))
    let run = try await run(&generator, spans: 40)
    let open = run.evidence.index.open
    for number in 0..<run.recording.tasks.count {
      let task = TaskIndex(number)
      let items = items(of: task, run.evidence.nodes)
      #expect(items.map { open.rank(of: $0.span, on: task) } == Array(0..<items.count))
      for moment in 0..<90 {
        let time = Scenario.origin + Int64(moment) * 1_000
        let rank = generator.below(items.count + 2)
        let begun = items.prefix(rank).filter { $0.start <= time }
        let innermost = begun.lastIndex { $0.end > time }
        let since = begun[(innermost.map { $0 + 1 } ?? 0)...]
        let view = open.view(task, at: time, before: rank)
        #expect(view.open == innermost.map { begun[$0].span } ?? .none, "seed \(seed)")
        #expect(view.lastEnd == since.map(\.end).max() ?? .min, "seed \(seed)")
        let next = items.first { $0.start > time }?.start ?? .max
        #expect(open.nextStart(task, after: time) == next, "seed \(seed)")
      }
    }
  }

  @Test(
    "How long a task was busy before each of its spans is what asking about each of them gives",
    arguments: [1, 2, 3, 5, 8])
  func arrivingAgreesWithView(seed: Int) async throws {
    var generator = Generator(state: UInt64(seed))
    let run = try await run(&generator, spans: 40)
    let open = run.evidence.index.open
    let nodes = run.evidence.nodes
    var asked = 0
    open.eachArriving { task, span, start, busy in
      let view = open.view(task, at: start, before: open.rank(of: span, on: task))
      #expect(task == nodes.task[span.index])
      #expect(start == nodes.start[span.index].nanoseconds)
      #expect(busy == max(view.openStart, view.lastEnd), "seed \(seed)")
      asked += 1
    }
    #expect(asked == (0..<nodes.count).count { !nodes.task[$0].isNone })
  }

  @Test(
    "The program that times the index asks about every span of the sample, and each has an answer")
  func timing() throws {
    let program = Tool.folder.appending(path: "tracetopo-bench").path
    let logs = Fixtures.samples.appending(path: "checkout/logs").path
    let run = try Tool.run(program: program, [logs])
    #expect(run.status == 0)
    #expect(
      run.text.hasPrefix("2100 spans, 2009 tasks, 2100 questions, 2100 of them with an answer\n"))
  }
}
