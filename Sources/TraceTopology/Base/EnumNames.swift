/// The names of enumerations in the outputs.
extension TaskKind {
  var name: String {
    switch self {
    case .goroutine: "goroutine"
    case .userTask: "usertask"
    case .thread: "thread"
    case .task: "task"
    }
  }
}

extension ParentSource {
  var name: String {
    switch self {
    case .none: "none"
    case .spawn: "spawn"
    case .dump: "dump"
    case .log: "log"
    }
  }
}

extension CreationKind {
  /// `nil` if it is unknown.
  var name: String? {
    switch self {
    case .unknown: nil
    case .spawn: "spawn"
    case .coroutine: "coroutine"
    case .callback: "cgo-callback"
    case .timer: "timer"
    case .before: "before-log"
    }
  }
}

extension Outcome {
  var name: String {
    switch self {
    case .ended: "ended"
    case .open: "open"
    case .unknown: "unknown"
    }
  }
}

extension TaskState {
  var name: String {
    switch self {
    case .unknown: "unknown"
    case .runnable: "runnable"
    case .running: "running"
    case .syscall: "syscall"
    case .waiting: "waiting"
    case .ended: "ended"
    }
  }
}

extension SpanKind {
  /// OTLP: an unspecified kind counts as internal.
  var name: String {
    switch self {
    case .unspecified, .internal: "internal"
    case .server: "server"
    case .client: "client"
    case .producer: "producer"
    case .consumer: "consumer"
    }
  }
}

extension SpanStatus {
  var name: String {
    switch self {
    case .unset: "unset"
    case .ok: "ok"
    case .error: "error"
    }
  }
}
