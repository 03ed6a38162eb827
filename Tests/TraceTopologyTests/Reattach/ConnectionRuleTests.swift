import Testing

@testable import TraceTopology

/// Served requests whose header was lost, put under the calls that their connections answered.
@Suite("Connections")
struct ConnectionRuleTests {
  private static let rounds = 12

  /// Two calls a round, one on each of two connections, begun at one moment: only the readers tell
  /// which is which. In the last round the headers are lost; `isCallLogged` keeps the calls' spans, and
  /// `isServedLogged` those of what was served. That has a child, on a task of its own; and a call that
  /// is answered before it has ended is in flight on the same connection.
  private func run(
    isCallLogged: Bool = true, isServedLogged: Bool = true, isWoken: Bool = true,
    readersSwap: Bool = false
  ) -> [String: String] {
    var spans = OTLPSpans()
    var log = [
      spawn("front", 1, 0), spawn("front", 2, 0), spawn("back", 1, 0), spawn("back", 2, 0),
    ]
    for round in 0..<Self.rounds {
      let begin = 10 + round * 10
      let isLast = round == Self.rounds - 1
      for side in 1...2 {
        let task = 100 + round * 2 + side
        let id = UInt64(1000 * (round + 1) + side)
        let trace = TraceID(high: 7, low: id)
        let at = { (time: Double) in Double(begin) + time }
        spans.add(
          "work \(side)", id + 100, at(0)...at(9), on: "front",
          trace: trace, attributes: [self.task(task)])
        if isCallLogged || !isLast {
          spans.add(
            "call \(side)", id, under: id + 100, kind: .client,
            at(1)...at(8), on: "front", trace: trace, attributes: [self.task(task)])
        }
        // A lost span of a call still names itself to what it calls.
        let isCut = isLast && isCallLogged
        let served = isCut ? TraceID(high: 8, low: id) : trace
        if isServedLogged || !isLast {
          spans.add(
            "serve \(side)", id + 200, under: isCut ? nil : id,
            kind: .server, at(2)...at(5), on: "back", trace: served, attributes: [self.task(side)])
        }
        spans.add(
          "query \(side)", id + 300, under: id + 200, at(3)...at(4.8), on: "back",
          trace: served, attributes: [self.task(task + 200)])
        log.append(spawn("front", task, begin))
        log.append(spawn("back", task + 200, begin + 2, by: side))
        if !isServedLogged {
          addQuickCall(id + 5, side, task + 100, at(0), isServedLogged: !isLast, to: &spans)
          log.append(spawn("front", task + 100, begin))
          log += wake(task + 100, by: side, at: Double(begin) + 4.3, after: 2.9)
        }
        guard isWoken else { continue }
        let reader = readersSwap && round % 2 == 0 ? 3 - side : side
        log += wake(task, by: reader, at: Double(begin) + 5.2 + Double(side) / 10)
      }
    }
    return ["spans.jsonl": spans.text, "tasks.ndjson": log.joined(separator: "\n") + "\n"]
  }

  /// A call on the connection of others, answered while those are served.
  private func addQuickCall(
    _ id: UInt64, _ side: Int, _ task: Int, _ begin: Double, isServedLogged: Bool,
    to spans: inout OTLPSpans
  ) {
    let trace = TraceID(high: 7, low: id)
    spans.add(
      "work \(side)", id + 100, begin...begin + 9, on: "front", trace: trace,
      attributes: [self.task(task)])
    spans.add(
      "call \(side)", id, under: id + 100, kind: .client, begin + 1...begin + 4.5, on: "front",
      trace: trace, attributes: [self.task(task)])
    guard isServedLogged else { return }
    spans.add(
      "serve \(side)", id + 200, under: id, kind: .server, begin + 3.5...begin + 4.2, on: "back",
      trace: trace, attributes: [self.task(side)])
  }

  /// The id of the logged ancestor that a span was given, and by which rule.
  private func found(_ id: Int, _ topology: Topology) -> String {
    guard var at = topology.spanOrder.first(where: { topology.spanID($0).value == UInt64(id) })
    else { return "not there" }
    while !topology.parent[at.index].isNone, topology.isPlaceholder(topology.parent[at.index]) {
      at = topology.parent[at.index]
    }
    let above = topology.parent[at.index]
    guard !above.isNone else { return "" }
    return "\(topology.spanID(above).value) ⇠ \(topology.reattachments[at]?.rule?.name ?? "")"
  }

  private func task(_ number: Int) -> (key: String, value: String) {
    ("task.id", #"{"intValue":"\#(number)"}"#)
  }

  private func spawn(_ process: String, _ task: Int, _ time: Int, by parent: Int? = nil) -> String {
    let spawner = parent.map { #","parent":\#($0)"# } ?? ""
    return
      #"{"event":"spawn","process":"\#(process)","task":\#(task)\#(spawner),"time":\#(OTLPSpans.nanoseconds(Double(time)))}"#
  }

  private func wake(_ task: Int, by reader: Int, at time: Double, after wait: Double = 4)
    -> [String]
  {
    let stamp = { OTLPSpans.nanoseconds($0) }
    return [
      #"{"event":"block","process":"front","task":\#(task),"time":\#(stamp(time - wait)),"reason":"chan receive"}"#,
      #"{"event":"unblock","process":"front","task":\#(task),"by":\#(reader),"how":"send","time":\#(stamp(time))}"#,
      #"{"event":"start","process":"front","task":\#(task),"time":\#(stamp(time + 0.001))}"#,
    ]
  }

  @Test("The call that the reader of the connection woke when the request had been served")
  func header() async throws {
    let topology = try await analyzeText(run())
    for side in 1...2 {
      #expect(found(12_000 + 200 + side, topology) == "\(12_000 + side) ⇠ connection")
    }
  }

  @Test("Where the span of the call is lost as well, its parent is found on the task that waited")
  func lostCall() async throws {
    let topology = try await analyzeText(run(isCallLogged: false))
    for side in 1...2 {
      #expect(found(12_000 + 200 + side, topology).hasPrefix("\(12_000 + 100 + side) ⇠"))
    }
  }

  @Test("Where what was served is lost as well, its children tell how long it ran at least")
  func lostServed() async throws {
    let topology = try await analyzeText(run(isServedLogged: false))
    for side in 1...2 {
      #expect(found(12_000 + 300 + side, topology) == "\(12_000 + side) ⇠ connection")
    }
  }

  @Test("Without the scheduler's word nothing is claimed by connection")
  func withoutWakes() async throws {
    let topology = try await analyzeText(run(isWoken: false))
    for side in 1...2 { #expect(!found(12_000 + 200 + side, topology).contains("connection")) }
  }

  @Test("Readers that answer for either connection say nothing")
  func mixedReaders() async throws {
    let topology = try await analyzeText(run(readersSwap: true))
    for side in 1...2 { #expect(!found(12_000 + 200 + side, topology).contains("connection")) }
  }
}
