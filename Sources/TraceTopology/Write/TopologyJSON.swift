/// How the records of a topology are strung together.
public enum TopologyLayout: String, Sendable, CaseIterable {
  /// One JSON object.
  case json
  /// One record a line, in the same order: `{"record":"span",…}`.
  case jsonl
}

/// Writes the topology file, schema `tracetopo.topology/1`.
///
/// Facts and inferences never share a key: `recordedParentSpanId` is what the log said, `parent` is
/// where the span hangs, `attachment` says why. Times are integer nanoseconds after `run.origin`.
///
/// A class, as its threads share the tables: a copy of them for each record would cost more than the
/// record.
final class TopologyJSONWriter: Sendable {
  let topology: Topology
  let layout: TopologyLayout
  /// For each node and each task row its number in the output.
  let spanNumber: [UInt32]
  let taskNumber: [UInt32]
  /// The waits of each task, by row.
  let taskWaits: RowLists
  /// The labels of each task row, in the order in which they were read.
  let taskLabels: [TaskIndex: [TaskLabel]]
  /// For each root the numbers of the findings about spans and tasks of its tree.
  private let treeFindings: [SpanIndex: [Int]]
  /// The records of goroutine profiles, by the number of their process.
  let profiles: [Int: [ProfileStack]]
  /// The rows of each span in the tables of attributes and of links.
  let attributeRows: SpanRows
  let linkRows: SpanRows
  /// For each node whether more is known about its parent than which one it is.
  let isWeighed: [Bool]
  private let threads: Threads
  let names = JSONNames()

  /// `threads` make the text; the bytes are the same for any number.
  init(_ topology: Topology, layout: TopologyLayout = .json, threads: Threads = .one) {
    self.topology = topology
    self.layout = layout
    self.threads = threads
    attributeRows = SpanRows(topology.recording.attributes.span, topology.recording.spans.count)
    linkRows = SpanRows(topology.recording.links.span, topology.recording.spans.count)
    var weighed = Array(repeating: false, count: topology.parent.count)
    for node in topology.reattachments.keys { weighed[node.index] = true }
    for node in topology.identity.keys { weighed[node.index] = true }
    isWeighed = weighed
    var spans = Array(repeating: UInt32.max, count: topology.parent.count)
    for place in 0..<topology.spanOrder.count {
      spans[topology.spanOrder[place].index] = UInt32(truncatingIfNeeded: place)
    }
    var tasks = Array(repeating: UInt32.max, count: topology.recording.tasks.count)
    for place in 0..<topology.taskOrder.count {
      tasks[topology.taskOrder[place].index] = UInt32(truncatingIfNeeded: place)
    }
    spanNumber = spans
    taskNumber = tasks
    treeFindings = topology.findingsByTree
    let waits = topology.recording.waits
    taskWaits = RowLists(owners: waits.count > 0 ? tasks.count : 0, rows: waits.count) {
      waits.task[$0].index
    }
    taskLabels = Dictionary(grouping: topology.recording.taskLabels) { $0.task }
    profiles = Dictionary(grouping: topology.recording.profileStacks) {
      topology.processNumber[$0.process.index]
    }
  }

  func write(to sink: inout ByteSink) throws(OutputError) {
    if layout == .json { sink.append("{") }
    begin("schema", &sink, isFirst: true)
    header(&sink)
    end(&sink)
    for part in Part.allCases { try list(part, &sink) }
    begin("summary", &sink)
    summary(&sink)
    end(&sink)
    if layout == .json { sink.append("\n}\n") }
    try sink.finish()
  }

  // MARK: Layout

  private func begin(_ name: String, _ sink: inout ByteSink, isFirst: Bool = false) {
    switch layout {
    case .json:
      sink.append(isFirst ? "\n" : ",\n")
      guard name != "schema" else { return }
      sink.append(json: name)
      sink.append(": ")
    case .jsonl:
      sink.append("{\"record\":")
      sink.append(json: name == "schema" ? "run" : name)
      sink.append(",")
    }
  }

  private func end(_ sink: inout ByteSink) {
    if layout == .jsonl { sink.append("}\n") }
  }

  /// The kinds of records, in the order of the file.
  private enum Part: String, CaseIterable {
    case process, task, span, tree, finding, wait, diagnostic

    /// The name of their array.
    var list: String { self == .process ? "processes" : rawValue + "s" }
  }

  private func count(_ part: Part) -> Int {
    switch part {
    case .process: topology.processes.count
    case .task: topology.taskOrder.count
    case .span: topology.spanOrder.count
    case .tree: topology.trees.count
    case .finding: topology.findings.count
    case .wait: topology.waitSites.count
    case .diagnostic: topology.diagnostics.count
    }
  }

