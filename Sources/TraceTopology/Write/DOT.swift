/// What was drawn, for the messages of a run.
public struct DOTSummary: Sendable, Equatable {
  /// Spans and tasks that belong in the picture.
  public var items: Int
  /// Boxes drawn for them.
  public var boxes: Int
  /// Lines drawn.
  public var lines: Int
  /// What was folded or left out, one sentence each; empty if the picture shows everything.
  public var notes: [String]
}

/// Writes a topology as one Graphviz picture: boxes for spans and tasks in one cluster per process,
/// lines for what caused what, each kind of evidence in its own colour and dash.
///
/// Equal topologies give equal bytes. The number of boxes never exceeds `options.maxNodes`.
struct DOTWriter {
  let topology: Topology
  let drawing: DOTDrawing
  private let options: DOTOptions
  private let boxes: [DOTBox]
  let summary: DOTSummary

  init(_ topology: Topology, options: DOTOptions) {
    self.topology = topology
    self.options = options
    let graph = DOTSelection.picture(of: topology, options: options)
    let limit = max(1, min(options.maxNodes, DOTOptions.hardLimit))
    let folding = DOTFolder.fold(graph, of: topology, limit: limit)
    drawing = DOTDrawing(graph, of: topology, folding: folding)
    boxes = (0..<folding.count).map(drawing.box)
    summary = DOTSummary(
      items: graph.count, boxes: folding.count, lines: drawing.lines.count,
      notes: Self.notes(drawing, options: options, limit: limit))
  }

  private static func notes(_ drawing: DOTDrawing, options: DOTOptions, limit: Int) -> [String] {
    let (graph, folding) = (drawing.graph, drawing.folding)
    let isFiltered = drawing.topology.selection != nil
    if graph.count == 0 { return [isFiltered ? "nothing matches" : "nothing to draw"] }
    var notes: [String] = []
    if folding.stage != .none {
      let most = options.maxNodes > limit ? "the most that dot lays out" : "--dot-max-nodes"
      notes.append(
        "folded \(NodeLabel.count(graph.count)) nodes into \(NodeLabel.count(folding.count))"
          + " (limit \(limit), \(most))")
    }
    if folding.foldedOrphans {
      notes.append("orphans are folded too: they alone exceed the limit")
    }
    if folding.foldedFindings {
      notes.append("what findings are about is folded too: it alone exceeds the limit")
    }
    if drawing.leftOut > 0 {
      notes.append("\(NodeLabel.count(drawing.leftOut, "line")) left out")
    }
    return notes
  }

  func write(to sink: inout ByteSink) throws(OutputError) -> DOTSummary {
    writeHead(to: &sink)
    for cluster in clusters() {
      writeCluster(cluster, to: &sink)
      try sink.flushIfFull()
    }
    for line in drawing.lines {
      writeLine(line, to: &sink)
      try sink.flushIfFull()
    }
    sink.append("}\n")
    return summary
  }

  /// Large pictures are laid out with less care, in a tenth of the time.
  private var effort: String {
    drawing.isLarge ? " nslimit=1, nslimit1=1, mclimit=0.3," : ""
  }

  private static let fonts = "Helvetica,Arial,DejaVu Sans,sans-serif"

  private func writeHead(to sink: inout ByteSink) {
    sink.append(
      """
      digraph "tracetopo" {
        graph [rankdir=LR, charset="UTF-8", bgcolor="#FFFFFF", fontname="\(Self.fonts)", \
      fontsize=10, fontcolor="\(NodeLook.text)", nodesep=0.16, ranksep=0.6, \
      outputorder=edgesfirst, pad=0.3, newrank=true, labelloc=t, labeljust=l,\(effort)
          label=<
      """)
    DOTTitle(
      drawing: drawing, options: options, notes: summary.notes,
      looks: Set(boxes.map(\.look.name))
    ).write(to: &sink)
    sink.append(
      """
      >];
        node [shape=plain, fontname="\(Self.fonts)", fontsize=10, fontcolor="\(NodeLook.text)"];
        edge [fontname="\(Self.fonts)", fontsize=8, fontcolor="\(NodeLook.quiet)", \
      arrowsize=0.65, penwidth=1.2];

      """)
  }

  // MARK: Clusters

  private struct Cluster {
    /// A process that stands for the cluster; `nil` for boxes whose process is unknown.
    var process: Int?
    var processes = 1
    var groups: [Int] = []
  }

  /// Boxes by process, or by service where a box stands for a call site. In output order.
  private func clusters() -> [Cluster] {
    let byService = drawing.folding.stage == .callSites
    var clusters = topology.processes.indices.map { Cluster(process: $0) }
    var home = Array(topology.processes.indices)
    if byService {
      var first: [StringID: Int] = [:]
      for (number, process) in topology.processes.enumerated() {
        if let known = first[process.record.service] {
          home[number] = known
          clusters[known].processes += 1
        } else {
          first[process.record.service] = number
        }
      }
    }
    clusters.append(Cluster(process: nil))
    for group in boxOrder() {
      let place = drawing.process(of: group).map { home[$0] } ?? clusters.count - 1
      clusters[place].groups.append(group)
    }
    return clusters.filter { !$0.groups.isEmpty }
  }

