@testable import TraceTopology

/// Spans made by hand, with their parents, for the lists that questions about order read.
struct SpanRun {
  private(set) var recording = Recording()
  private(set) var parent: [SpanIndex] = []
  private let process: ProcessIndex

  init() {
    process = recording.processes.append(ProcessRecord(), source: .spans, input: InputIndex(0))
  }

  @discardableResult
  mutating func append(
    _ name: String, _ id: UInt64, _ time: ClosedRange<Int64>, below above: SpanIndex = .none
  ) -> SpanIndex {
    var record = SpanRecord()
    record.trace = TraceID(high: 1, low: id)
    record.span = SpanID(value: id)
    record.name = recording.strings.intern(name)
    record.start = Timestamp(time.lowerBound)
    record.end = Timestamp(time.upperBound)
    recording.append(record, process: process)
    parent.append(above)
    return SpanIndex(parent.count - 1)
  }

  mutating func names(_ names: [String]) -> [StringID] {
    names.map { recording.strings.intern($0) }
  }

  var forest: SpanForest {
    SpanForest(
      parent: parent, isAbsorbed: Array(repeating: false, count: parent.count),
      cause: Array(repeating: .none, count: parent.count), missing: [])
  }

  var nodes: NodeFacts { nodes(tasks: Array(repeating: .none, count: parent.count)) }

  func nodes(tasks: [TaskIndex]) -> NodeFacts {
    NodeFacts(
      recording, taskOfSpan: tasks, isAbsorbed: Array(repeating: false, count: parent.count))
  }

  /// The spans of a name as a class, whose parents have one of some names.
  mutating func orderClass(_ name: String, below parents: [String], tasks: [TaskIndex]? = nil)
    async -> (group: OrderClass, nodes: NodeFacts)?
  {
    let names = names([name] + parents)
    let nodes = tasks.map { self.nodes(tasks: $0) } ?? self.nodes
    var lists = await lists(names)
    let group = await OrderClass(
      name: names[0], members: &lists, nodes: nodes, parentNames: Array(names.dropFirst()),
      namesAbove: { _ in [] }, known: KnownParents(forest))
    return group.map { ($0, nodes) }
  }

  func lists(_ names: [StringID]) async -> ArrivalOrder {
    await ArrivalOrder(
      recording, nodes, isAbsorbed: Array(repeating: false, count: parent.count), names: names)
  }
}
