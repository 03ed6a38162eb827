import Foundation
import Testing

@testable import TraceTopology

@Suite struct DOTGoldenTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/golden")

  /// `TRACETOPO_RECORD_GOLDEN=1 swift test` writes them anew: look at the difference.
  private static func check(_ name: String, _ topology: Topology, _ options: DOTOptions) throws {
    let text = try Picture.text(of: topology, options)
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["TRACETOPO_RECORD_GOLDEN"] != nil {
      try Data(text.utf8).write(to: file)
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == golden)
    let svg = try Picture.svg(of: Array(text.utf8))
    #expect(svg.contains("xlink:href=\"#n-s0\"") && svg.contains("k&#45;span"))
  }

  @Test func theOrdersExampleIsDrawnAsBefore() throws {
    try Self.check("orders.dot", ExampleRun.orders().build(), DOTOptions())
  }

  @Test func theFoldedExampleIsDrawnAsBefore() throws {
    var options = DOTOptions()
    options.maxNodes = 20
    try Self.check("pipeline-folded.dot", ExampleRun.pipeline().build(), options)
  }

  @Test func equalTopologiesGiveEqualBytes() throws {
    let first = try Picture.dot(of: ExampleRun.requests(50).build())
    let second = try Picture.dot(of: ExampleRun.requests(50).build())
    #expect(first == second)
  }

  @Test func anEmptyRunIsStillAPicture() throws {
    let text = try Picture.text(of: TopologyBuilder().build())
    #expect(text.contains("nothing to draw"))
    try Picture.svg(of: Array(text.utf8))
  }
}
