@testable import TraceTopology

/// Builds small topologies by hand, in the words of the picture: spans and tasks have short keys of
/// the test's choosing, times are milliseconds after the beginning of the run.
///
///     var run = TopologyBuilder()
///     run.process("api", pid: 311, host: "host-a")
///     run.task("t12", "main.handle", number: 12, 1...800)
///     run.span("post", "POST /orders", on: "t12", kind: .server, 0...842)
///     run.span("pay", "Charge", under: "post", 10...210)
///     let topology = run.build()
///
/// Rows without an `in:` belong to the process that was named last.
struct TopologyBuilder {
  /// How a span came by its parent.
  enum How {
    case recorded
    case reattached(EvidenceKind, Double)
    /// The keys of weighed parents with their confidence.
    case orphan(LossCause, [(String, Double)])
  }

  private struct Node {
    var key: String
    var parent: String?
    var task: String?
    var how: How?
    var placeholder: Placeholder?
  }

  private(set) var recording = Recording()
  private var clocks: [ClockMap] = []
  private var processes: [String: ProcessIndex] = [:]
  private var current = ProcessIndex.none
  private var nodes: [Node] = []
  private var missing: [Node] = []
  private var taskKeys: [String: TaskIndex] = [:]
  private var spawnedUnder: [String?] = []
  private var links: [(from: String, to: String)] = []
  private var trace = TraceID(high: 0x7c1f_04aa_0000_0000, low: 0x9a02)
  private static let origin: Int64 = 1_795_282_787_000_000_000

  private static func time(_ milliseconds: Double) -> Timestamp {
    Timestamp(origin + Int64(milliseconds * 1_000_000))
  }

  // MARK: Rows

  mutating func process(
    _ service: String, pid: Int64? = nil, host: String = "", clock: ClockSource = .same
  ) {
    let record = ProcessRecord(
      service: recording.strings.intern(service), host: recording.strings.intern(host), pid: pid)
    current = recording.processes.append(record, source: .spans, input: InputIndex(0))
    clocks.append(ClockMap(source: clock, offset: 0, uncertainty: 0))
    processes[service] = current
  }

  /// Spans that follow belong to this trace.
  mutating func trace(_ high: UInt64, _ low: UInt64) { trace = TraceID(high: high, low: low) }

  mutating func span(
    _ key: String, _ name: String, under parent: String? = nil, on task: String? = nil,
    in service: String? = nil, kind: SpanKind = .internal, _ time: ClosedRange<Double> = 0...1,
    how: How? = nil, status: SpanStatus = .unset, isOpen: Bool = false
  ) {
    let row = recording.spans.count
    let record = SpanRecord(
      trace: trace, span: SpanID(value: 0xA000 + UInt64(row)),
      name: recording.strings.intern(name), start: Self.time(time.lowerBound),
      end: isOpen ? .unknown : Self.time(time.upperBound), kind: kind, status: status)
    recording.append(record, process: service.flatMap { processes[$0] } ?? current)
    nodes.append(Node(key: key, parent: parent, task: task, how: how))
  }

  /// A span that nobody logged.
  mutating func placeholder(
    _ key: String, under parent: String? = nil, _ time: ClosedRange<Double> = 0...1,
    how: How? = nil
  ) {
    let row = recording.traces.intern(trace)
    missing.append(
      Node(
        key: key, parent: parent, how: how,
        placeholder: Placeholder(
          trace: row, spanID: SpanID(value: 0xF000 + UInt64(missing.count)), process: current,
          start: Self.time(time.lowerBound), end: Self.time(time.upperBound))))
  }

  mutating func task(
    _ key: String, _ entry: String = "", number: UInt64? = nil, from spawner: String? = nil,
    under span: String? = nil, _ time: ClosedRange<Double>? = nil,
    kind: TaskKind = .goroutine, isSystem: Bool = false, waits: String? = nil, line: UInt32 = 0
  ) {
    var record = TaskRecord()
    record.process = current
    record.kind = kind
    record.number = number
    record.label = number == nil ? recording.strings.intern(key) : .empty
    record.parent = spawner.flatMap { taskKeys[$0] } ?? .none
    record.entry = recording.strings.intern(entry)
    record.isSystem = isSystem
    if line > 0 {
      record.spawnSite = recording.sites.intern(
        Site(
          function: recording.strings.intern("main.spawn"),
          file: recording.strings.intern("/src/app/main.go"), line: line))
    }
    if let time {
      record.start = Self.time(time.lowerBound)
      record.end = waits == nil ? Self.time(time.upperBound) : .unknown
    }
    record.outcome = waits == nil ? .ended : .open
    if let waits {
      record.lastState = .waiting
      record.waitReason = recording.strings.intern(waits)
    }
    taskKeys[key] = recording.tasks.append(record)
    spawnedUnder.append(span)
  }

