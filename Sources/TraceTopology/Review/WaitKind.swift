/// For what a task waits, as far as the word of its log tells.
///
/// The words are those of Go's traces (`chan receive`, `select`, `sync`, `forever`), of its dumps
/// (`chan receive (nil chan)`, `sync.Mutex.Lock`, `select (no cases)`) and whatever a task log says.
enum WaitKind: Sendable {
  /// A value from a channel.
  case receive
  /// Somebody who takes its value.
  case send
  case select
  /// A condition variable.
  case condition
  /// A mutex, a semaphore or a wait group.
  case lock
  /// Nothing that could ever come: `select {}`, a nil channel.
  case forever
  /// Something outside of the program, or that comes by itself: network, sleep, the runtime.
  case outside
  /// The log does not say, or not in words that are known.
  case unknown

  init(_ reason: String) {
    let words = reason.lowercased()
    let has = { (part: String) in words.contains(part) }
    switch true {
    case words.isEmpty: self = .unknown
    case has("nil chan"), has("no cases"), words == "forever": self = .forever
    case has("gc "), has("system goroutine"), has("network"), has("io wait"), has("sleep"),
      has("syscall"), has("timer"), has("finalizer"), has("debug call"), has("preempted"):
      self = .outside
    case has("select"): self = .select
    case has("chan") && has("send"): self = .send
    case has("chan") && (has("receive") || has("recv")): self = .receive
    case has("cond"): self = .condition
    case has("sync"), has("mutex"), has("lock"), has("sema"), has("waitgroup"), has("wait group"):
      self = .lock
    default: self = .unknown
    }
  }

  /// Whether the runtime waits so for its own purposes: the collector, its workers, the tracer.
  static func isOfRuntime(_ reason: String) -> Bool {
    let words = reason.lowercased()
    return [
      "gc ", "system goroutine", "finalizer", "debug call", "trace reader", "cleanup", "preempted",
    ]
    .contains { words.hasPrefix($0) } || words.contains("wait until gc ends")
  }

  /// Whether only another task of the program can end the wait.
  var needsAnother: Bool {
    switch self {
    case .receive, .send, .select, .condition, .lock, .forever: true
    case .outside, .unknown: false
    }
  }

  /// Whether workers wait so for their next job.
  var isForWork: Bool { self == .receive || self == .select || self == .condition }
}
