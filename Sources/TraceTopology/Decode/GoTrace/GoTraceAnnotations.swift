/// The user tasks that one generation begins and ends. They are settled after all threads were read,
/// because a task may begin on one thread and end, or have children, on another.
struct GoTraceUserTasks: Sendable {
  struct Begin: Sendable {
    var id: UInt64
    var parent: UInt64
    /// Row of a string.
    var name: UInt32
    /// Row of a stack.
    var stack: UInt32
    var time: Timestamp
    /// The goroutine that began it.
    var goroutine: TaskIndex
  }

  struct End: Sendable {
    var id: UInt64
    var time: Timestamp
    /// The goroutine that ended it.
    var goroutine: TaskIndex
  }

  var begins: [Begin] = []
  var ends: [End] = []

  /// 0 is the background task; all ones would be "none".
  private static func isTask(_ id: UInt64) -> Bool { id != 0 && id != .max }

  /// Writes the tasks into the recording.
  func settle(
    _ lives: inout GoTraceLives, _ names: inout GoTraceNames, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let firstNew = lives.userTaskRows.count
    for begin in begins where Self.isTask(begin.id) {
      let number = lives.userTasks.number(of: begin.id)
      guard number == lives.userTaskRows.count else { continue }
      var task = TaskRecord(process: lives.process, kind: .userTask, number: begin.id)
      task.entry = names.string(begin.name, bytes, &recording)
      task.spawnSite = names.callerOfTracer(begin.stack, bytes, &recording)
      task.start = begin.time
      task.creation = begin.goroutine.isNone ? .unknown : .spawn
      lives.userTaskRows.append(recording.tasks.append(task))
      recording.userTasks.append(
        UserTaskSides(task: TaskIndex(recording.tasks.count - 1), begunOn: begin.goroutine))
    }
    for begin in begins where Self.isTask(begin.id) && Self.isTask(begin.parent) {
      guard let number = lives.userTasks.find(begin.id), number >= firstNew else { continue }
      let row = lives.userTaskRows[number]
      guard recording.tasks[row].parentSource == .none else { continue }
      recording.tasks[row].parentSource = .log
      lives.children.append(GoTraceUserTaskChild(row: row, parent: begin.parent))
    }
    for end in ends where Self.isTask(end.id) {
      let number = lives.userTasks.number(of: end.id)
      if number == lives.userTaskRows.count {
        // It began before the trace, so it has no name here.
        let task = TaskRecord(process: lives.process, kind: .userTask, number: end.id)
        lives.userTaskRows.append(recording.tasks.append(task))
        recording.userTasks.append(
          UserTaskSides(task: TaskIndex(recording.tasks.count - 1), begunOn: .none))
      }
      let row = lives.userTaskRows[number]
      if recording.tasks[row].outcome == .ended {
        // A second end says nothing new; threads are not read in the order of time, though.
        guard number >= firstNew, let early = recording.tasks[row].end.since(end.time), early > 0
        else { continue }
      }
      recording.tasks[row].end = end.time
      recording.tasks[row].outcome = .ended
      recording.tasks[row].lastState = .ended
      // One row for each task, in step with `userTaskRows`: a recording is made for each trace.
      recording.userTasks[number].endedOn = end.goroutine
    }
  }
}

/// A user task and the id of the one that it names as its parent. The parent may turn up later: one
/// that began before the trace is only seen when it ends.
struct GoTraceUserTaskChild: Sendable {
  var row: TaskIndex
  var parent: UInt64
}

extension GoTraceLives {
  /// Gives every user task its parent, when the trace is read.
  func linkUserTasks(_ recording: inout Recording) {
    for child in children {
      guard let number = userTasks.find(child.parent) else { continue }
      recording.tasks[child.row].parent = userTaskRows[number]
    }
  }
}

extension LoggedSpan {
  private static let idLength = 16
  private static let traceparentLength = 55
  private static let span = Array("span".utf8)
  private static let traceparent = Array("traceparent".utf8)
  /// Datadog's tracer logs the eight raw bytes of the id, least significant first.
  private static let datadog = Array("datadog.uint64_span_id".utf8)
  private static let dash = UInt8(ascii: "-")

  /// The span that a user log names, if it names one: sixteen hex digits under a category that
  /// speaks of spans, a W3C `traceparent`, or Datadog's raw bytes.
  init?(_ log: UserLog, _ strings: StringTable) {
    let value = Array(strings.bytes(log.value))
    if value.count == 8, strings.bytes(log.category).elementsEqual(Self.datadog) {
      let id = value.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard id != 0 else { return nil }
      self.init(task: log.task, trace: nil, span: SpanID(value: id), time: log.time)
      return
    }
    guard value.count == Self.idLength || value.count == Self.traceparentLength else { return nil }
    guard Self.speaksOfSpans(strings.bytes(log.category)) else { return nil }
    if value.count == Self.idLength {
      guard let id = HexDigits.word(value[...]), id != 0 else { return nil }
      self.init(task: log.task, trace: nil, span: SpanID(value: id), time: log.time)
      return
    }
    guard value[2] == Self.dash, value[35] == Self.dash, value[52] == Self.dash,
      HexDigits.word(value[0..<2]) != nil, HexDigits.word(value[53..<55]) != nil,
      let high = HexDigits.word(value[3..<19]), let low = HexDigits.word(value[19..<35]),
      let id = HexDigits.word(value[36..<52]), id != 0, high != 0 || low != 0
    else { return nil }
    self.init(
      task: log.task, trace: TraceID(high: high, low: low), span: SpanID(value: id),
      time: log.time)
  }

  /// Whether a category contains "span" or is "traceparent", in either case of letters.
  private static func speaksOfSpans(_ category: ArraySlice<UInt8>) -> Bool {
    let lower = category.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    if lower == traceparent { return true }
    guard lower.count >= span.count else { return false }
    return (0...lower.count - span.count).contains { lower[$0..<$0 + span.count] == span[...] }
  }
}