  /// Makes the parent of a task known after both are there: for rings.
  mutating func spawn(_ key: String, from spawner: String) {
    guard let task = taskKeys[key], let parent = taskKeys[spawner] else { return }
    recording.tasks[task].parent = parent
  }

  /// An attribute of the span in this row; in the order of the rows.
  mutating func attribute(_ key: String, _ value: String, of row: Int) {
    recording.attributes.append(
      span: SpanIndex(row), key: recording.strings.intern(key),
      value: .string(recording.strings.intern(value)))
  }

  mutating func link(from: String, to: String) { links.append((from, to)) }

  // MARK: The whole

  func build() -> Topology {
    let all = nodes + missing
    var number: [String: SpanIndex] = [:]
    for (row, node) in all.enumerated() { number[node.key] = SpanIndex(row) }
    let parents = all.map { node in node.parent.flatMap { number[$0] } ?? .none }
    var recording = recording
    for link in links {
      guard let from = number[link.from], let to = number[link.to] else { continue }
      recording.links.append(
        span: from, trace: recording.traces[recording.spans.trace[to.index]],
        target: recording.spans.spanID[to.index])
    }
    let times = recording.spans.end + recording.spans.start
    var topology = Topology(
      recording: recording, placeholders: missing.compactMap(\.placeholder),
      processes: zip(recording.processes.record, clocks).map {
        TopologyProcess(record: $0, clock: $1)
      },
      processNumber: Array(0..<recording.processes.count),
      taskOrder: (0..<recording.tasks.count).map { TaskIndex($0) }, spanOrder: [],
      parent: parents,
      kind: zip(all, parents).map { Self.kind($0, parent: $1) },
      cause: all.map { if case .orphan(let cause, _) = $0.how { cause } else { .none } },
      reattachments: Self.reattachments(all, number: number),
      taskOfSpan: recording.tasks.count == 0
        ? [] : all.map { $0.task.flatMap { taskKeys[$0] } ?? .none },
      taskSource: all.map { $0.task == nil ? .none : .attribute },
      spawnedUnder: spawnedUnder.map { $0.flatMap { number[$0] } ?? .none }, trees: [],
      diagnostics: [], origin: Self.time(0),
      end: times.max { $0.nanoseconds < $1.nanoseconds } ?? Self.time(0))
    topology.spanOrder = (0..<all.count).map { SpanIndex($0) }.sorted { a, b in
      let (left, right) = (topology.process(a) ?? .max, topology.process(b) ?? .max)
      return (left, topology.start(a).nanoseconds, a) < (right, topology.start(b).nanoseconds, b)
    }
    topology.linkTargets = links.map { number[$0.to] ?? .none }
    return topology
  }

  private static func kind(_ node: Node, parent: SpanIndex) -> AttachmentKind {
    switch node.how {
    case .recorded: .recorded
    case .reattached: .reattached
    case .orphan: .orphan
    case nil: parent.isNone ? .root : .recorded
    }
  }

  private static func reattachments(
    _ all: [Node], number: [String: SpanIndex]
  ) -> [SpanIndex: Reattachment] {
    var found: [SpanIndex: Reattachment] = [:]
    for (row, node) in all.enumerated() {
      switch node.how {
      case .reattached(let rule, let confidence):
        found[SpanIndex(row)] = Reattachment(
          rule: rule, confidence: confidence, evidence: [], candidates: [])
      case .orphan(_, let candidates):
        found[SpanIndex(row)] = Reattachment(
          rule: nil, confidence: 0, evidence: [],
          candidates: candidates.compactMap { key, confidence in
            number[key].map { Candidate(span: $0, confidence: confidence) }
          })
      case .recorded, nil: break
      }
    }
    return found
  }
}
