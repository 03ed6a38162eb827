import Testing

@testable import TraceTopology

@Suite struct DOTSelectionTests {
  /// Lines as "from -kind-> to", in the words of the picture.
  private static func lines(_ topology: Topology, _ options: DOTOptions = DOTOptions()) -> [String]
  {
    let graph = DOTSelection.picture(of: topology, options: options)
    var lines: [String] = []
    for item in 0..<graph.count where !graph.parent[item].isNone {
      lines.append("\(graph.id(graph.parent[item].index)) \(graph.line[item]) \(graph.id(item))")
    }
    return lines
      + graph.extras.map { "\(graph.id($0.from.index)) \($0.kind) \(graph.id($0.to.index))" }
  }

  /// t0 ── p ══ t1 ══ t2 ── s: p is the recorded parent of s.
  @Test func aSpanHangsOnTheTaskThroughWhichItsParentLedToIt() {
    var run = TopologyBuilder()
    run.process("a")
    run.task("t0", number: 1)
    run.span("p", "p", on: "t0", 0...9)
    run.task("t1", number: 2, from: "t0", under: "p")
    run.task("t2", number: 3, from: "t1")
    run.span("s", "s", under: "p", on: "t2", 2...3)
    #expect(
      Self.lines(run.build()) == [
        "t0 runsOn s0", "t2 recorded s1", "s0 spawn t1", "t1 spawn t2",
      ])
  }

  @Test func aSpanWhoseParentIsElsewhereHangsOnItsParent() {
    var run = TopologyBuilder()
    run.process("a")
    run.task("t0", number: 1)
    run.task("t1", number: 2)
    run.span("p", "p", on: "t0", 0...9)
    run.span("s", "s", under: "p", on: "t1", 2...3)
    run.span("u", "u", under: "s", on: "t1", 2...3)
    #expect(
      Self.lines(run.build()) == [
        "t0 runsOn s0", "s0 recorded s1", "s1 recorded s2", "t1 runsOn s1",
      ])
  }

  @Test func onlyTasksThatMatterAreDrawn() {
    var run = TopologyBuilder()
    run.process("a")
    run.task("above", number: 1)
    run.task("carrier", number: 2, from: "above")
    run.task("between", number: 3, from: "carrier")
    run.task("below", number: 4, from: "between")
    run.task("idle", number: 5, from: "carrier")
    run.task("user", "request", number: 6, kind: .userTask)
    run.task("gc", number: 7, isSystem: true)
    run.span("a", "a", on: "carrier")
    run.span("b", "b", on: "below")
    run.span("c", "c", on: "user")
    run.span("d", "d", on: "gc")
    let topology = run.build()
    var options = DOTOptions()
    let drawn = DOTSelection.picture(of: topology, options: options).tasks.map(\.index)
    #expect(drawn == [1, 2, 3])
    options.showSystem = true
    #expect(
      DOTSelection.picture(of: topology, options: options).tasks.map(\.index) == [1, 2, 3, 6])
  }

  @Test func withoutSpansTheTasksAreThePicture() throws {
    var run = TopologyBuilder()
    run.process("a")
    run.task("main", "main.main", number: 1)
    run.task("gc", "runtime.bgsweep", number: 2, from: "main", isSystem: true)
    run.task("w", "main.work", number: 3, from: "main")
    #expect(Self.lines(run.build()) == ["t0 spawn t2"])
  }

  @Test func tracesAreChosenByTheBeginningOfTheirID() {
    let topology = ExampleRun.requests(5).build()
    var filter = SpanFilter()
    for (prefix, count) in [
      ("000000000000ab0", 19), ("000000000000AB03", 3), (String(repeating: "f", count: 33), 0),
      ("xyz", 0), ("", 0),
    ] {
      filter.traces = [prefix]
      let part = topology.selecting(filter)
      #expect(DOTSelection.picture(of: part, options: DOTOptions()).count == count, "\(prefix)")
    }
  }

  @Test func aFilteredPictureShowsWhatTheFilterLeft() throws {
    let topology = ExampleRun.orders().build()
    var filter = SpanFilter()
    filter.root = "cache.evict"
    let part = topology.selecting(filter)
    let graph = DOTSelection.picture(of: part, options: DOTOptions())
    #expect(graph.spans.map { part.recording.strings.text(part.name($0)) } == ["cache.evict"])
    #expect(try Picture.text(of: part).contains("trees of cache.evict"))
    filter.root = "nothing of that name"
    let text = try Picture.text(of: topology.selecting(filter))
    #expect(text.contains("nothing matches"))
    try Picture.svg(of: Array(text.utf8))
  }

  @Test func logsThatContradictEachOtherCloseNoRing() throws {
    var run = TopologyBuilder()
    run.process("a")
    run.task("t0", number: 1)
    run.task("t1", number: 2, from: "t0", under: "s")
    run.spawn("t0", from: "t1")
    run.span("p", "p", on: "t1", 0...9)
    run.span("s", "s", under: "p", on: "t0", 2...3)
    let topology = run.build()
    let graph = DOTSelection.picture(of: topology, options: DOTOptions())
    #expect(TreeOrder(parents: graph.parent.map(\.raw)).preorder.count == graph.count)
    try Picture.svg(of: Picture.dot(of: topology))
  }

  @Test func orphansShowTheirTwoBestCandidates() throws {
    let topology = ExampleRun.orders().build()
    let lines = Self.lines(topology).filter { $0.contains("candidate") }
    #expect(lines.count == 2)
    let text = try Picture.text(of: topology)
    #expect(text.contains("style=dotted") && text.contains("44 %") && text.contains("context lost"))
  }

  @Test func linksLeadFromCauseToEffect() {
    let lines = Self.lines(ExampleRun.orders().build()).filter { $0.contains("link") }
    #expect(lines == ["s7 link s6"])
  }
}
