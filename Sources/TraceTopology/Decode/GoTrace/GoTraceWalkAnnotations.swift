/// What the program says of itself, and labels.
extension GoTraceWalk {
  mutating func annotate(
    _ event: GoTraceEvent, _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let a = arguments.a
    let row = thread.current.row
    if thread.current.isNone { strayEvents += 1 }
    switch event {
    case .userTaskBegin:
      userTasks.begins.append(
        GoTraceUserTasks.Begin(
          id: a, parent: arguments.b, name: replay.scribe.names.strings.row(arguments.c),
          stack: stackOfCurrent(arguments.d, bytes, &recording), time: time, goroutine: row))
    case .userTaskEnd:
      _ = stackOfCurrent(arguments.b, bytes, &recording)
      userTasks.ends.append(GoTraceUserTasks.End(id: a, time: time, goroutine: row))
    case .userRegionBegin, .userRegionEnd:
      guard !thread.current.isNone else { return }
      act(
        event == .userRegionBegin ? .regionBegin : .regionEnd, time, string: arguments.b,
        stack: arguments.c, userTask: a, bytes, &recording)
    default:
      _ = stackOfCurrent(arguments.d, bytes, &recording)
      log(arguments, time, bytes, &recording)
    }
  }

  private mutating func log(
    _ arguments: Arguments, _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let names = replay.scribe.names
    let category = replay.scribe.names.string(names.strings.row(arguments.b), bytes, &recording)
    let value = replay.scribe.names.string(names.strings.row(arguments.c), bytes, &recording)
    let log = UserLog(
      task: thread.current.row, userTask: arguments.a, category: category, value: value, time: time)
    recording.logs.append(log)
    if let span = LoggedSpan(log, recording.strings) { recording.loggedSpans.append(span) }
  }

  /// The runtime labels goroutines of its own: workers of the garbage collector, by how they work.
  mutating func label(
    _ string: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard !thread.current.isNone else { return }
    let row = replay.scribe.names.strings.row(string)
    let text = replay.scribe.names.string(row, bytes, &recording)
    replay.lives.note(label: text, at: time, of: thread.current.row)
  }
}
