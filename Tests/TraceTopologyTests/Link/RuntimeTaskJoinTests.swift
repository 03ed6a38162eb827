import Testing

@testable import TraceTopology

/// Spans tied to goroutines through the runtime tasks that the OpenTelemetry SDK opens.
@Suite("Runtime tasks")
struct RuntimeTaskJoinTests {
  /// A run of spans, each with its runtime task and the goroutines on which that began and ended.
  private struct Run {
    var recording = Recording()
    var goroutine: [SpanID: (begun: UInt64, ended: UInt64)] = [:]
    private let log: ProcessIndex
    private let resource: ProcessIndex
    private var goroutines: [UInt64: TaskIndex] = [:]
    private var taskOfSpan: [UInt64: TaskIndex] = [:]

    init() {
      log = recording.processes.append(ProcessRecord(), source: .goTrace, input: InputIndex(0))
      resource = recording.processes.intern(ProcessRecord(), input: InputIndex(0))
    }

    private mutating func row(_ number: UInt64) -> TaskIndex {
      if let known = goroutines[number] { return known }
      var task = TaskRecord()
      task.process = log
      task.kind = .goroutine
      task.number = number
      let row = recording.tasks.append(task)
      goroutines[number] = row
      return row
    }

    /// `late`: how long after the span its task begins and ends, in nanoseconds.
    mutating func add(
      _ name: String, id: UInt64, parent: UInt64? = nil, from: Int64, to: Int64, on begun: UInt64,
      endedOn: UInt64? = nil, late: (Int64, Int64) = (350, 100), isExported: Bool = true,
      renamed: String? = nil
    ) {
      var task = TaskRecord()
      task.process = log
      task.kind = .userTask
      task.number = id
      task.entry = recording.strings.intern(name)
      task.start = Timestamp(from + late.0)
      task.end = Timestamp(to + late.1)
      task.outcome = .ended
      if let parent { task.parent = taskOfSpan[parent] ?? .none }
      let row = recording.tasks.append(task)
      taskOfSpan[id] = row
      recording.userTasks.append(
        UserTaskSides(task: row, begunOn: self.row(begun), endedOn: self.row(endedOn ?? begun)))
      guard isExported else { return }
      var span = SpanRecord()
      span.trace = TraceID(high: 0, low: 1)
      span.span = SpanID(value: id)
      span.parent = SpanID(value: parent ?? 0)
      span.name = recording.strings.intern(renamed ?? name)
      span.start = Timestamp(from)
      span.end = Timestamp(to)
      recording.append(span, process: resource)
      goroutine[span.span] = (begun, endedOn ?? begun)
    }

    /// How many spans were matched, and how many of them with the goroutines that they ran on.
    func match() async -> (matched: Int, right: Int) {
      var recording = recording
      let order = SpanOrder(recording, processRank: [0, 1])
      let forest = await ParentLinker.link(&recording, order: order)
      let spans = (0..<recording.spans.count).map { SpanIndex($0) }
      let stretches = NamedStretches.runtimeTasks(recording)
      let matches = StretchJoin.match(
        spans: spans, scheduler: log, stretches, recording, forest)
      let right = matches.count { match in
        let sides = match.stretch
        let truth = goroutine[recording.spans.spanID[match.span.index]]
        return recording.tasks[sides.begunOn].number == truth?.begun
          && recording.tasks[sides.endedOn].number == truth?.ended
      }
      return (matches.count, right)
    }
  }

  @Test("A span finds its task by name and times, and with it both goroutines")
  func plainMatch() async {
    var run = Run()
    run.add("handle", id: 1, from: 1_000_000, to: 9_000_000, on: 7)
    run.add("query", id: 2, parent: 1, from: 2_000_000, to: 3_000_000, on: 8, endedOn: 9)
    let result = await run.match()
    #expect(result == (2, 2))
  }

  @Test(
    "Spans of one name that start within a microsecond of each other are told apart by their ends")
  func sameNameSameStart() async {
    var run = Run()
    for index in 0..<20 as Range<UInt64> {
      let begin = 1_000_000 + Int64(index) * 40
      run.add(
        "query", id: index + 1, from: begin, to: begin + 50_000 + Int64(19 - index) * 7_000,
        on: 100 + index)
    }
    #expect(await run.match() == (20, 20))
  }

  @Test("Of equal children the task of the right parent is taken")
  func parentsDecide() async {
    var run = Run()
    run.add("handle", id: 1, from: 1_000_000, to: 9_000_000, on: 1)
    run.add("handle", id: 2, from: 1_100_000, to: 9_100_000, on: 2)
    run.add("query", id: 3, parent: 1, from: 2_000_000, to: 2_500_000, on: 11, late: (900, 900))
    run.add("query", id: 4, parent: 2, from: 2_000_100, to: 2_500_100, on: 12, late: (200, 100))
    #expect(await run.match() == (4, 4))
  }

  @Test("Spans that were not exported take nobody else's task")
  func partOfTheSpans() async {
    var run = Run()
    for index in 0..<40 as Range<UInt64> {
      let begin = 1_000_000 + Int64(index) * 30_000
      run.add(
        "query", id: index + 1, from: begin, to: begin + 20_000, on: 100 + index,
        isExported: index % 3 == 0)
    }
    #expect(await run.match() == (14, 14))
  }

  @Test(
    "A renamed span is matched where its times leave one task, and left alone where they do not")
  func renamed() async {
    var run = Run()
    run.add("GET", id: 1, from: 1_000_000, to: 2_000_000, on: 1, renamed: "GET /cart/{id}")
    #expect(await run.match() == (1, 1))
    var close = Run()
    close.add("GET", id: 1, from: 1_000_000, to: 2_000_000, on: 1, isExported: false)
    close.add("GET", id: 2, from: 1_000_010, to: 2_000_010, on: 2, renamed: "GET /cart/{id}")
    #expect(await close.match().matched == 0)
  }

  @Test("Under load, with spans of few names side by side, all are right", arguments: [1, 2, 3])
  func manyAtOnce(seed: UInt64) async {
    var dice = SeededGenerator(seed: seed)
    var run = Run()
    let names = ["handle", "query", "render"]
    for index in 0..<400 as Range<UInt64> {
      let begin = 1_000_000 + Int64.random(in: 0...8_000_000, using: &dice)
      let length = Int64.random(in: 20_000...2_000_000, using: &dice)
      run.add(
        names[Int(index % 3)], id: index + 1, from: begin, to: begin + length, on: 1000 + index,
        late: (Int64.random(in: 60...2_000, using: &dice), Int64.random(in: 30...600, using: &dice))
      )
    }
    let result = await run.match()
    #expect(result.matched == 400, "seed \(seed)")
    #expect(result.right == 400, "seed \(seed)")
  }
}
