/// How the lines of a relation map are laid out.
public enum RelationLayout: String, Sendable, CaseIterable {
  /// Comma-separated values (RFC 4180) with a line of names.
  case csv
  /// One JSON object a line.
  case jsonl

  /// The layout that the name of a file asks for, packed or not; nil if its ending is none of these.
  public init?(path: String) {
    let name = ZstdOutput.packs(path) ? path.dropLast(4) : path[...]
    switch name.split(separator: ".").last?.lowercased() {
    case "csv": self = .csv
    case "jsonl", "ndjson": self = .jsonl
    default: return nil
    }
  }
}

/// Writes who spawned whom: one line for each task, in the order and with the ids of the topology file.
struct RelationWriter {
  private static let names = [
    "task", "kind", "number", "parent", "parentNumber", "entry", "spawnFunction", "spawnFile",
    "spawnLine", "stackDepth", "spawnedUnder", "spawnedUnderSpanId", "firstSpan", "firstSpanId",
  ]

  private enum Value {
    case none
    case text(String)
    case number(UInt64)
  }

  private let topology: Topology
  private let layout: RelationLayout
  private var taskNumber: [UInt32]
  private var spanNumber: [UInt32]
  private var firstSpan: [TaskIndex: SpanIndex] = [:]

  init(_ topology: Topology, layout: RelationLayout) {
    self.topology = topology
    self.layout = layout
    taskNumber = Array(repeating: .max, count: topology.recording.tasks.count)
    for (place, task) in topology.taskOrder.enumerated() {
      taskNumber[task.index] = UInt32(truncatingIfNeeded: place)
    }
    spanNumber = Array(repeating: .max, count: topology.parent.count)
    for (place, node) in topology.spanOrder.enumerated() {
      spanNumber[node.index] = UInt32(truncatingIfNeeded: place)
      let task = topology.task(of: node)
      // Spans stand in the order of their starts, process by process.
      if !task.isNone, firstSpan[task] == nil { firstSpan[task] = node }
    }
  }

  func write(to sink: inout ByteSink) throws(OutputError) {
    if layout == .csv {
      sink.append(Self.names.joined(separator: ","))
      sink.append("\r\n")
    }
    for task in topology.taskOrder {
      let values = values(task)
      layout == .csv ? writeCSV(values, to: &sink) : writeJSON(values, to: &sink)
      try sink.flushIfFull()
    }
    try sink.finish()
  }

  private func values(_ task: TaskIndex) -> [Value] {
    let record = topology.recording.tasks[task]
    let strings = topology.recording.strings
    let site = topology.recording.sites[record.spawnSite]
    let parent = record.parent.isNone ? nil : topology.recording.tasks.number(record.parent)
    let under =
      task.index < topology.spawnedUnder.count ? topology.spawnedUnder[task.index] : .none
    let first = firstSpan[task] ?? .none
    let text = { (id: StringID?) -> Value in
      guard let id, id != .empty else { return .none }
      return .text(strings.text(id))
    }
    return [
      .text("t\(taskNumber[task.index])"), .text(record.kind.name), number(record.number),
      id("t", record.parent.isNone ? .max : taskNumber[record.parent.index]), number(parent),
      text(record.entry), text(site?.function), text(site?.file),
      site.map { $0.line == 0 ? .none : .number(UInt64($0.line)) } ?? .none,
      .number(UInt64(record.stackDepth)),
      id("s", under.isNone ? .max : spanNumber[under.index]), spanID(under),
      id("s", first.isNone ? .max : spanNumber[first.index]), spanID(first),
    ]
  }

  private func number(_ number: UInt64?) -> Value { number.map { .number($0) } ?? .none }

  private func id(_ letter: String, _ number: UInt32) -> Value {
    number == .max ? .none : .text("\(letter)\(number)")
  }

  private func spanID(_ node: SpanIndex) -> Value {
    node.isNone || spanNumber[node.index] == .max ? .none : .text(topology.spanID(node).hex)
  }

  private func writeCSV(_ values: [Value], to sink: inout ByteSink) {
    for (place, value) in values.enumerated() {
      if place > 0 { sink.append(",") }
      switch value {
      case .none: break
      case .number(let number): sink.append(number)
      case .text(let text): sink.append(Self.quoted(text))
      }
    }
    sink.append("\r\n")
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0 != 0x2C && $0 != 0x22 && $0 != 0x0A && $0 != 0x0D }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  private func writeJSON(_ values: [Value], to sink: inout ByteSink) {
    for (place, value) in values.enumerated() {
      sink.append(place == 0 ? "{" : ",")
      sink.append(json: Self.names[place])
      sink.append(":")
      switch value {
      case .none: sink.append("null")
      case .number(let number): sink.append(number)
      case .text(let text): sink.append(json: text)
      }
    }
    sink.append("}\n")
  }
}
