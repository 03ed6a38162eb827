import Testing

@testable import TraceTopology

/// Served requests whose header was lost, put under the calls that their connections answered.
@Suite("Connections")
struct ConnectionRuleTests {
  private static let rounds = 10

  /// Two calls a round, one on each of two connections, begun at one moment: only the readers tell
  /// which is which. In the last round the headers are lost; `isCallLogged` keeps the calls' spans.
  private func run(
    isCallLogged: Bool = true, isWoken: Bool = true, readersSwap: Bool = false
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
        let id = UInt64(1000 + round * 10 + side)
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
        spans.add(
          "serve \(side)", id + 200, under: isCut ? nil : id,
          kind: .server, at(2)...at(5), on: "back",
          trace: isCut ? TraceID(high: 8, low: id) : trace, attributes: [self.task(side)])
        log.append(spawn("front", task, begin))
        guard isWoken else { continue }
        let reader = readersSwap && round % 2 == 0 ? 3 - side : side
        log += wake(task, by: reader, at: Double(begin) + 5.2 + Double(side) / 10)
      }
    }
    return ["spans.jsonl": spans.text, "tasks.ndjson": log.joined(separator: "\n") + "\n"]
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

  private func spawn(_ process: String, _ task: Int, _ time: Int) -> String {
    #"{"event":"spawn","process":"\#(process)","task":\#(task),"time":\#(OTLPSpans.nanoseconds(Double(time)))}"#
  }

  private func wake(_ task: Int, by reader: Int, at time: Double) -> [String] {
    let stamp = { OTLPSpans.nanoseconds($0) }
    return [
      #"{"event":"block","process":"front","task":\#(task),"time":\#(stamp(time - 4)),"reason":"chan receive"}"#,
      #"{"event":"unblock","process":"front","task":\#(task),"by":\#(reader),"how":"send","time":\#(stamp(time))}"#,
      #"{"event":"start","process":"front","task":\#(task),"time":\#(stamp(time + 0.001))}"#,
    ]
  }

  @Test("The call that the reader of the connection woke when the request had been served")
  func header() async throws {
    let topology = try await analyzeText(run())
    for side in 1...2 {
      #expect(found(1090 + 200 + side, topology) == "\(1090 + side) ⇠ connection")
    }
  }

  @Test("Where the span of the call is lost as well, its parent is found on the task that waited")
  func lostCall() async throws {
    let topology = try await analyzeText(run(isCallLogged: false))
    for side in 1...2 {
      #expect(found(1090 + 200 + side, topology).hasPrefix("\(1090 + 100 + side) ⇠"))
    }
  }

  @Test("Without the scheduler's word nothing is claimed by connection")
  func withoutWakes() async throws {
    let topology = try await analyzeText(run(isWoken: false))
    for side in 1...2 { #expect(!found(1090 + 200 + side, topology).contains("connection")) }
  }

  @Test("Readers that answer for either connection say nothing")
  func mixedReaders() async throws {
    let topology = try await analyzeText(run(readersSwap: true))
    for side in 1...2 { #expect(!found(1090 + 200 + side, topology).contains("connection")) }
  }
}
