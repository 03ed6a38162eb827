/// How a task or a span came to its end, where the evidence shows it.
enum ExitPath: String, Sendable {
  /// It ended, and nothing speaks against an ordinary end.
  case `return`
  /// An exception event of a span says that it panicked; the process went on.
  case panicRecovered = "panic-recovered"
  /// A dump shows that its panic ended the process.
  case panic
  /// It was alive when a panic or a signal ended the process.
  case killed
  /// It ended with a span left open (a return without `End`, or `runtime.Goexit`, which no log tells
  /// apart), or its log was cut.
  case unknown
}

/// Tells how tasks and spans ended.
///
/// `runtime.Goexit` has no value of its own: Go's trace writes the same event for it as for a return.
struct ExitPaths: Sendable {
  private let tasks: TaskTable
  private let spans: SpanTable
  private let taskOfSpan: [TaskIndex]
  /// For each task with a span that panicked or never ended, which of the two.
  private var marks: [TaskIndex: ExitPath] = [:]
  private var isCrashed: [Bool]
  private var panicking: Set<TaskIndex> = []

  /// Knows nothing.
  init() {
    tasks = TaskTable()
    spans = SpanTable()
    taskOfSpan = []
    isCrashed = []
  }

  init(_ recording: Recording, _ placed: TimePlacement, _ joined: TaskJoin, isAbsorbed: [Bool]) {
    tasks = recording.tasks
    spans = recording.spans
    taskOfSpan = joined.task
    isCrashed = Array(repeating: false, count: recording.processes.count)
    for crash in recording.crashes {
      isCrashed[crash.process.index] = true
      if let trace = placed.dumps.process[crash.process] { isCrashed[trace.index] = true }
      if crash.isPanic { panicking.insert(crash.task) }
    }
    for row in 0..<spans.count where !isAbsorbed[row] && !taskOfSpan[row].isNone {
      if spans.hasPanic(row) {
        marks[taskOfSpan[row]] = .panicRecovered
      } else if !spans.end[row].isKnown, marks[taskOfSpan[row]] == nil {
        marks[taskOfSpan[row]] = .unknown
      }
    }
  }

  /// How a task ended; nil if it was alive when its log ended.
  func path(of task: TaskIndex) -> ExitPath? {
    guard task.index < tasks.count else { return nil }
    switch tasks.outcome(task) {
    case .ended: return marks[task] ?? .return
    case .open:
      if panicking.contains(task) { return .panic }
      return isCrashed[tasks.process(task).index] ? .killed : nil
    case .unknown: return .unknown
    }
  }

  /// How a span ended; nil if it was open when the log of its task ended.
  func path(of span: SpanIndex) -> ExitPath? {
    guard span.index < spans.count else { return .unknown }
    if spans.hasPanic(span.index) { return .panicRecovered }
    if spans.end[span.index].isKnown { return .return }
    let task = taskOfSpan[span.index]
    guard !task.isNone else { return .unknown }
    return tasks.outcome(task) == .ended ? .unknown : path(of: task)
  }
}
