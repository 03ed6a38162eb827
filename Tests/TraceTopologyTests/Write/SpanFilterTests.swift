import Testing

@testable import TraceTopology

@Suite("Filters")
struct SpanFilterTests {
  private func names(_ topology: Topology) -> [String] {
    topology.spanOrder.map {
      topology.isPlaceholder($0) ? "?" : topology.recording.strings.text(topology.name($0))
    }
  }

  private func tasks(_ topology: Topology) -> [UInt64] {
    topology.taskOrder.compactMap { topology.recording.tasks[$0].number }
  }

  private func filter(_ set: (inout SpanFilter) -> Void) -> SpanFilter {
    var filter = SpanFilter()
    set(&filter)
    return filter
  }

  private let millisecond: Int64 = 1_000_000

  /// root 0…100 ─ a 10…20 ─ deep 12…14 (error), root ─ b 50…90, ? ─ lost 60…61
  private func run() -> Topology {
    var run = TopologyBuilder()
    run.process("front")
    run.task("t1", number: 1)
    run.task("t2", number: 2, from: "t1")
    run.task("t3", number: 3, from: "t2")
    run.task("t4", number: 4, from: "t1")
    run.span("root", "root", on: "t1", 0...100)
    run.span("a", "a", under: "root", on: "t1", 10...20)
    run.process("back")
    run.span("deep", "deep", under: "a", on: "t3", 12...14, status: .error)
    run.span("b", "b", under: "root", on: "t4", 50...90, how: .reattached(.spawn, 0.9))
    run.trace(0xABCD << 48, 1)
    run.placeholder("gone", 60...61)
    run.span("lost", "lost", under: "gone", 60...61)
    return build(run)
  }

  /// With the clock that the assembly of a run makes.
  private func build(_ builder: TopologyBuilder) -> Topology {
    var run = builder.build()
    run.clock = TopologyClock(run.recording, clocks: run.processes.map(\.clock))
    return run
  }

  @Test("No filter leaves the run as it is")
  func nothing() {
    let part = run().selecting(SpanFilter())
    #expect(part.selectionSummary == nil && part.spanOrder.count == 6)
  }

  @Test("Selected spans bring their ancestors, their tasks and the spawners of those")
  func ancestors() {
    let part = run().selecting(filter { $0.errorsOnly = true })
    #expect(names(part) == ["root", "a", "deep"])
    #expect(tasks(part) == [1, 2, 3])
    let summary = part.selectionSummary
    #expect(summary?.spansSelected == 1 && summary?.spansShown == 3 && summary?.spans == 5)
    #expect(summary?.tasksShown == 3 && summary?.tasks == 4 && summary?.treesShown == 1)
    #expect(part.trees.map(\.spans) == [3] && part.trees.map(\.depth) == [3])
    #expect(part.summary.spans == 3)
  }

  @Test("A span below a placeholder brings the placeholder, which alone is never selected")
  func placeholders() {
    let part = run().selecting(filter { $0.traces = ["abcd"] })
    #expect(Set(names(part)) == ["?", "lost"])
    #expect(part.selectionSummary?.spansSelected == 1 && part.summary.placeholders == 1)
  }

  @Test("Times select what was open then, at the borders too; both clocks mean the same")
  func times() {
    let run = run()
    let select = { (since: Double?, until: Double?) in
      names(
        run.selecting(
          filter {
            $0.since = since.map { .afterStart(Int64($0 * 1e6)) }
            $0.until = until.map { .unix(run.origin.nanoseconds + Int64($0 * 1e6)) }
          }))
    }
    #expect(select(90, nil) == ["root", "b"])
    #expect(select(90.001, nil) == ["root"])
    #expect(select(nil, 11) == ["root", "a"])
    #expect(select(13, 13) == ["root", "a", "deep"])
    #expect(select(200, nil).isEmpty && select(nil, -1).isEmpty)
  }

