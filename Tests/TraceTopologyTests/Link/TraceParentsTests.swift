import Testing

@testable import TraceTopology

/// Traces that are linked by several threads.
struct TraceParentsTests {
  /// Traces of a few spans, with parents that are there, in other traces, lost, or themselves; some records
  /// come twice, some ids belong to two spans, some are none at all.
  private static func recording(_ seed: UInt64) -> Recording {
    var random = SeededGenerator(seed: seed)
    var recording = Recording()
    let process = recording.processes.intern(ProcessRecord(), input: InputIndex(0))
    let below = { (bound: Int) in Int.random(in: 0..<bound, using: &random) }
    for _ in 0..<6_000 {
      var record = SpanRecord()
      let trace = UInt64(below(900))
      record.trace = TraceID(high: trace == 0 ? 0 : 1, low: trace)
      let isWild = below(60) == 0
      record.span = SpanID(value: isWild ? UInt64(below(4)) : trace << 8 | UInt64(1 + below(40)))
      if below(5) > 0 {
        let other = below(50) == 0 ? UInt64(below(900)) : trace
        record.parent = SpanID(value: other << 8 | UInt64(1 + below(12)))
      }
      record.name = recording.strings.intern("n\(below(3))")
      record.start = Timestamp(Int64(below(1_000)))
      record.end = Timestamp(record.start.nanoseconds + Int64(below(100)))
      for _ in 0..<(below(80) == 0 ? 2 : 1) { recording.append(record, process: process) }
    }
    return recording
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func `Threads that share the traces find the parents that one alone finds`(seed: UInt64) async {
    let logs = Self.recording(seed)
    let order = SpanOrder(logs, processRank: [0])
    var recording = logs
    let alone = await ParentLinker.link(&recording, order: order)
    #expect(alone.missing.count > 100 && alone.isAbsorbed.contains(true), "seed \(seed)")
    #expect(alone.parent.count { !$0.isNone } > 500, "seed \(seed)")
    for count in [1, 2, 5] {
      var other = logs
      let beside = await ParentLinker.link(&other, order: order, Threads(count: count))
      #expect(beside.parent == alone.parent, "seed \(seed)")
      #expect(beside.cause == alone.cause, "seed \(seed)")
      #expect(beside.isAbsorbed == alone.isAbsorbed, "seed \(seed)")
      #expect(beside.identity == alone.identity, "seed \(seed)")
      #expect(beside.missing.map(\.spanID) == alone.missing.map(\.spanID), "seed \(seed)")
      #expect(beside.missing.map(\.children) == alone.missing.map(\.children), "seed \(seed)")
      #expect(other.diagnostics.sorted == recording.diagnostics.sorted, "seed \(seed)")
    }
  }
}
