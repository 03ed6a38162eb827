import Synchronization
import Testing

@testable import TraceTopology

@Suite("Rendering of records")
struct RecordRenderingTests {
  /// Records of very different lengths.
  private static let records: RecordRendering.Render = { range, sink in
    for index in range {
      sink.append(index)
      sink.append(index % 1000 == 0 ? String(repeating: "long ", count: 9000) : ",")
    }
  }

  private func render(_ count: Int, jobs: Int) throws -> [UInt8] {
    var sink = ByteSink()
    sink.append("before ")
    try RecordRendering(count: count, threads: Threads(count: jobs)).write(to: &sink, Self.records)
    sink.append("behind")
    return sink.bytes
  }

  @Test(
    "Any number of threads gives the same bytes",
    arguments: [0, 1, 511, 512, 513, 1024, 1025, 4095, 4096, 4097, 8192, 20_011])
  func order(count: Int) throws {
    let expected = try render(count, jobs: 1)
    #expect(expected.starts(with: Array((count > 0 ? "before 0long" : "before behind").utf8)))
    for jobs in [2, 3, 16] { #expect(try render(count, jobs: jobs) == expected, "\(jobs) jobs") }
  }

  @Test("What went wrong in writing is told, and ends the rendering")
  func failure() {
    let rendered = Atomic(0)
    var sink = ByteSink { _ throws(OutputError) in
      throw OutputError(path: "out", reason: "no space", kind: .cannotWrite)
    }
    #expect(throws: OutputError.self) {
      try RecordRendering(count: 10_000_000, threads: Threads(count: 2)).write(to: &sink) {
        range, sink in
        rendered.add(range.count, ordering: .relaxed)
        for _ in range { sink.append("x") }
      }
    }
    #expect(rendered.load(ordering: .relaxed) < 100_000)
  }
}
