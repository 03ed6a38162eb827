import Testing

@testable import TraceTopology

/// Questions within a trace, counted by the levels and spans that are looked at.
struct TraceStructureTests {
  /// A run of small whole traces, and one wide one in which some parents were lost.
  private struct Run {
    var recording = Recording()
    private var next: UInt64 = 1
    private let process: ProcessIndex

    init() {
      process = recording.processes.append(
        ProcessRecord(), source: .spans, input: InputIndex(0))
    }

    mutating func span(
      _ name: String, _ trace: UInt64, parent: UInt64?, _ time: ClosedRange<Int64>
    ) -> UInt64 {
      var record = SpanRecord()
      record.trace = TraceID(high: 1, low: trace)
      record.span = SpanID(value: next)
      if let parent { record.parent = SpanID(value: parent) }
      record.name = recording.strings.intern(name)
      record.start = Timestamp(time.lowerBound)
      record.end = Timestamp(time.upperBound)
      recording.append(record, process: process)
      next += 1
      return record.span.value
    }

    mutating func wholeTrace(_ trace: UInt64) {
      let base = Int64(trace) * 1_000_000
      let root = span("front", trace, parent: nil, base...base + 900)
      let middle = span("call", trace, parent: root, base + 100...base + 800)
      let lost = span("serve", trace, parent: middle, base + 200...base + 700)
      _ = span("query", trace, parent: lost, base + 300...base + 600)
    }

    /// One root, under it calls one after the other; every call has served a query, and of some of
    /// them the span between is lost.
    mutating func wideTrace(_ trace: UInt64, calls: Int, lost: Int) {
      let base = Int64(1) << 40
      let root = span("front", trace, parent: nil, base...base + Int64(calls) * 1_000)
      for number in 0..<calls {
        let start = base + Int64(number) * 1_000
        let middle = span("call", trace, parent: root, start + 100...start + 800)
        var above = UInt64.max - UInt64(number)
        if number >= lost {
          above = span("serve", trace, parent: middle, start + 200...start + 700)
        }
        _ = span("query", trace, parent: above, start + 300...start + 600)
      }
    }
  }

  /// How many levels and spans all questions of a wide trace look at, and how many are answered right.
  private func ask(calls: Int, lost: Int) async -> (looks: Int, right: Int) {
    var run = Run()
    for trace in 1...60 { run.wholeTrace(UInt64(trace)) }
    run.wideTrace(1_000, calls: calls, lost: lost)
    var recording = run.recording
    let order = SpanOrder(recording, processRank: [0])
    let forest = await ParentLinker.link(&recording, order: order)
    var structure = await TraceStructure(recording, forest)
    var right = 0
    for missing in forest.missing {
      guard let found = structure.ancestor(of: missing) else { continue }
      structure.give(found)
      let spans = recording.spans
      let child = missing.children[0].index
      let lead = spans.start[child].since(spans.start[found.span.index])
      if recording.strings.text(spans.name[found.span.index]) == "call", lead == 200 { right += 1 }
    }
    return (structure.looks, right)
  }

  @Test func `The call of which the served span was lost is found among its neighbours`() async {
    let (_, right) = await ask(calls: 200, lost: 20)
    #expect(right == 20)
  }

  @Test func `A question costs no more where its trace is wide`() async {
    let few = await ask(calls: 1_000, lost: 50).looks
    let many = await ask(calls: 8_000, lost: 50).looks
    // Arranging the trace looks at each span once, and counting the children of its root once more.
    #expect(many - few < 4 * 7_000 * 2)
    let more = await ask(calls: 8_000, lost: 400).looks
    #expect(more < many + 350 * 4_000)
  }

  @Test func `Levels come heaviest first, and of equal ones the first that came`() {
    var random = SeededGenerator(seed: 5)
    let weights = (0..<300).map { _ in Double(Int.random(in: 0..<40, using: &random)) / 40 }
    func level(_ number: Int) -> TraceLevel {
      TraceLevel(
        operation: UInt32(number), below: 0, weight: weights[number], isOwn: false)
    }
    var queue = LevelQueue((0..<200).map(level))
    var left = Set(0..<200)
    for number in 200..<300 {
      queue.append(level(number))
      left.insert(number)
      let best = left.min { (-weights[$0], $0) < (-weights[$1], $1) }
      let next = queue.next(above: 0)
      #expect(next.map { Int($0.operation) } == best)
      if let best { left.remove(best) }
    }
    let rest = left.sorted().reduce(0.0) { $0 + weights[$1] }
    #expect(queue.rest == rest)
    while let next = queue.next(above: 0.5) { left.remove(Int(next.operation)) }
    #expect(left.allSatisfy { weights[$0] <= 0.5 })
  }

  @Test func `Operations above a group are counted, the most frequent first`() {
    var table = AboveTable()
    table.grow(to: 3)
    for (operation, count) in [(7, 2), (3, 5), (9, 2), (3, 1)] as [(UInt32, Int)] {
      table.note(1, operation, count: count)
    }
    table.noteRoots(1, count: 4)
    table.settle()
    let above = table[1]
    #expect(above.parents.map(\.operation) == [3, 7, 9])
    #expect(above.named == 10 && above.total == 14)
    #expect(above.count(of: 9) == 2 && above.count(of: 8) == 0)
    #expect(table[0].total == 0 && table[2].parents.isEmpty)
  }
}
