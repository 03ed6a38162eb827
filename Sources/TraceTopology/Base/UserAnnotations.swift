/// One user region of `runtime/trace`: a named stretch of one goroutine.
struct UserRegion: Sendable {
  var task: TaskIndex
  /// The user task it belongs to; 0 for none.
  var userTask: UInt64
  var name: StringID
  /// Unknown if it began before the log.
  var start: Timestamp
  /// Unknown if the log never says.
  var end: Timestamp
}

/// One user log of `runtime/trace`. The value is bytes, not always text.
struct UserLog: Sendable {
  /// The goroutine that logged; `none` if the trace does not show it.
  var task: TaskIndex
  /// The user task it belongs to; 0 for none.
  var userTask: UInt64
  var category: StringID
  var value: StringID
  var time: Timestamp
}

/// A span that a scheduler log names itself: open on this task at this time.
struct LoggedSpan: Sendable {
  var task: TaskIndex
  var trace: TraceID?
  var span: SpanID
  var time: Timestamp
}

/// A profiler label of a task: set by the program, inherited by the tasks that it spawns.
struct TaskLabel: Sendable {
  var task: TaskIndex
  var key: StringID
  var value: StringID
}

/// One record of a goroutine profile: so many goroutines stood at the same place with the same labels.
/// A profile does not say which ones.
struct ProfileStack: Sendable {
  /// One label that they all carry.
  struct Label: Sendable {
    var key: StringID
    var value: StringID
  }

  var process: ProcessIndex
  var count: UInt64
  var labels: [Label]
  var stack: StackID
}

/// Where a user task of `runtime/trace` was begun and ended.
struct UserTaskSides: Sendable {
  /// The user task itself.
  var task: TaskIndex
  /// The goroutine that began it; `none` if that was before the log.
  var begunOn: TaskIndex
  /// The goroutine that ended it; `none` if the log never says.
  var endedOn = TaskIndex.none
}
