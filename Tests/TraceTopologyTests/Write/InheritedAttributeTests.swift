import Testing

@testable import TraceTopology

@Suite("Inherited attributes")
struct InheritedAttributeTests {
  private func json(_ topology: Topology) throws -> String {
    var sink = ByteSink()
    try TopologyJSONWriter(topology).write(to: &sink)
    return String(decoding: sink.bytes, as: UTF8.self)
  }

  /// The `attributes` and `inherited` of each span, in output order.
  private func tags(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      guard let start = line.firstRange(of: #""attributes":"#)?.lowerBound else { return nil }
      var rest = line[start...]
      while rest.last == "," || rest.last == "]" { rest.removeLast() }
      return String(rest.dropLast())
    }
  }

  /// a (tenant=x) ─ b ─ c (tenant=y) ─ d; a ─ (?) ─ e; f is an orphan with a candidate in a.
  private func run() -> Topology {
    var run = TopologyBuilder()
    run.process("p")
    run.span("a", "a", 0...90)
    run.span("b", "b", under: "a", 1...80, how: .reattached(.spawn, 0.9))
    run.span("c", "c", under: "b", 2...70)
    run.span("d", "d", under: "c", 3...60)
    run.span("e", "e", under: "gone", 4...50)
    run.span("f", "f", 5...40, how: .orphan(.contextLost, [("a", 0.5)]))
    run.placeholder("gone", under: "a", 4...50)
    run.attribute("tenant", "x", of: 0)
    run.attribute("tenant", "y", of: 2)
    run.attribute("size", "s", of: 3)
    return run.build()
  }

  @Test("A tag goes down the repaired tree to the next span that has its own, and no further")
  func handedDown() throws {
    var topology = run()
    topology.carry(attributes: [], inherited: ["tenant", "none", "tenant"])
    #expect(
      tags(try json(topology)) == [
        #""attributes":{"tenant":"x"}"#,
        #""attributes":{},"inherited":{"tenant":"x"}"#,
        #""attributes":{"tenant":"y"}"#,
        #""attributes":{"size":"s"},"inherited":{"tenant":"y"}"#,
        #""attributes":{},"inherited":{"tenant":"x"}"#,
        #""attributes":{},"inherited":{"tenant":"x"}"#,
        #""attributes":{}"#,
      ])
  }

  @Test("Without the option nothing is handed down; a filter takes nothing away")
  func whole() throws {
    var topology = run()
    #expect(!(try json(topology)).contains("inherited"))
    topology.carry(attributes: [], inherited: ["size", "tenant"])
    var filter = SpanFilter()
    filter.since = .afterStart(0)
    filter.minimumDuration = 57_000_000
    let part = try json(topology.selecting(filter))
    #expect(part.contains(#""attributes":{"size":"s"},"inherited":{"tenant":"y"}"#))
  }

  @Test("Pictures show in tooltips what was asked for")
  func pictures() throws {
    var topology = run()
    #expect(!(try Picture.text(of: topology)).contains("tenant"))
    topology.carry(attributes: ["size"], inherited: ["tenant"])
    let text = try Picture.text(of: topology)
    #expect(text.contains("tenant = x (inherited)") && text.contains("tenant = y"))
    #expect(text.contains("size = s"))
    try Picture.svg(of: Array(text.utf8))
  }

  @Test("A deep chain is passed once, without recursion")
  func deep() {
    var run = TopologyBuilder()
    run.process("p")
    for number in 0..<20_000 {
      run.span("\(number)", "s", under: number == 0 ? nil : "\(number - 1)")
    }
    run.attribute("k", "v", of: 0)
    var topology = run.build()
    topology.carry(attributes: [], inherited: ["k"])
    let table = topology.recording.attributes
    let count = topology.spanOrder.count { !topology.inherited.rows(of: $0, table).isEmpty }
    #expect(count == 19_999)
  }
}
