/// What ties a scheduler log to the spans of a process.
enum ProcessTie: String, Sendable {
  /// The user said so.
  case byHand = "by-hand"
  /// The log names its service, as the spans do.
  case service
  /// The goroutines that the spans name run where the spans begin and end.
  case taskIDs = "task-ids"
  /// The trace holds runtime tasks that begin and end with the spans.
  case runtimeTasks = "runtime-tasks"
  /// The trace holds regions that begin and end with the spans.
  case regions
  /// The path of the log names the service.
  case path
  /// The folder holds one log and the spans of one process.
  case folder
  /// The run holds one log and the spans of one process.
  case onlyOne = "only-one"
  /// A dump whose goroutines are those of a trace.
  case sameGoroutines = "same-goroutines"
}

/// Which spans and which scheduler log belong to one process.
struct ProcessJoin: Sendable {
  /// For each process row the row that stands for it: a scheduler log joined to a resource is that
  /// resource.
  var canonical: [ProcessIndex]
  /// For each resource row the process row of its scheduler log.
  var scheduler: [ProcessIndex]
  /// For each row of a scheduler log that was joined: by what.
  var tie: [ProcessIndex: ProcessTie] = [:]
}
