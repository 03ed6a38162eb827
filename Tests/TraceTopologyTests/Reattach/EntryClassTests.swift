import Testing

@testable import TraceTopology

@Suite("Entries of a run that are called from inside, too")
struct EntryClassTests {
  private static let names = ["cart", "order", "price", "stock", "user"]

  /// What stands in front of each request: nothing, a span, or one that is in no log.
  private enum Gateway { case none, logged, elsewhere }

  /// Requests that pass through all names in turn, each of which begins with another one. Every tenth
  /// may lose its context at the second step.
  private func requests(behind gateway: Gateway, losing: Bool = false) -> OTLPSpans {
    var run = OTLPSpans()
    for request in 0..<200 {
      let base = OTLPSpans.wide(UInt64(request + 1) * 8)
      let begin = Double(request) * 20
      let trace = TraceID(high: 5, low: UInt64(request) | 1 << 40)
      if gateway == .logged { run.add("gateway", base, begin...(begin + 19), trace: trace) }
      let isCut = losing && request.isMultiple(of: 10)
      for step in 0..<Self.names.count {
        let isHead = step == 0 && gateway == .none || step == 1 && isCut
        run.add(
          Self.names[(request / 10 + step) % Self.names.count], base + UInt64(step) + 1,
          under: isHead ? nil : base + UInt64(step),
          begin + Double(step) + 1...begin + 18 - Double(step),
          trace: isCut && step > 0 ? TraceID(high: 6, low: trace.low) : trace)
      }
    }
    return run
  }

  @Test("Spans that head every trace are its roots, though most of their like have parents")
  func entries() async throws {
    let topology = try await requests(behind: .none).analyze()
    #expect(topology.kind.count { $0 == .root } == 200)
    #expect(topology.kind.allSatisfy { $0 == .root || $0 == .recorded })
    #expect(topology.cause.allSatisfy { $0 == .none })
    #expect(topology.findings.isEmpty)
  }

  @Test("Where other spans head the traces, one of these has lost its context")
  func cutOff() async throws {
    let topology = try await requests(behind: .logged, losing: true).analyze()
    let isLost = topology.kind.indices.map {
      (topology.kind[$0] == .orphan || topology.kind[$0] == .reattached)
        && topology.cause[$0] == .contextLost
    }
    #expect(isLost.count { $0 } == 20)
    #expect(topology.kind.count { $0 == .root } == 200)
  }

  @Test("Traces whose heads are in no log attest that others have lost their contexts")
  func headsElsewhere() async throws {
    let topology = try await requests(behind: .elsewhere, losing: true).analyze()
    #expect(topology.kind.count { $0 == .root } == 0)
    #expect(topology.cause.count { $0 == .contextLost } == 20)
  }

  @Test("What one service calls says nothing of spans of the same name in another service")
  func services() async throws {
    var run = OTLPSpans()
    for number in 0..<60 as Range<UInt64> {
      let base = OTLPSpans.wide(number * 8 + 8)
      let begin = Double(number) * 10
      let trace = TraceID(high: 5, low: number | 1 << 40)
      run.add("checkout", base, begin...begin + 9, trace: trace)
      run.add("GET", base + 1, under: base, kind: .client, begin + 1...begin + 8, trace: trace)
      guard number < 20 else { continue }
      let other = TraceID(high: 6, low: trace.low)
      run.add("GET", base + 2, kind: .client, begin + 2...begin + 4, on: "cron", trace: other)
    }
    let topology = try await run.analyze()
    #expect(topology.kind.count { $0 == .root } == 80)
    #expect(topology.findings.isEmpty)
  }
}
