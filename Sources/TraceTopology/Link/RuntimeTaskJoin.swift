/// Ties spans to the runtime tasks that the OpenTelemetry Go SDK opens for them.
///
/// The SDK opens a `runtime/trace` task for every recording span while an execution trace is being
/// written: its name is the span's name at the start, its parent is the task of the parent span in the
/// same process, it begins right after the span's start time was taken and ends right after its end
/// time was, on the goroutine that calls `End`. No span id is written, so spans and tasks are matched
/// one to one by name, parent, begin and end. Measured on Go 1.27: begin − start p50 0.35 µs, p99
/// 10 µs; end − end p50 0.1 µs.
struct RuntimeTaskJoin {
  /// How far a task may begin or end after its span: a goroutine can be descheduled in between.
  private static let latest: Int64 = 5_000_000
  /// How far before: what the clocks may differ by.
  private static let earliest: Int64 = 2_000
  /// Tasks of one name that are weighed for one span.
  private static let candidateLimit = 64
  /// A renamed span is matched by times alone only where they agree this closely.
  private static let closeEnough: Int64 = 20_000

  /// A span with its runtime task.
  struct Match: Sendable {
    var span: SpanIndex
    /// Row of `recording.userTasks`.
    var side: Int
  }

  private let recording: Recording
  private let forest: SpanForest
  /// Rows of `recording.userTasks` by name, in the order of their begin.
  private var byName: [StringID: [Int]] = [:]
  private var all: [Int] = []
  private var sideOfTask: [TaskIndex: Int] = [:]
  private var isTaken: [Bool]
  private var sideOfSpan: [SpanIndex: Int] = [:]

  init(_ recording: Recording, _ forest: SpanForest) {
    self.recording = recording
    self.forest = forest
    isTaken = Array(repeating: false, count: recording.userTasks.count)
  }

  /// Matches the spans of one process with the tasks of its trace.
  static func match(
    spans: [SpanIndex], scheduler: ProcessIndex, _ recording: Recording, _ forest: SpanForest
  ) -> [Match] {
    var join = RuntimeTaskJoin(recording, forest)
    join.index(scheduler)
    guard !join.all.isEmpty else { return [] }
    // Parents begin before their children, so a parent is matched when its child asks for it.
    let order = spans.filter { recording.spans.start[$0.index].isKnown }.sorted {
      let a = recording.spans.start[$0.index].nanoseconds
      let b = recording.spans.start[$1.index].nanoseconds
      if a != b { return a < b }
      return recording.spans.spanID[$0.index] < recording.spans.spanID[$1.index]
    }
    for span in order { join.matchByName(span) }
    for span in order where join.sideOfSpan[span] == nil { join.matchRenamed(span) }
    return order.compactMap { span in
      join.sideOfSpan[span].map { Match(span: span, side: $0) }
    }
  }

  private mutating func index(_ scheduler: ProcessIndex) {
    for side in 0..<recording.userTasks.count {
      let task = recording.userTasks[side].task
      let record = recording.tasks[task]
      guard record.process == scheduler, record.start.isKnown else { continue }
      sideOfTask[task] = side
      all.append(side)
    }
    all = all.sorted { start($0) != start($1) ? start($0) < start($1) : number($0) < number($1) }
    for side in all { byName[task(side).entry, default: []].append(side) }
  }

  private func task(_ side: Int) -> TaskRecord { recording.tasks[recording.userTasks[side].task] }
  private func start(_ side: Int) -> Int64 { task(side).start.nanoseconds }
  private func number(_ side: Int) -> UInt64 { task(side).number ?? 0 }

  // MARK: Matching

  private mutating func matchByName(_ span: SpanIndex) {
    guard let sides = byName[recording.spans.name[span.index]] else { return }
    let free = candidates(span, sides, latest: Self.latest)
    guard !free.isEmpty else { return }
    let agreeing = free.filter { agreesOnParent(span, $0) }
    take(best(span, agreeing.isEmpty ? free : agreeing), for: span)
  }

  /// A span whose name was changed after its start: only where begin, end and parent leave one task.
  private mutating func matchRenamed(_ span: SpanIndex) {
    let free = candidates(span, all, latest: Self.closeEnough).filter { side in
      guard let late = task(side).end.since(recording.spans.end[span.index]) else { return false }
      return late <= Self.closeEnough && agreesOnParent(span, side)
    }
    // Two tasks that fit nearly as well: nobody can say which.
    guard let first = best(span, free) else { return }
    let rival = best(span, free.filter { $0 != first })
    if let rival, cost(span, rival) < 4 * cost(span, first) + 500 { return }
    take(first, for: span)
  }

  private mutating func take(_ side: Int?, for span: SpanIndex) {
    guard let side else { return }
    isTaken[side] = true
    sideOfSpan[span] = side
  }

  /// The free tasks that begin and end where the task of this span may.
  private func candidates(_ span: SpanIndex, _ sides: [Int], latest: Int64) -> [Int] {
    let begin = recording.spans.start[span.index].nanoseconds
    let from = begin.subtractingSaturated(Self.earliest)
    var low = 0
    var high = sides.count
    while low < high {
      let middle = (low + high) / 2
      if start(sides[middle]) < from { low = middle + 1 } else { high = middle }
    }
    var found: [Int] = []
    while low < sides.count, start(sides[low]) <= begin.addingSaturated(latest),
      found.count < Self.candidateLimit
    {
      if !isTaken[sides[low]], endFits(span, sides[low]) { found.append(sides[low]) }
      low += 1
    }
    return found
  }

  private func endFits(_ span: SpanIndex, _ side: Int) -> Bool {
    let end = recording.spans.end[span.index]
    guard end.isKnown else { return task(side).outcome != .ended }
    // A task that never ends in the trace: the trace was over before the span was.
    guard let late = task(side).end.since(end) else { return true }
    return late >= -Self.earliest && late <= Self.latest
  }

  /// Whether task and span name the same parent, as far as both are known.
  private func agreesOnParent(_ span: SpanIndex, _ side: Int) -> Bool {
    let parent = forest.parent[span.index]
    let parentTask = task(side).parent
    guard !parent.isNone, let known = sideOfSpan[parent] else {
      // A parent in another process, or none: the task has none either, unless the parent's own span
      // was not exported.
      return parentTask.isNone || sideOfTask[parentTask].map { !isTaken[$0] } ?? true
    }
    return sideOfTask[parentTask] == known
  }

  /// The task whose begin and end are nearest; the first one where that does not decide.
  private func best(_ span: SpanIndex, _ sides: [Int]) -> Int? {
    sides.min { cost(span, $0) != cost(span, $1) ? cost(span, $0) < cost(span, $1) : $0 < $1 }
  }

  private func cost(_ span: SpanIndex, _ side: Int) -> Int64 {
    let begin = task(side).start.since(recording.spans.start[span.index]) ?? 0
    let end = task(side).end.since(recording.spans.end[span.index]) ?? Self.latest
    // A task that begins before its span can only do so by the difference of the clocks.
    let early = begin < 0 ? 4 * begin.magnitude : begin.magnitude
    return Int64(clamping: early).addingSaturated(Int64(clamping: end.magnitude))
  }
}
