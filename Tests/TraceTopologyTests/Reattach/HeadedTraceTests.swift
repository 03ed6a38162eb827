import Testing

@testable import TraceTopology

/// Traces whose head is left.
@Suite("Headed traces")
struct HeadedTraceTests {
  @Test("What was lost in a trace whose head is left stands below one of its spans")
  func headed() async throws {
    var spans = OTLPSpans()
    // Jobs mostly head traces of their own; few were begun by a request.
    for number in 0..<24 {
      let begin = Double(number) * 10
      let trace = TraceID(high: 7, low: UInt64(number + 1) << 32)
      let id = UInt64(number) * 10
      let isBegun = number % 4 == 0
      if isBegun {
        spans.add("request", OTLPSpans.wide(id + 1), begin...begin + 6, trace: trace)
      }
      if number != 20 {
        spans.add(
          "job", OTLPSpans.wide(id + 2), under: isBegun ? OTLPSpans.wide(id + 1) : nil,
          begin + 1...begin + 5, trace: trace)
      }
      spans.add(
        "query", OTLPSpans.wide(id + 3), under: OTLPSpans.wide(id + 2), begin + 2...begin + 4,
        trace: trace)
    }
    let topology = try await spans.analyze()
    let query = try #require(
      topology.spanOrder.first { topology.spanID($0).value == OTLPSpans.wide(203) })
    let lost = topology.parent[query.index]
    #expect(topology.isPlaceholder(lost))
    let above = topology.parent[lost.index]
    #expect(!above.isNone && topology.spanID(above).value == OTLPSpans.wide(201))
  }
}
