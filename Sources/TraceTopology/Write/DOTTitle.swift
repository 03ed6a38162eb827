/// The head of a picture: what it shows, its counts, what was folded, and the legend. A legend as a
/// cluster of its own would take a rank away from the picture.
struct DOTTitle {
  let drawing: DOTDrawing
  let options: DOTOptions
  let notes: [String]
  /// The looks of the boxes in the picture, by their names.
  let looks: Set<String>

  private var topology: Topology { drawing.topology }
  private var graph: PictureGraph { drawing.graph }

  func write(to sink: inout ByteSink) {
    sink.append("<table border=\"0\" cellspacing=\"0\" cellpadding=\"2\">")
    writeRow("<font point-size=\"16\"><b>", title, "</b></font>", to: &sink)
    writeRow(
      "<font color=\"\(NodeLook.quiet)\" point-size=\"10\">", facts.joined(separator: " · "),
      "</font>", to: &sink)
    if !notes.isEmpty {
      writeRow(
        "<font color=\"\(NodeLook.alarm)\" point-size=\"10\">", notes.joined(separator: " · "),
        "</font>", to: &sink)
    }
    writeLegend(to: &sink)
    sink.append("<tr><td height=\"8\"></td></tr></table>")
  }

  private func writeRow(_ open: String, _ text: String, _ close: String, to sink: inout ByteSink) {
    sink.append("<tr><td align=\"left\">")
    sink.append(open)
    DOTEscape.html(text, to: &sink)
    sink.append(close)
    sink.append("</td></tr>")
  }

  // MARK: Text

  private var title: String {
    var parts = filterParts
    if parts.isEmpty { parts.append(services) }
    if drawing.folding.stage == .callSites { parts.append("by call site") }
    return parts.joined(separator: " · ")
  }

  /// What the filter asked for.
  private var filterParts: [String] {
    let filter = topology.selection?.filter ?? SpanFilter()
    var parts: [String] = []
    if let root = filter.root { parts.append("trees of \(NodeLabel.shortened(root))") }
    if !filter.services.isEmpty {
      let names = NodeLabel.shortened(filter.services.joined(separator: ", "))
      parts.append("\(filter.services.count == 1 ? "service" : "services") \(names)")
    }
    if let trace = onlyTrace {
      parts.append("trace \(trace.prefix(6))…\(trace.suffix(4))")
    } else if filter.traces.count == 1, let prefix = filter.traces.first {
      parts.append(
        prefix.count == 32
          ? "trace \(prefix.prefix(6))…\(prefix.suffix(4))"
          : "traces \(NodeLabel.shortened(prefix, to: 32))…")
    } else if !filter.traces.isEmpty {
      parts.append("\(filter.traces.count) traces")
    }
    if filter.errorsOnly { parts.append("errors") }
    if let least = filter.minimumDuration { parts.append("from \(NodeLabel.duration(least)) on") }
    if let since = topology.selection?.since {
      parts.append("since +\(NodeLabel.duration(max(since, 0)))")
    }
    if let until = topology.selection?.until {
      parts.append("until +\(NodeLabel.duration(max(until, 0)))")
    }
    return parts
  }

  /// The id of the only trace in the picture.
  private var onlyTrace: String? {
    guard let first = graph.spans.first.map(topology.traceID) else { return nil }
    return graph.spans.allSatisfy { topology.traceID($0) == first } ? DOTDrawing.hex(first) : nil
  }

  /// The first services of the run by name.
  private var services: String {
    var names: [String] = []
    for process in topology.processes where process.record.service != .empty {
      let name = NodeLabel.shortened(
        topology.recording.strings.text(process.record.service), to: 30)
      if !names.contains(name) { names.append(name) }
      if names.count > 4 { break }
    }
    if names.isEmpty { return "run" }
    return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }

  private var facts: [String] {
    var spans = 0
    var reattached = 0
    var left = 0
    for node in graph.spans {
      if !topology.isPlaceholder(node) { spans += 1 }
      if topology.kind[node.index] == .reattached { reattached += 1 }
      if topology.kind[node.index] == .orphan { left += 1 }
    }
    var facts = [NodeLabel.count(spans, "span")]
    if spans < graph.spans.count {
      facts.append("\(NodeLabel.count(graph.spans.count - spans)) missing")
    }
    if !graph.tasks.isEmpty { facts.append(NodeLabel.count(graph.tasks.count, taskNoun)) }
    if reattached > 0 { facts.append("\(NodeLabel.count(reattached)) reattached") }
    if left > 0 { facts.append("\(NodeLabel.count(left, "orphan")) left") }
    if let duration { facts.append(NodeLabel.duration(duration)) }
    return facts
  }

  /// From the first to the last moment of the drawn spans; of the whole run, if all are drawn.
  private var duration: Int64? {
    guard topology.selection != nil else { return topology.end.since(topology.origin) }
    var first = Timestamp.unknown
    var last = Timestamp.unknown
    for node in graph.spans {
      guard let process = topology.process(node), topology.processes[process].clock.source != .none
      else { continue }
      let start = topology.start(node)
      if start.isKnown, !first.isKnown || start.nanoseconds < first.nanoseconds { first = start }
      let end = topology.end(node)
      if end.isKnown, end.nanoseconds > last.nanoseconds { last = end }
    }
    return last.since(first)
  }

  /// What the drawn tasks are, if they are all of one kind.
  private var taskNoun: String {
    var kinds = Set<TaskKind>()
    for task in graph.tasks { kinds.insert(topology.recording.tasks[task].kind) }
    return kinds.count == 1 ? kinds.first?.noun ?? "task" : "task"
  }

  // MARK: Legend

  /// Only what occurs in the picture.
  private func writeLegend(to sink: inout ByteSink) {
    var marks: [(sign: String, color: String, meaning: String)] = []
    let known: [(NodeLook, String)] = [
      (.span, "span"), (.task, taskNoun), (.finding, "finding"), (.orphan, "orphan"),
      (.placeholder, "missing span"),
      (.folded, "folded"),
    ]
    for (look, meaning) in known where looks.contains(look.name) {
      marks.append((look.letter, look.ink, meaning))
    }
    for kind in LineKind.allCases where drawing.lines.contains(where: { $0.kind == kind }) {
      marks.append((kind.sample, kind.color, kind.meaning))
    }
    guard !marks.isEmpty else { return }
    sink.append(
      "<tr><td align=\"left\"><font point-size=\"9\" color=\"\(NodeLook.quiet)\">")
    for (offset, mark) in marks.enumerated() {
      if offset > 0 { sink.append("&#160;&#160;&#160;") }
      sink.append("<font color=\"\(mark.color)\"><b>")
      DOTEscape.html(mark.sign, to: &sink)
      sink.append("</b></font> ")
      DOTEscape.html(mark.meaning, to: &sink)
    }
    sink.append("</font></td></tr>")
  }
}