  /// The records of one kind: an array, or a line each.
  private func list(_ part: Part, _ sink: inout ByteSink) throws(OutputError) {
    if layout == .json {
      sink.append(",\n")
      sink.append(json: part.list)
      sink.append(": [")
    }
    let name = JSONWord(part.rawValue)
    try RecordRendering(count: count(part), threads: threads).write(to: &sink) { range, sink in
      for index in range {
        if self.layout == .json {
          sink.append(index == 0 ? "\n{" : ",\n{")
        } else {
          sink.append("{\"record\":")
          sink.append(name)
          sink.append(",")
        }
        self.record(part, index, &sink)
        sink.append(self.layout == .json ? "}" : "}\n")
      }
    }
    if layout == .json { sink.append("]") }
  }

  @inline(__always)
  private func record(_ part: Part, _ index: Int, _ sink: inout ByteSink) {
    switch part {
    case .process: process(index, &sink)
    case .task: task(index, &sink)
    case .span: span(index, &sink)
    case .tree: tree(index, &sink)
    case .finding: finding(index, &sink)
    case .wait: wait(index, &sink)
    case .diagnostic: diagnostic(index, &sink)
    }
  }

  // MARK: Records

  private func header(_ sink: inout ByteSink) {
    sink.append("\"schema\":\"tracetopo.topology/1\"")
    sink.append(layout == .json ? ",\n" : ",")
    sink.append("\"tool\":{\"name\":\"tracetopo\",\"version\":")
    sink.append(json: ToolVersion.current)
    sink.append(layout == .json ? "},\n" : "},")
    sink.append("\"run\":{\"origin\":\"")
    sink.append(topology.origin.nanoseconds)
    sink.append("\",\"end\":")
    sink.append(topology.end.since(topology.origin) ?? 0)
    if let selection = topology.selection { filter(selection, &sink) }
    learnedFrom(&sink)
    sink.append(",\"inputs\":[")
    for index in 0..<topology.recording.inputs.count {
      if index > 0 { sink.append(",") }
      input(topology.recording.inputs[index], &sink)
    }
    sink.append("]}")
  }

  /// The other runs that were learned from; left out where there are none.
  private func learnedFrom(_ sink: inout ByteSink) {
    guard !topology.learnedFrom.isEmpty else { return }
    sink.append(",\"learnedFrom\":[")
    for (number, source) in topology.learnedFrom.enumerated() {
      sink.append(number > 0 ? ",{\"path\":" : "{\"path\":")
      sink.append(json: source.path)
      sink.append(",\"spans\":")
      sink.append(source.spans)
      sink.append(",\"recordedParents\":")
      sink.append(source.parents)
      sink.append("}")
    }
    sink.append("]")
  }

  private func input(_ input: InputRecord, _ sink: inout ByteSink) {
    let problems = topology.diagnostics.reduce(0) { $0 + ($1.input == input.path ? $1.count : 0) }
    sink.append("{\"path\":")
    sink.append(json: input.path)
    sink.append(",\"format\":")
    sink.append(jsonOrNull: Array((input.format ?? "").utf8)[...])
    sink.append(",\"formatVersion\":")
    sink.append(jsonOrNull: Array((input.formatVersion ?? "").utf8)[...])
    sink.append(",\"compression\":")
    sink.append(json: input.compression)
    sink.append(",\"bytes\":")
    sink.append(input.bytes)
    sink.append(",\"decodedBytes\":")
    sink.append(input.decodedBytes)
    sink.append(",\"records\":")
    sink.append(input.records)
    sink.append(input.complete ? ",\"complete\":true" : ",\"complete\":false")
    sink.append(",\"diagnostics\":")
    sink.append(problems)
    sink.append("}")
  }

  private func tree(_ index: Int, _ sink: inout ByteSink) {
    let tree = topology.trees[index]
    sink.append("\"root\":\"s")
    sink.append(spanNumber[tree.root.index])
    sink.append("\",\"spans\":")
    sink.append(tree.spans)
    sink.append(",\"tasks\":")
    sink.append(tree.tasks)
    sink.append(",\"depth\":")
    sink.append(tree.depth)
    sink.append(",\"start\":")
    sink.append(jsonOrNull: topology.clock.span(tree.start))
    sink.append(",\"end\":")
    sink.append(jsonOrNull: topology.clock.span(tree.end))
    sink.append(",\"reattached\":")
    sink.append(tree.reattached)
    sink.append(",\"findings\":[")
    for (place, found) in (treeFindings[tree.root] ?? []).enumerated() {
      sink.append(place == 0 ? "\"f" : ",\"f")
      sink.append(found)
      sink.append("\"")
    }
    sink.append("]")
    times(ofTree: tree.root, &sink)
  }
}
