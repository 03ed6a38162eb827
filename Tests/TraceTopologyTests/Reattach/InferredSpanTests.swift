import Foundation
import Testing

@testable import TraceTopology

/// What is concluded of spans that no log holds: their names and times.
@Suite("Lost spans")
struct InferredSpanTests {
  /// Requests with two kinds of steps, each of which asks the database once; some steps are in no log.
  ///
  ///     [request                                        ]
  ///       [read            ]    [write             ]
  ///          [query    ]           [update    ]     now and then both update
  ///
  /// The lead of a step before its child, and its tail, go from 10 to 49 microseconds.
  private func requests(_ count: Int, isLost: (_ request: Int, _ step: Int) -> Bool) -> Scenario {
    var scenario = Scenario()
    scenario.spawnTasks(1)
    for request in 0..<count {
      let begin = 1_000 + request * 1_000
      scenario.spans.append(
        Scenario.Span(
          name: "request", id: 1 + request, parent: nil, task: 1, time: begin...begin + 900,
          trace: 1 + request))
      for step in 0..<2 {
        let query = begin + 100 + step * 400
        let id = 10_000 + request * 10 + step
        let (lead, tail) = Self.lengths(request)
        if !isLost(request, step) {
          scenario.spans.append(
            Scenario.Span(
              name: step == 0 ? "read" : "write", id: id, parent: 1 + request, task: 1,
              time: query - lead...query + 200 + tail, trace: 1 + request))
        }
        scenario.spans.append(
          Scenario.Span(
            name: step == 0 && request % 20 != 9 ? "query" : "update", id: id + 50_000, parent: id,
            task: 1, time: query...query + 200, trace: 1 + request))
      }
    }
    return scenario
  }

  private static func lengths(_ request: Int) -> (lead: Int, tail: Int) {
    (10 + request * 7 % 40, 10 + request * 13 % 40)
  }

  private func inferred(_ id: Int, in topology: Topology) throws -> InferredSpan? {
    let node = try #require(
      topology.spanOrder.first {
        topology.isPlaceholder($0) && topology.spanID($0).value == UInt64(id)
      })
    return topology.inferred(node)
  }

  @Test func `The name is that of the parents of such children, and the times are theirs`()
    async throws
  {
    let topology = try await requests(80) { request, step in step == 1 && request % 10 == 4 }
      .analyze()
    var asked = 0
    for request in stride(from: 4, to: 80, by: 10) {
      let lost = try #require(try inferred(10_000 + request * 10 + 1, in: topology))
      #expect(topology.recording.strings.text(lost.name) == "write")
      #expect(lost.confidence > 0.9 && lost.confidence < 1)
      let query = 1_000 + request * 1_000 + 500
      let (lead, tail) = Self.lengths(request)
      for (stretch, truth) in [(lost.start, query - lead), (lost.end, query + 200 + tail)] {
        let stretch = try #require(stretch)
        let time = Timestamp(Scenario.origin + Int64(truth) * 1_000)
        #expect(stretch.confidence > 0.8 && stretch.confidence <= lost.confidence)
        #expect(stretch.to.since(stretch.from) ?? .max <= 40_000)
        asked += stretch.contains(time) ? 1 : 0
      }
    }
    #expect(asked >= 14)
  }

  @Test func `The facts of the log stay as they are beside what is concluded`() async throws {
    let scenario = requests(40) { request, step in step == 1 && request == 7 }
    let topology = try await scenario.analyze()
    let node = try #require(topology.spanOrder.first { topology.isPlaceholder($0) })
    #expect(topology.name(node) == .empty && !topology.end(node).isKnown)
    let records = try Self.records(topology)
    let span = try #require(records.first { $0["placeholder"] != nil })
    #expect(span["name"] is NSNull && span["end"] is NSNull)
    let inferred = try #require(span["inferred"] as? [String: Any])
    #expect(inferred["name"] as? String == "write")
    let start = try #require(inferred["start"] as? [String: Any])
    #expect(start["from"] is Int && start["to"] is Int && start["confidence"] is Double)
    #expect(records.allSatisfy { $0["placeholder"] != nil || $0["inferred"] == nil })
  }

  private static func records(_ topology: Topology) throws -> [[String: Any]] {
    var sink = ByteSink()
    try TopologyJSONWriter(topology).write(to: &sink)
    let root = try JSONSerialization.jsonObject(with: Data(sink.bytes))
    return try #require((root as? [String: Any])?["spans"] as? [[String: Any]])
  }

  @Test func `Where no name is likelier than not none is told`() async throws {
    let names = ["a", "b", "c", "d", "e"]
    var scenario = Scenario()
    for number in 0..<50 {
      let begin = 1_000 + number * 100
      if number % 10 != 9 {
        scenario.spans.append(
          Scenario.Span(
            name: names[number % 5], id: 1 + number, parent: nil, task: nil,
            time: begin...begin + 90, trace: 1 + number))
      }
      scenario.spans.append(
        Scenario.Span(
          name: "query", id: 1_000 + number, parent: 1 + number, task: nil,
          time: begin + 10...begin + 80, trace: 1 + number))
    }
    let topology = try await scenario.analyze()
    #expect(topology.placeholders.count == 5)
    #expect(topology.placeholders.allSatisfy { $0.inferred == nil })
  }

  @Test func `Of few recorded spans the times are not told, the name is`() async throws {
    let topology = try await requests(6) { request, step in step == 1 && request == 3 }.analyze()
    let lost = try #require(try inferred(10_031, in: topology))
    #expect(topology.recording.strings.text(lost.name) == "write")
    #expect(lost.start == nil && lost.end == nil)
  }

  @Test func `What stands above tells which of two names it was`() {
    var statistics = RuleStatistics()
    var strings = StringTable()
    let names = ["query", "load users", "load posts", "resolve user", "resolve posts"]
      .map { strings.intern($0) }
    var tally = ParentTally()
    for (child, parent, count) in [(0, 1, 60), (0, 2, 40), (1, 3, 60), (2, 4, 40)] {
      for _ in 0..<count {
        tally.add(
          SpanClass(name: names[child], spawnSite: .none), parentName: names[parent],
          isContained: true)
      }
    }
    statistics.learn(tally)
    statistics.close(strings)
    let guesses = LostNames(statistics: statistics)
    let alone = guesses.guesses(children: [names[0], names[0]])
    #expect(alone.map(\.name) == [names[1], names[2]])
    #expect(abs(alone[0].share - 0.6) < 0.02)
    let below = guesses.guesses(children: [names[0]], above: (names[4], 0.95))
    #expect(below.first?.name == names[2] && below[0].share > 0.9)
    #expect(guesses.guesses(children: [names[4]]).isEmpty)
    #expect(guesses.guesses(children: []).isEmpty)
  }
}
