import Foundation
import Testing

@testable import TraceTopology

/// Lost parents are looked for by several threads at once, with the answers of one alone.
@Suite("Threads that look for lost parents")
struct ReattachmentJobsTests {
  /// Work that follows its causes in their order, of which some are not known.
  private static func work(_ seed: UInt64) -> SpanRun {
    var run = SpanRun()
    var random = SeededGenerator(seed: seed)
    var free: Int64 = 0
    for number in 0..<1_500 {
      let begin = 1_000_000 + Int64(number) * 100_000 + Int64.random(in: 0...60_000, using: &random)
      let above = run.append("make", UInt64(10_000 + number), begin...begin + 20_000)
      let start = max(free, begin + 30_000) + Int64.random(in: 0...150_000, using: &random)
      free = start + 5_000
      let isLost = Int.random(in: 0..<100, using: &random) < 40
      run.append(
        "work",
        UInt64(50_000 + number).multipliedReportingOverflow(by: 0x9E37_79B9_7F4A_7C15)
          .partialValue, start...start + 5_000, below: isLost ? .none : above)
    }
    return run
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `Runs of spans are answered alike one after the other and side by side`(seed: UInt64)
    async throws
  {
    var run = Self.work(seed)
    let (group, nodes) = try #require(await run.orderClass("work", below: ["make"]))
    let children = ChildCounts(nodes: nodes.count)
    children.add(group.labels, 1)
    let memo = EvidenceMemo(positions: group.spans.count) { _ in OrderModel.Found() }
    let model = try #require(
      OrderModel(group, nodes: nodes, found: memo, children: children))
    let alone = await model.answers(.one, atLeast: .max)
    #expect(alone.count > 500 && alone.map(\.position) == group.open)
    let divided = await model.answers(.one)
    // Claims that were added and taken back leave traces in the last digits.
    for (one, other) in zip(alone, divided) {
      #expect(one.parents.map(\.span) == other.parents.map(\.span), "seed \(seed)")
      for (a, b) in zip(one.parents, other.parents) {
        #expect(abs(a.probability - b.probability) < 1e-12, "seed \(seed)")
      }
    }
    for count in [2, 5] {
      let beside = await model.answers(Threads(count: count))
      #expect(beside.map(\.position) == divided.map(\.position), "seed \(seed)")
      #expect(
        beside.map { $0.parents.map(\.probability) }
          == divided.map { $0.parents.map(\.probability) }, "seed \(seed)")
    }
  }

  private static func route(_ text: String) -> [(key: String, value: String)] {
    [
      ("http.request.method", #"{"stringValue":"GET"}"#),
      ("url.path", #"{"stringValue":"\#(text)"}"#),
    ]
  }

  /// Requests through three services, of which many lost their contexts: what stands above one that was
  /// served is known when that of the service before it is. Beside them work that waits in a queue.
  private static func requests(_ seed: UInt64, count: UInt64 = 2_200) -> OTLPSpans {
    var run = OTLPSpans()
    var random = SeededGenerator(seed: seed)
    for number in 1...count {
      let begin = Double(number) * 3 + Double.random(in: 0...4, using: &random)
      let id = number << 8
      let trace = TraceID(high: 5, low: OTLPSpans.wide(number))
      let isLost = (0..<3).map { _ in Int.random(in: 0..<100, using: &random) < 45 }
      let other = { (kind: UInt64) in TraceID(high: 6 + kind, low: OTLPSpans.wide(number)) }
      run.add("front", id, begin...begin + 9, on: "web", host: "a", trace: trace)
      run.add(
        "call", id + 1, under: id, kind: .client, begin + 1...begin + 8, on: "web", host: "a",
        trace: trace, attributes: route("/orders/\(number % 40)"))
      let second = isLost[0] ? other(0) : trace
      run.add(
        "serve", id + 2, under: isLost[0] ? nil : id + 1, kind: .server, begin + 2...begin + 7,
        on: "orders", host: "b", trace: second, attributes: route("/orders/\(number % 40)"))
      run.add(
        "ask", id + 3, under: id + 2, kind: .client, begin + 3...begin + 6, on: "orders", host: "b",
        trace: second, attributes: route("/stock/\(number % 40)"))
      run.add(
        "answer", id + 4, under: isLost[1] ? nil : id + 3, kind: .server, begin + 4...begin + 5,
        on: "stock", host: "c", trace: isLost[1] ? other(1) : second,
        attributes: route("/stock/\(number % 40)"))
      guard number % 4 == 0 else { continue }
      run.add(
        "work", id + 5, under: isLost[2] ? nil : id, begin + 20...begin + 21, on: "web", host: "a",
        trace: isLost[2] ? other(2) : trace)
    }
    return run
  }

  /// Calls that fit the same requests alike: none of them is likely to be the one.
  private static func addCrowd(to run: inout OTLPSpans) {
    for number in 1...4 as ClosedRange<UInt64> {
      let trace = TraceID(high: 8, low: OTLPSpans.wide(number))
      run.add(
        "crowd \(number)", number << 32, kind: .client, 0...9, on: "web", host: "a", trace: trace,
        attributes: route("/crowd"))
      run.add(
        "served \(number)", number << 33, kind: .server, 2...7, on: "stock", host: "c",
        trace: TraceID(high: 9, low: OTLPSpans.wide(number)), attributes: route("/crowd"))
    }
  }

  private static func json(_ folder: String, jobs: Int) async throws -> ([UInt8], Set<String>) {
    var policy = Policy.standard
    policy.jobs = jobs
    let topology = await Pipeline.analyze([folder], policy: policy)
    var sink = ByteSink()
    try TopologyJSONWriter(topology).write(to: &sink)
    return (sink.bytes, Set(topology.summary.byRule.map { $0.name }))
  }

  @Test(arguments: [5, 6] as [UInt64])
  func `Looking ahead of a question's turn changes no byte of the outputs`(seed: UInt64)
    async throws
  {
    try await Fixtures.withFolder { folder in
      let text = Self.requests(seed).text
      try Data(text.utf8).write(to: folder.appending(path: "spans.jsonl"))
      let (alone, rules) = try await Self.json(folder.path, jobs: 1)
      #expect(rules.isSuperset(of: ["peer", "order"]), "\(rules)")
      for jobs in [2, 5] {
        let (beside, _) = try await Self.json(folder.path, jobs: jobs)
        let isSame = beside == alone
        #expect(isSame, "seed \(seed), \(jobs) jobs")
      }
    }
  }

  @Test(arguments: [(0.75, 1), (0.75, 2), (0.3, 2)])
  func `Where no output lists spans the same ones are put back`(least: Double, jobs: Int)
    async throws
  {
    try await Fixtures.withFolder { folder in
      var run = Self.requests(7, count: 400)
      Self.addCrowd(to: &run)
      try Data(run.text.utf8).write(to: folder.appending(path: "spans.jsonl"))
      var policy = Policy.standard
      policy.jobs = jobs
      policy.minimumConfidence = least
      let listed = await Pipeline.analyze([folder.path], policy: policy)
      policy.listsSpans = false
      let counted = await Pipeline.analyze([folder.path], policy: policy)
      #expect(listed.summary == counted.summary)
      #expect(listed.parent == counted.parent && listed.kind == counted.kind)
      #expect(listed.cause == counted.cause)
      for (row, kind) in listed.kind.enumerated() where kind == .reattached {
        let (one, other) = (
          listed.reattachments[SpanIndex(row)], counted.reattachments[SpanIndex(row)]
        )
        #expect(one?.rule == other?.rule && one?.evidence == other?.evidence)
      }
      let isLess = counted.reattachments.count < listed.reattachments.count
      #expect(isLess == (least >= 0.75))
    }
  }
}
