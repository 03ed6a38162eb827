/// Spans that one rule says the same of, by what is alike about them.
struct SpanGroups<Case> {
  private(set) var groups: [[String]: [Case]] = [:]

  mutating func add(_ item: Case, key: [String]) { groups[key, default: []].append(item) }

  mutating func add(_ items: [Case], key: [String]) { groups[key, default: []] += items }

  /// One finding for each group.
  func findings(_ body: ([String], [Case]) -> Finding?) -> [Finding] {
    groups.compactMap { body($0.key, $0.value) }
  }
}

/// A span with the task that it is told by.
struct SpanOnTask: Sendable {
  var span: SpanIndex
  var task: TaskIndex
}

extension ReviewFacts {
  /// The first in the order of the outputs: an example that is the same in any order of reading.
  func first(_ spans: [SpanIndex]) -> SpanIndex { sorted(spans).first ?? .none }

  /// What is alike about spans begun in one way: service, name, and the first function of the task.
  func keyByEntry(_ item: SpanOnTask) -> [String] {
    [
      service(recording.spans.process[item.span.index]), spanName(item.span.index),
      text(recording.tasks.origin(recording.tasks.originRow(item.task)).entry),
    ]
  }

  /// Each task once, in the order of the outputs.
  func distinct(_ tasks: [TaskIndex]) -> [TaskIndex] {
    sorted(Array(Set(tasks.filter { !$0.isNone })))
  }

  /// `15 spans "forgets"`.
  func phrase(_ count: Int, _ span: SpanIndex) -> String {
    let name = NodeLabel.shortened(spanName(span.index))
    return "\(NodeLabel.count(count, "span")) \"\(name)\""
  }

  /// For people: `goroutine`, or `task` for other schedulers.
  func noun(_ task: TaskIndex) -> String {
    recording.tasks.kind(task) == .goroutine ? "goroutine" : "task"
  }
}
