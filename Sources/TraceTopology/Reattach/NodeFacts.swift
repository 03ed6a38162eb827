/// The facts about each node that the rules rest on: rows of the recording first, then placeholders.
struct NodeFacts: Sendable {
  private(set) var task: NodeColumn<TaskIndex>
  private(set) var start: NodeColumn<Timestamp>
  private(set) var end: NodeColumn<Timestamp>
  var name: NodeColumn<StringID>
  private(set) var trace: NodeColumn<TraceIndex>
  private(set) var spanID: NodeColumn<SpanID>
  private let traces: TraceTable

  var count: Int { task.count }

  /// The spans of a recording. One that never ended is open until its task ends.
  init(_ recording: Recording, taskOfSpan: [TaskIndex], isAbsorbed: [Bool]) {
    task = NodeColumn(taskOfSpan)
    for row in 0..<task.count where isAbsorbed[row] && !task[row].isNone { task[row] = .none }
    start = NodeColumn(recording.spans.start)
    end = NodeColumn(recording.spans.end)
    for row in 0..<end.count where !end[row].isKnown && !taskOfSpan[row].isNone {
      end[row] = recording.tasks[taskOfSpan[row]].end
    }
    name = NodeColumn(recording.spans.name)
    trace = NodeColumn(recording.spans.trace)
    spanID = NodeColumn(recording.spans.spanID)
    traces = recording.traces
  }

  mutating func append(_ placeholder: Placeholder, name: StringID) {
    task.append(.none)
    start.append(placeholder.start)
    end.append(.unknown)
    self.name.append(name)
    trace.append(placeholder.trace)
    spanID.append(placeholder.spanID)
  }

  /// Puts a placeholder on a task, for the time in which nothing else can have been there.
  mutating func place(_ node: SpanIndex, on task: TaskIndex, from start: Int64, to end: Int64) {
    self.task[node.index] = task
    self.start[node.index] = Timestamp(start)
    self.end[node.index] = end == .max ? .unknown : Timestamp(end)
  }

  /// What orders nodes that begin and end together.
  func key(_ node: Int) -> (UInt64, UInt64) { (spanID[node].value, traces[trace[node]].low) }

  func traceID(_ node: SpanIndex) -> TraceID { traces[trace[node.index]] }
}