  /// Tasks before the spans that run on them, each in output order.
  private func boxOrder() -> [Int] {
    let firstItem = (0..<drawing.folding.count).map { group in
      drawing.folding.members(of: group).first.map(Int.init) ?? 0
    }
    return firstItem.indices.sorted { a, b in
      let (isSpanA, isSpanB) = (
        drawing.graph.isSpan(firstItem[a]), drawing.graph.isSpan(firstItem[b])
      )
      return isSpanA == isSpanB ? firstItem[a] < firstItem[b] : isSpanB
    }
  }

  private func writeCluster(_ cluster: Cluster, to sink: inout ByteSink) {
    guard let process = cluster.process else {
      for group in cluster.groups { writeBox(group, indent: "  ", to: &sink) }
      return
    }
    sink.append("  subgraph \"cluster_p\(process)\" {\n")
    sink.append(
      "    style=\"rounded,filled\"; fillcolor=\"#FAFBFC\"; color=\"#D0D7DE\"; margin=14; "
        + "labeljust=l; fontsize=11;\n    label=<"
        + "<table border=\"0\" cellspacing=\"0\" cellpadding=\"3\"><tr><td align=\"left\"><b>")
    let record = topology.processes[process].record
    let service = topology.recording.strings.text(record.service)
    DOTEscape.html(
      service.isEmpty ? "(unknown service)" : NodeLabel.shortened(service), to: &sink)
    sink.append("</b>")
    let facts = clusterFacts(cluster, record)
    if !facts.isEmpty {
      sink.append("&#160;&#160;<font color=\"#8C959F\" point-size=\"9\">")
      DOTEscape.html(facts.joined(separator: " · "), to: &sink)
      sink.append("</font>")
    }
    sink.append("</td></tr></table>>;\n")
    for group in cluster.groups { writeBox(group, indent: "    ", to: &sink) }
    sink.append("  }\n")
  }

  private func clusterFacts(_ cluster: Cluster, _ record: ProcessRecord) -> [String] {
    var facts: [String] = []
    if cluster.processes > 1 {
      facts.append("\(NodeLabel.count(cluster.processes)) processes")
    } else {
      let strings = topology.recording.strings
      if let pid = record.pid {
        facts.append("pid \(pid)")
      } else if record.instance != .empty {
        facts.append(NodeLabel.shortened(strings.text(record.instance), to: 24))
      }
      if record.host != .empty {
        facts.append(NodeLabel.shortened(strings.text(record.host), to: 40))
      }
    }
    if drawing.folding.stage != .none {
      let items = cluster.groups.reduce(0) { $0 + drawing.folding.members(of: $1).count }
      facts.append(NodeLabel.count(items, "node"))
    }
    return facts
  }

  // MARK: Boxes

  private func writeBox(_ group: Int, indent: String, to sink: inout ByteSink) {
    let box = boxes[group]
    let id = drawing.id(group)
    sink.append(indent)
    DOTEscape.id(id, to: &sink)
    sink.append(" [label=<")
    writeTable(box, to: &sink)
    sink.append(">, tooltip=")
    DOTEscape.quoted((box.tooltip + ["id \(id)"]).joined(separator: "\n"), to: &sink)
    if let first = drawing.folding.members(of: group).first {
      sink.append(", URL=")
      DOTEscape.url(options.linkPrefix + drawing.graph.id(Int(first)), to: &sink)
    }
    sink.append(", class=\"\(box.look.name)\"];\n")
  }

  private func writeTable(_ box: DOTBox, to sink: inout ByteSink) {
    let look = box.look
    sink.append("<table border=\"1\" color=\"\(look.ink)\"")
    if look.isDashed { sink.append(" style=\"dashed\"") }
    sink.append(
      " cellborder=\"0\" cellspacing=\"0\" cellpadding=\"3\" bgcolor=\"\(look.paper)\"><tr>"
        + "<td bgcolor=\"\(look.ink)\" rowspan=\"2\" width=\"13\">"
        + "<font color=\"#FFFFFF\" point-size=\"9\"><b>\(look.letter)</b></font></td>"
        + "<td align=\"left\" balign=\"left\"><b>")
    DOTEscape.html(box.name, to: &sink)
    sink.append("</b></td></tr><tr><td align=\"left\"><font point-size=\"8\" color=\"")
    sink.append(look.factInk)
    sink.append("\">")
    DOTEscape.html(box.facts.joined(separator: " · "), to: &sink)
    if let alarm = box.alarm {
      sink.append(box.facts.isEmpty ? "" : " · ")
      sink.append("<font color=\"\(NodeLook.alarm)\"><b>")
      DOTEscape.html(alarm, to: &sink)
      sink.append("</b></font>")
    }
    sink.append("</font></td></tr></table>")
  }
}
