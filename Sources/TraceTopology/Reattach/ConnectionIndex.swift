/// Which task of another process reads the answers of each connection, told by the calls whose served
/// side names its caller.
///
///     client    call [......................]        reader ──wakes── the task of the call
///     server          served [..........]                ▲
///                        one task for each connection, ───┘ or one that spawns a task for each call
///
/// A served span whose header was lost ran on a task of a known connection: the call is what the reader
/// of that connection set going first when the served span had ended.
struct ConnectionIndex: Sendable {
  /// A call that got its answer when the served span had ended.
  struct Answer: Sendable {
    /// `none` if no log holds it.
    var span: SpanIndex
    /// The task of the call, and when the reader woke it.
    var to: TaskIndex
    var time: Int64
  }

  /// Answers that are looked at for one question at most.
  private static let limit = 6
  /// Below this share of its calls a reader is not the one of the connection.
  private static let leastShare = 0.8

  private let recording: Recording
  private let forest: SpanForest
  private let nodes: NodeFacts
  /// For each task that serves, or spawns what serves, how many of its calls each reader answered.
  private var readers: [TaskIndex: [TaskIndex: Int]] = [:]
  /// The reader that answered a call, for the served spans with a recorded caller.
  private var own: [SpanIndex: TaskIndex] = [:]
  /// A recorded served side of each call.
  private var served: [SpanIndex: SpanIndex] = [:]