  @Test("A span that never ended was open to the end of the run")
  func open() {
    var builder = TopologyBuilder()
    builder.process("p")
    builder.span("first", "first", 0...1)
    builder.span("hung", "hung", 10...11, isOpen: true)
    builder.span("last", "last", 90...95)
    let run = build(builder)
    #expect(
      names(run.selecting(filter { $0.minimumDuration = 85 * millisecond })) == ["hung"])
    #expect(names(run.selecting(filter { $0.minimumDuration = 86 * millisecond })).isEmpty)
    #expect(
      names(run.selecting(filter { $0.since = .afterStart(95 * millisecond) })) == ["hung", "last"])
  }

  @Test("Conditions hold together: services, durations and traces")
  func combined() {
    let run = run()
    #expect(names(run.selecting(filter { $0.services = ["back", "none"] })).contains("a"))
    let back = run.selecting(
      filter {
        $0.services = ["back"]
        $0.minimumDuration = 30 * millisecond
      })
    #expect(names(back) == ["root", "b"] && tasks(back) == [1, 4])
    let none = run.selecting(
      filter {
        $0.services = ["front"]
        $0.errorsOnly = true
      })
    #expect(none.spanOrder.isEmpty && none.taskOrder.isEmpty && none.trees.isEmpty)
    let other = run.selecting(
      filter {
        $0.root = "root"
        $0.traces = ["7c1f", "abcd"]
      })
    #expect(names(other) == ["root", "a", "deep", "b"])
  }

  @Test("Candidates outside of the part are left out, those within it stay")
  func candidates() throws {
    var builder = TopologyBuilder()
    builder.process("p")
    builder.span("x", "x", 0...9)
    builder.span("y", "y", 0...1)
    builder.span(
      "o", "o", 5...9, how: .orphan(.contextLost, [("y", 0.5), ("x", 0.4)]), status: .error)
    let run = build(builder)
    let part = run.selecting(filter { $0.since = .afterStart(5 * millisecond) })
    #expect(names(part) == ["x", "o"])
    #expect(part.reattachments.values.map(\.candidates.count) == [1])
    let alone = run.selecting(filter { $0.errorsOnly = true })
    var sink = ByteSink()
    try TopologyJSONWriter(alone).write(to: &sink)
    let text = String(decoding: sink.bytes, as: UTF8.self)
    #expect(!text.contains("candidates") && text.contains(#""errors":true,"spansSelected":1"#))
  }

  @Test("Without spans tasks are selected by time, service and duration; by nothing else")
  func onlyTasks() {
    var builder = TopologyBuilder()
    builder.process("p")
    builder.task("main", number: 1, 0...100)
    builder.task("a", number: 2, from: "main", 10...20)
    builder.process("q")
    builder.task("b", number: 3, from: "a", 12...13)
    builder.span("extent", "extent", 0...100)
    var run = build(builder)
    run.spanOrder = []
    #expect(tasks(run.selecting(filter { $0.services = ["q"] })) == [1, 2, 3])
    #expect(
      tasks(run.selecting(filter { $0.minimumDuration = 10 * millisecond })) == [1, 2])
    #expect(tasks(run.selecting(filter { $0.errorsOnly = true })).isEmpty)
  }

  @Test("A chain of many thousand spans is filtered without recursion")
  func deep() {
    var builder = TopologyBuilder()
    builder.process("p")
    for number in 0..<20_000 {
      builder.span("\(number)", "s", under: number == 0 ? nil : "\(number - 1)")
    }
    builder.span("leaf", "leaf", under: "19999", status: .error)
    let part = builder.build().selecting(filter { $0.errorsOnly = true })
    #expect(part.spanOrder.count == 20_001 && part.trees.map(\.depth) == [20_001])
  }

  @Test("Durations are numbers with units, and nothing else")
  func durations() {
    let good: [(String, Int64)] = [
      ("250ms", 250_000_000), ("1.5s", 1_500_000_000), ("1m30s", 90_000_000_000), ("0s", 0),
      ("2h", 7_200_000_000_000), ("7us", 7_000), ("7µs", 7_000), ("0.0000000019s", 1), ("3ns", 3),
    ]
    for (text, value) in good { #expect(SpanFilter.duration(text) == value, "\(text)") }
    for text in [
      "", "5", "s", ".5s", "5.s", "-5s", "5 s", "5d", "1e3s", "19999199991999919999s",
      "1999919999h",
      "٣s", "1.2.3s",
    ] {
      #expect(SpanFilter.duration(text) == nil, "\(text)")
    }
    #expect(SpanFilter.Moment("+5s") == .afterStart(5_000_000_000))
    #expect(SpanFilter.Moment("1970-01-01T00:00:01Z") == .unix(1_000_000_000))
    for text in ["5s", "+", "++5s", "2026-11-21", "", "now"] {
      #expect(SpanFilter.Moment(text) == nil, "\(text)")
    }
  }
}
