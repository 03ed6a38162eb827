/// Which boxes of a picture a finding marks.
///
/// A span is marked by the worst finding about it. A task is marked only by findings about tasks: where
/// a finding is about spans, their tasks are just where they ran. Notes mark nothing, nor do lost
/// contexts: the lines to those spans tell already.
struct FindingMarks: Sendable {
  private var spans: [SpanIndex: Int] = [:]
  private(set) var tasks: [TaskIndex: Int] = [:]

  init() {}

  init(_ topology: Topology) {
    // Worst first, so the first one stays.
    for (number, finding) in topology.findings.enumerated() where finding.marksSubjects {
      for span in finding.spans where spans[span] == nil { spans[span] = number }
      guard finding.spans.isEmpty else { continue }
      for task in finding.tasks where tasks[task] == nil { tasks[task] = number }
    }
  }

  var isEmpty: Bool { spans.isEmpty && tasks.isEmpty }

  /// The number of the finding that marks a span, or a task.
  func finding(of span: SpanIndex) -> Int? { spans[span] }
  func finding(of task: TaskIndex) -> Int? { tasks[task] }
}

extension Finding {
  /// Whether what it is about stands out in pictures.
  fileprivate var marksSubjects: Bool { severity != .note && rule != ContextLost.name }
}

extension PictureGraph {
  /// The number of the finding that marks an item.
  func finding(_ item: Int) -> Int? {
    if marks.isEmpty { return nil }
    return isSpan(item) ? marks.finding(of: spans[item]) : marks.finding(of: task(item))
  }
}
