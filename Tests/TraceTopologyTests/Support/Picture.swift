import Foundation
import FoundationXML
import Testing

@testable import TraceTopology

/// DOT of a topology, and what Graphviz and an XML parser make of it.
enum Picture {
  static func dot(of topology: Topology, _ options: DOTOptions = DOTOptions()) throws -> [UInt8] {
    var sink = ByteSink()
    _ = try DOTWriter(topology, options: options).write(to: &sink)
    return sink.bytes
  }

  static func text(of topology: Topology, _ options: DOTOptions = DOTOptions()) throws -> String {
    String(decoding: try dot(of: topology, options), as: UTF8.self)
  }

  /// Boxes in a DOT text.
  static func boxes(_ dot: String) -> Int {
    dot.components(separatedBy: " [label=<<table border=\"1\"").count - 1
  }

  /// The SVG that Graphviz draws without a word of complaint, as well-formed XML.
  @discardableResult
  static func svg(of dot: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws
    -> String
  {
    let picture = try SVGRenderer().render(dot: dot)
    #expect(picture.warnings == "", sourceLocation: sourceLocation)
    let parser = XMLParser(data: Data(picture.svg))
    #expect(
      parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")", sourceLocation: sourceLocation)
    return String(decoding: picture.svg, as: UTF8.self)
  }
}

/// Random numbers that are the same on every run.
struct SeededDice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
