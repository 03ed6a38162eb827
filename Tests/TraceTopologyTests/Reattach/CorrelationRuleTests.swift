import Foundation
import Testing

@testable import TraceTopology

/// Spans that lost their context, put back by the id of the order that they work for.
@Suite("Correlation")
struct CorrelationRuleTests {
  private static let orders = 60

  private func text(_ key: String, _ value: String) -> (key: String, value: String) {
    (key, #"{"stringValue":"\#(value)"}"#)
  }

  /// Orders of which four are worked on at any time; each is packed at a time of its own, in no order, by
  /// another service. Every tenth one has lost its context there.
  private func run(
    _ carried: (Int) -> [(key: String, value: String)], isLost: (Int) -> Bool = { $0 % 10 == 7 }
  ) -> OTLPSpans {
    var run = OTLPSpans()
    for order in 0..<Self.orders {
      let begin = Double(order) * 10
      let late = Double((order * 7919) % 31)
      let trace = TraceID(high: 1, low: UInt64(order))
      run.add(
        "checkout", UInt64(1000 + order), kind: .internal, begin...(begin + 40), on: "shop",
        host: "a", trace: trace, attributes: carried(order))
      run.add(
        "pack", UInt64(2000 + order), under: isLost(order) ? nil : UInt64(1000 + order),
        kind: .internal, (begin + 2 + late)...(begin + 4 + late), on: "shop", host: "a",
        trace: isLost(order) ? TraceID(high: 2, low: UInt64(order)) : trace,
        attributes: carried(order))
    }
    return run
  }

  /// For each lost span the order under which it was put, and by what rule; nil for those left alone.
  private func answers(
    _ topology: Topology, isLost: (Int) -> Bool = { $0 % 10 == 7 }
  ) throws -> [Int: (order: Int?, rule: String?)] {
    var answers: [Int: (order: Int?, rule: String?)] = [:]
    for order in 0..<Self.orders where isLost(order) {
      let node = try #require(
        topology.spanOrder.first { topology.spanID($0).value == UInt64(2000 + order) })
      let parent = topology.parent[node.index]
      answers[order] = (
        parent.isNone ? nil : Int(topology.spanID(parent).value) - 1000,
        topology.reattachments[node]?.rule?.name
      )
    }
    return answers
  }

  @Test func `A span that lost its context is put under the one that carries the id of its order`()
    async throws
  {
    let answers = try answers(await run { [text("order.id", "o-\($0)")] }.analyze())
    #expect(answers.count == 6)
    for (order, answer) in answers {
      #expect(answer.order == order)
      #expect(answer.rule == "correlation")
    }
  }

  @Test func `A value that several open spans carry tells none of them apart`() async throws {
    let answers = try answers(await run { _ in [text("user.id", "ann")] }.analyze())
    #expect(answers.count == 6)
    #expect(answers.values.allSatisfy { $0.rule != "correlation" || $0.order == nil })
  }

  @Test func `What never has a recorded parent stays a root, whatever it carries`() async throws {
    let topology = try await run({ [text("order.id", "o-\($0)")] }, isLost: { _ in true }).analyze()
    let answers = try answers(topology, isLost: { _ in true })
    #expect(answers.count == Self.orders)
    #expect(answers.values.allSatisfy { $0.order == nil })
  }

  /// Orders one after another, each with a task of its own; the packing of every tenth one names no parent.
  private func tasks(_ packed: (Int) -> String) -> [String: String] {
    var run = OTLPSpans()
    var log = Scenario()
    log.spawnTasks(Self.orders)
    for order in 0..<Self.orders {
      let begin = Double(order) * 100 + 1
      let task = (key: "task.id", value: #"{"intValue":"\#(order + 1)"}"#)
      let isLost = order % 10 == 7
      let trace = TraceID(high: 1, low: UInt64(order))
      run.add(
        "checkout", UInt64(1000 + order), begin...(begin + 40), trace: trace,
        attributes: [task, text("order.id", "o-\(order)")])
      run.add(
        "pack", UInt64(2000 + order), under: isLost ? nil : UInt64(1000 + order),
        (begin + 10)...(begin + 20), trace: isLost ? TraceID(high: 2, low: UInt64(order)) : trace,
        attributes: [task, text("order.id", packed(order))])
    }
    return ["spans.jsonl": run.text, "tasks.ndjson": log.log]
  }

  @Test func `A span of another order is no parent, however much else speaks for it`() async throws
  {
    let alike = try answers(await analyzeText(tasks { "o-\($0)" }))
    #expect(alike.count == 6 && alike.allSatisfy { $0.value.order == $0.key })
    let other = try answers(await analyzeText(tasks { $0 % 10 == 7 ? "x-\($0)" : "o-\($0)" }))
    #expect(other.count == 6 && other.values.allSatisfy { $0.order == nil })
  }

  @Test func `Keys that no convention names count where they are asked for`() async throws {
    let spans = run { [text("shop.ticket", "t-\($0)")] }
    let without = try answers(await spans.analyze())
    #expect(without.values.allSatisfy { $0.rule != "correlation" })
    var policy = Policy.standard
    policy.correlatingAttributes = ["shop.ticket"]
    let answers = try answers(
      await analyzeText(["spans.jsonl": spans.text], policy: policy))
    for (order, answer) in answers {
      #expect(answer.order == order)
      #expect(answer.rule == "correlation")
    }
  }

  @Test func `The command takes further keys, of which the topology file shows the values`()
    async throws
  {
    try await Fixtures.withFolder { folder in
      let file = folder.appending(path: "spans.jsonl")
      try Data(run { [text("shop.ticket", "t-\($0)")] }.text.utf8).write(to: file)
      let without = try Tool.run([file.path, "-q", "--json", "-"])
      #expect(without.status == 0 && !without.text.contains(#""rule":"correlation""#))
      let with = try Tool.run([file.path, "-q", "--json", "-", "--correlate", "none,shop.ticket"])
      #expect(with.status == 0 && with.text.contains(#""rule":"correlation""#))
      #expect(with.text.contains(#""attributes":{"shop.ticket":"t-7"}"#))
    }
  }

  @Test func `An explanation names the value that both spans carry`() async throws {
    let topology = try await run { [text("order.id", "o-\($0)")] }.analyze()
    let node = try #require(topology.spanOrder.first { topology.spanID($0).value == 2007 })
    let words = ExplanationWords(topology: topology, subject: node)
    let step = try #require(topology.reattachments[node]?.evidence.first)
    #expect(words.step(step) == "“checkout” 00000000000003ef carries order.id “o-7” as well")
  }
}
