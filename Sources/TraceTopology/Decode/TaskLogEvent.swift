/// One line of a task log, as read.
struct TaskLogEvent: Sendable {
  enum Kind: UInt8, Sendable {
    case process, spawn, start, block, unblock, end, span, clock
  }

  /// A task's id: a number or a text.
  enum Name: Hashable, Sendable {
    case number(UInt64)
    case text(StringID)
  }

  var kind: Kind?
  var time = Timestamp.unknown
  var process = StringID.empty
  var task: Name?
  var parent: Name?
  var by: Name?
  var name = StringID.empty
  var reason = StringID.empty
  var how = Handoff.wake
  var site: Site?
  var depth: UInt32 = 0
  var isThread = false
  var trace: TraceID?
  var span = SpanID.none

  // `process` events
  var service = StringID.empty
  var instance = StringID.empty
  var host = StringID.empty
  var runtime = StringID.empty
  var pid: Int64?
  var isMonotonic = false

  // `clock` events
  var monotonic = Timestamp.unknown
}

/// Why a line is no task event.
struct TaskLogFault: Error, Sendable {
  var position: Int
  var reason: String
}
