/// Where the task of a span is known from.
enum TaskSource: UInt8, Sendable {
  case none
  /// A goroutine or thread id among the span's attributes.
  case attribute
  /// The scheduler log names the span.
  case loggedID
  /// The runtime task that the OpenTelemetry SDK opened for the span.
  case runtimeTask
  /// A region of the trace that begins and ends with the span.
  case region
  /// A label of the goroutine in a dump.
  case dumpLabel
  /// The only goroutine of the span's function that ran when the span began and when it ended.
  case running

  var name: String {
    switch self {
    case .none: "none"
    case .attribute: "attribute"
    case .loggedID: "logged-id"
    case .runtimeTask: "runtime-task"
    case .region: "region"
    case .dumpLabel: "dump-label"
    case .running: "running"
    }
  }
}
