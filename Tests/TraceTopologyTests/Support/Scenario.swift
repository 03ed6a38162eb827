import Foundation

@testable import TraceTopology

/// A small run written as text: a task log and spans, analyzed for real, shown as a drawn tree.
struct Scenario {
  /// One span of the scenario. Times are in microseconds after the start of the run.
  struct Span {
    var name: String
    var id: Int
    var parent: Int?
    var task: Int?
    var time: ClosedRange<Int>
    var trace = 1
    var kind = 1
    var isBegun = true
    var isEnded = true
    var links: [(id: Int, trace: Int)] = []
  }

  static let origin: Int64 = 1_800_000_000_000_000_000

  var spans: [Span] = []
  /// Lines of the task log, with `@n` for n microseconds after the start.
  var taskLog: [String] = []
  var policy = Policy.standard

  /// Tasks from 1 on, each spawned by nobody in the microsecond of its number, all at one site.
  mutating func spawnTasks(_ count: Int) {
    taskLog += (1...count).map {
      #"{"event":"spawn","process":"shop","task":\#($0),"time":@\#($0),"site":"main.go:7"}"#
    }
  }

  /// The spans as one line of OTLP JSON.
  var otlp: String {
    let records = spans.map { span in
      var text = #"{"traceId":"\#(Self.hex(span.trace, 32))","spanId":"\#(Self.hex(span.id, 16))""#
      text += #","name":"\#(span.name)","kind":\#(span.kind)"#
      if span.isBegun { text += #","startTimeUnixNano":"\#(Self.time(span.time.lowerBound))""# }
      if span.isEnded { text += #","endTimeUnixNano":"\#(Self.time(span.time.upperBound))""# }
      if let parent = span.parent { text += #","parentSpanId":"\#(Self.hex(parent, 16))""# }
      if let task = span.task {
        text += #","attributes":[{"key":"task.id","value":{"intValue":"\#(task)"}}]"#
      }
      if !span.links.isEmpty {
        let links = span.links.map {
          #"{"traceId":"\#(Self.hex($0.trace, 32))","spanId":"\#(Self.hex($0.id, 16))"}"#
        }
        text += #","links":[\#(links.joined(separator: ","))]"#
      }
      return text + "}"
    }
    return
      #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[\#(records.joined(separator: ","))]}]}]}"#
      + "\n"
  }

  static func hex(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  static func time(_ microseconds: Int) -> String { String(origin + Int64(microseconds) * 1000) }

  var log: String {
    taskLog.map { line in
      line.replacing(#/@(\d+)/#) { match in Self.time(Int(match.1) ?? 0) } + "\n"
    }.joined()
  }

  func analyze() async throws -> Topology {
    try await Fixtures.withFolder { folder in
      try Data(otlp.utf8).write(to: folder.appending(path: "spans.jsonl"))
      if !taskLog.isEmpty { try Data(log.utf8).write(to: folder.appending(path: "tasks.ndjson")) }
      return await Pipeline.analyze([folder.path], policy: policy)
    }
  }
}

extension Topology {
  /// The trees, drawn: children indented, with how each span was attached.
  var sketch: String {
    var lines: [String] = []
    var pending = spanOrder.filter { parent[$0.index].isNone }.reversed().map { ($0, 0) }
    while let (node, depth) = pending.popLast() {
      lines.append(String(repeating: "  ", count: depth) + sketch(of: node))
      let children = spanOrder.filter { parent[$0.index] == node }
      pending.append(contentsOf: children.reversed().map { ($0, depth + 1) })
    }
    return lines.joined(separator: "\n")
  }

  private func sketch(of node: SpanIndex) -> String {
    let name = isPlaceholder(node) ? "(missing)" : recording.strings.text(name(node))
    switch kind[node.index] {
    case .recorded: return name
    case .root: return name + " root"
    case .reattached: return name + " ⇠ " + (reattachments[node]?.rule?.name ?? "?")
    case .orphan: return name + " orphan: " + (cause[node.index].name ?? "?")
    }
  }

  /// The node with this name.
  func node(_ name: String) -> SpanIndex? {
    spanOrder.first { !isPlaceholder($0) && recording.strings.text(self.name($0)) == name }
  }
}