  init(_ recording: Recording, _ forest: SpanForest, nodes: NodeFacts, handoffs: HandoffIndex) {
    self.recording = recording
    self.forest = forest
    self.nodes = nodes
    guard recording.processes.record.count > 1, recording.tasks.count > 0,
      Self.isNeeded(recording, forest)
    else { return }
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] {
      learn(SpanIndex(row), handoffs)
    }
  }

  /// Served spans name parents that are not there, or none; or spans are lost that may have served.
  private static func isNeeded(_ recording: Recording, _ forest: SpanForest) -> Bool {
    !forest.missing.isEmpty
      || (0..<recording.spans.count).contains { row in
        !forest.isAbsorbed[row] && forest.parent[row].isNone && isServed(recording.spans.kind(row))
      }
  }

  private static func isServed(_ kind: SpanKind) -> Bool { kind == .server }

  private mutating func learn(_ span: SpanIndex, _ handoffs: HandoffIndex) {
    let call = forest.parent[span.index]
    guard !call.isNone, Self.isServed(recording.spans.kind(span.index)),
      recording.spans.process[span.index] != recording.spans.process[call.index]
    else { return }
    served[call] = span
    let caller = nodes.task[call.index]
    guard !caller.isNone, !nodes.task[span.index].isNone, nodes.end[call.index].isKnown,
      let edge = handoffs.latest(caller, at: nodes.end[call.index].nanoseconds),
      edge.time >= nodes.start[call.index].nanoseconds
    else { return }
    own[span] = edge.from
    for key in keys(of: nodes.task[span.index]) {
      readers[key, default: [:]][edge.from, default: 0] += 1
    }
  }

  /// The task that served, and the one that spawned it.
  private func keys(of task: TaskIndex) -> [TaskIndex] {
    let spawner = recording.tasks.parent(task)
    return spawner.isNone ? [task] : [task, spawner]
  }

  /// The reader of the connection on which a span was served; what its own caller shows is left out.
  private func reader(for request: Request) -> TaskIndex? {
    for key in keys(of: request.task) {
      guard var counts = readers[key] else { continue }
      if let known = own[request.span], let count = counts[known] { counts[known] = count - 1 }
      let total = counts.values.reduce(0, +)
      let best = counts.max { a, b in
        a.value != b.value ? a.value < b.value : isOrderedBefore(b.key, a.key)
      }
      guard let best, best.value > 0 else { continue }
      return Double(best.value) >= Self.leastShare * Double(total) ? best.key : nil
    }
    return nil
  }

  private func isOrderedBefore(_ a: TaskIndex, _ b: TaskIndex) -> Bool {
    (recording.tasks.start(a).nanoseconds, recording.tasks.number(a) ?? 0)
      < (recording.tasks.start(b).nanoseconds, recording.tasks.number(b) ?? 0)
  }

  /// The calls that were answered when this span had ended, in the order of their answers.
  func answers(
    to question: EvidenceSearch.Question, _ open: OpenSpanIndex, _ completions: CompletionIndex
  ) -> [Answer] {
    guard let request = request(question), let wait = wait(for: request) else { return [] }
    var time = wait.from
    var answers: [Answer] = []
    for _ in 0..<Self.limit {
      guard let release = completions.first(wait.reader, from: time) else { break }
      let view = open.view(release.to, at: release.time)
      let isEarly =
        view.open.isNone || view.openStart <= wait.start.addingSaturated(Self.slack)
      if isEarly, served[view.open].map({ $0 == request.span }) ?? true {
        answers.append(Answer(span: view.open, to: release.to, time: release.time))
      }
      time = release.time.addingSaturated(1)
    }
    return answers
  }

  /// The task that made the call, where the span of the call is lost, with a time at which it waited
  /// for the answer; nil if it is not known or a span that is there waited there.
  func caller(of span: SpanIndex, _ open: OpenSpanIndex, _ completions: CompletionIndex)
    -> (task: TaskIndex, time: Int64)?
  {
    guard let request = request(span), let wait = wait(for: request) else { return nil }
    var time = wait.from
    for _ in 0..<Self.limit {
      guard let release = completions.first(wait.reader, from: time) else { return nil }
      let view = open.view(release.to, at: release.time)
      // Another call, which is served by another span.
      if view.open.isNone || served[view.open] == nil { return (release.to, wait.start) }
      time = release.time.addingSaturated(1)
    }
    return nil
  }

  /// What was served: a span, or one that nobody logged, as far as it shows.
  private struct Request {
    /// `none` for a lost span.
    var span = SpanIndex.none
    var task: TaskIndex
    var start: Timestamp
    var end: Timestamp
  }

  private func request(_ span: SpanIndex) -> Request? {
    guard !span.isNone, span.index < recording.spans.count,
      Self.isServed(recording.spans.kind(span.index)), !nodes.task[span.index].isNone,
      recording.spans.end[span.index].isKnown
    else { return nil }
    return Request(
      span: span, task: nodes.task[span.index], start: recording.spans.start[span.index],
      end: recording.spans.end[span.index])
  }

  private func request(_ question: EvidenceSearch.Question) -> Request? {
    guard question.span.isNone, let lastSeen = question.lastSeen else {
      return request(question.span)
    }
    return Request(task: question.task, start: Timestamp(question.time), end: Timestamp(lastSeen))
  }

  /// What a request's answer came through: the reader, and since when it can have come, on the
  /// reader's clock.
  private func wait(for request: Request) -> (reader: TaskIndex, start: Int64, from: Int64)? {
    guard !readers.isEmpty, let reader = reader(for: request) else { return nil }
    let process = recording.tasks.process(reader)
    let server = recording.tasks.process(request.task)
    guard process != server else { return nil }
    let start = onClock(of: process, request.start, of: server)
    let end = onClock(of: process, request.end, of: server)
    // An answer that came before the end answers another call; but clocks may be off.
    let slack = min(end.subtractingSaturated(start) / 4, slack(server, process))
    return (reader, start, end.subtractingSaturated(slack))
  }

  /// What clocks of two hosts differ by where calls do not say better, in nanoseconds.
  private static let slack: Int64 = 50_000

  private func slack(_ a: ProcessIndex, _ b: ProcessIndex) -> Int64 {
    guard !forest.clocks.areInStep else { return Self.agreement }
    guard let first = forest.clocks.skew(of: a)?.uncertainty,
      let second = forest.clocks.skew(of: b)?.uncertainty
    else { return Self.slack }
    return first.addingSaturated(second)
  }

  /// How well the clocks of spans and of the scheduler agree on one host, in nanoseconds.
  private static let agreement: Int64 = 5_000

  /// A time of one process on the clock of another one.
  private func onClock(of process: ProcessIndex, _ time: Timestamp, of own: ProcessIndex) -> Int64 {
    let shared = forest.clocks.time(time, of: own)
    guard !forest.clocks.areInStep, let skew = forest.clocks.skew(of: process) else {
      return shared.nanoseconds
    }
    return shared.shifted(by: skew.ahead(at: shared)).nanoseconds
  }
}
