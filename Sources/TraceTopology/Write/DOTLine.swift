/// How each kind of line is drawn and called. Colours survive colour blindness; dashes survive
/// greyscale.
extension LineKind {
  var color: String {
    switch self {
    case .recorded: "#57606A"
    case .spawn: "#009E73"
    case .reattached: "#D98E00"
    case .candidate: "#C44E00"
    case .link: "#A64D79"
    case .runsOn: "#AFB8C1"
    }
  }

  /// The line as text, for the legend.
  var sample: String {
    switch self {
    case .recorded, .spawn: "━━▶"
    case .reattached: "╍╍▶"
    case .candidate: "┄┄>"
    case .link: "╌╌▷"
    case .runsOn: "───"
    }
  }

  var meaning: String {
    switch self {
    case .recorded: "recorded parent id"
    case .spawn: "scheduler: spawned by"
    case .reattached: "inferred parent (confidence)"
    case .candidate: "candidate, not attached"
    case .link: "link"
    case .runsOn: "ran on this task"
    }
  }

  /// Width of a line that stands for one, in hundredths of a point.
  fileprivate var width: Int {
    switch self {
    case .recorded, .link: 120
    case .spawn: 180
    case .reattached: 170
    case .candidate: 160
    case .runsOn: 90
    }
  }

  /// Candidates and links have no say in the layout: they would tear trees apart.
  fileprivate var traits: String {
    switch self {
    case .recorded, .spawn: ""
    case .reattached: ", style=dashed"
    case .candidate: ", style=dotted, weight=0, arrowhead=vee"
    case .link: ", style=dashed, weight=0, arrowhead=empty"
    case .runsOn: ", arrowhead=none"
    }
  }
}

extension DOTWriter {
  func writeLine(_ line: DrawnLine, to sink: inout ByteSink) {
    sink.append("  ")
    DOTEscape.id(drawing.id(line.from), to: &sink)
    sink.append(" -> ")
    DOTEscape.id(drawing.id(line.to), to: &sink)
    sink.append(" [color=\"\(line.kind.color)\"\(line.kind.traits), penwidth=")
    sink.append(Int64(width(of: line)), decimals: 2)
    if !drawing.isLarge, let label = label(of: line) {
      sink.append(
        ", label=<<table border=\"0\" cellspacing=\"0\" cellpadding=\"1\" bgcolor=\"#FFFFFF\">"
          + "<tr><td>")
      DOTEscape.html(label, to: &sink)
      sink.append("</td></tr></table>>")
    }
    sink.append(", tooltip=")
    DOTEscape.quoted(tooltip(of: line), to: &sink)
    sink.append("];\n")
  }

  /// Grows with the logarithm of the count: a line for a million is no wall.
  private func width(of line: DrawnLine) -> Int {
    let doublings = Int.bitWidth - 1 - line.count.leadingZeroBitCount
    return max(line.kind.width, line.count > 1 ? min(400, 80 + 15 * doublings) : 0)
  }

  /// What a line says beside its kind. Large pictures say it in tooltips only: a label takes a rank
  /// of its own, and many make `dot` ten times slower.
  private func label(of line: DrawnLine) -> String? {
    let count = line.count > 1 ? NodeLabel.shortCount(line.count) : nil
    let atLeast = line.count > 1 ? "≥ " : ""
    let confidence = atLeast + NodeLabel.percent(line.confidence)
    let parts: [String?] =
      switch line.kind {
      case .reattached: [count, line.rule?.name, confidence]
      case .candidate: [count, confidence]
      case .recorded, .spawn, .link, .runsOn: [count]
      }
    let label = parts.compactMap(\.self).joined(separator: " · ")
    return label.isEmpty ? nil : label
  }

  private func tooltip(of line: DrawnLine) -> String {
    var text = "\(drawing.id(line.from)) → \(drawing.id(line.to))\n\(line.kind.meaning)"
    if let label = label(of: line) { text += " · \(label)" }
    guard line.count == 1, line.kind == .reattached, drawing.graph.isSpan(line.item),
      let found = topology.reattachments[drawing.graph.spans[line.item]]
    else { return text }
    for step in found.evidence.prefix(8) {
      text += "\n\(step.rule.name)"
      if !step.task.isNone {
        text += ": \(drawing.taskNumber(topology.recording.tasks[step.task]))"
      }
      if !step.by.isNone { text += " by \(drawing.taskNumber(topology.recording.tasks[step.by]))" }
    }
    return text
  }
}
