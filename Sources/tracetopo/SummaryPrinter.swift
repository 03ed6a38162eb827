import TraceTopology

/// The summary of a run on the terminal.
struct SummaryPrinter {
  let terminal: Terminal
  /// More than this no summary shows.
  private static let findingLimit = 8
  /// The standard output carries data, so people are told on the standard error.
  let toError: Bool

  func show(_ topology: Topology, _ files: [String]) {
    let summary = topology.summary
    var lines: [String] = []
    lines.append(row("read", readText(topology)))
    if let selection = topology.selectionSummary {
      lines.append(row("filter", filterText(selection)))
      lines.append(row("shown", foundText(topology, summary)))
    } else {
      lines.append(row("found", foundText(topology, summary)))
    }
    if summary.orphansFound > 0 {
      lines.append(row("orphans", orphanText(summary)))
      let rules = summary.byRule.map { "\($0.name) \(grouped($0.count))" }
      if !rules.isEmpty { lines.append(row("", "by " + rules.joined(separator: " · "))) }
      let left = summary.leftByCause.map { "\($0.name) \(grouped($0.count))" }
      if !left.isEmpty { lines.append(row("", "left: " + left.joined(separator: " · "))) }
    } else {
      lines.append(row("orphans", "none"))
    }
    lines += findingRows(topology)
    if let clocks = clockText(topology) { lines.append(row("clocks", clocks)) }
    if let damage = damageText(topology) { lines.append(row("damage", damage)) }
    for index in 0..<files.count {
      lines.append(row(index == 0 ? "written" : "", DiagnosticPrinter.printable(files[index])))
    }
    let text = lines.joined(separator: "\n") + "\n"
    if toError { Terminal.error(text) } else { Terminal.output(text) }
  }

  private func row(_ label: String, _ text: String) -> String {
    let padded = label + String(repeating: " ", count: max(0, 9 - label.count))
    return terminal.styled(padded, .bold, onError: toError) + text
  }

  private func readText(_ topology: Topology) -> String {
    let inputs = topology.inputs.filter { !$0.isContainer }
    let archives = topology.inputs.count - inputs.count
    let known = inputs.filter { $0.format != nil }
    let formats = Dictionary(grouping: known) { $0.format ?? "" }
      .map { (name: $0.key, count: $0.value.count) }.sorted { $0.name < $1.name }
      .map { "\($0.count) \($0.name)" }
    let bytes = known.reduce(UInt64(0)) { $0 &+ $1.decodedBytes }
    var text = "\(known.count) \(known.count == 1 ? "file" : "files")"
    if !formats.isEmpty { text += " (\(formats.joined(separator: ", ")))" }
    if archives > 0 { text += " in \(archives) \(archives == 1 ? "archive" : "archives")" }
    text += ", \(size(bytes)) uncompressed"
    let skipped = inputs.count - known.count
    return skipped > 0 ? text + "; \(skipped) not recognised" : text
  }

  private func filterText(_ selection: SelectionSummary) -> String {
    guard selection.spans > 0 else {
      return "\(grouped(selection.tasksShown)) of \(grouped(selection.tasks)) tasks shown"
    }
    var text = "\(grouped(selection.spansSelected)) of \(grouped(selection.spans)) spans selected"
    if selection.spansShown > selection.spansSelected {
      text += ", \(grouped(selection.spansShown)) with their ancestors"
    }
    guard selection.tasks > 0 else { return text }
    return text + "; \(grouped(selection.tasksShown)) of \(grouped(selection.tasks)) tasks"
  }

  private func foundText(_ topology: Topology, _ summary: RunSummary) -> String {
    var parts: [String] = []
    parts.append(
      "\(grouped(topology.processCount)) \(topology.processCount == 1 ? "process" : "processes")")
    if summary.tasks > 0 { parts.append("\(grouped(summary.tasks)) tasks") }
    if summary.profiledTasks > 0 {
      parts.append("\(summary.profiledTasks) goroutines in profiles")
    }
    if summary.spans > 0 {
      let trees = summary.trees == 1 ? "tree" : "trees"
      parts.append("\(grouped(summary.spans)) spans in \(grouped(summary.trees)) \(trees)")
    }
    return parts.joined(separator: " · ")
  }

  private func orphanText(_ summary: RunSummary) -> String {
    let share = Double(summary.orphansReattached) / Double(max(summary.orphansFound, 1))
    let style: Terminal.Style = summary.orphansLeft == 0 ? .green : .yellow
    let count = terminal.styled(grouped(summary.orphansReattached), style, onError: toError)
    return "\(grouped(summary.orphansFound)) found, \(count) reattached "
      + "(\(Int((share * 100).rounded(.down))) %), \(grouped(summary.orphansLeft)) left"
  }

  /// What went wrong: how much of it, and the worst, rule by rule.
  private func findingRows(_ topology: Topology) -> [String] {
    let findings = topology.findingSummaries
    guard !findings.isEmpty else { return [row("findings", "none")] }
    let shown = findings.prefix(Self.findingLimit)
    var rows: [String] = []
    for finding in shown {
      let style: Terminal.Style = finding.severity == .error ? .red : .yellow
      let rule = terminal.styled(finding.rule, style, onError: toError)
      let text = "\(rule): \(DiagnosticPrinter.printable(finding.message))"
      rows.append(row(rows.isEmpty ? "findings" : "", text))
    }
    let rest = findings.count - shown.count
    if rest > 0 { rows.append(row("", "and \(grouped(rest)) more, in the topology file")) }
    return rows
  }

  /// Clocks that are off; nothing if all are in step.
  private func clockText(_ topology: Topology) -> String? {
    let skews = topology.clockSkews
    guard !skews.isEmpty else { return nil }
    let shown = skews.prefix(4).map { "\(DiagnosticPrinter.printable($0.name)) \($0.text)" }
    let rest = skews.count > 4 ? " · and \(skews.count - 4) more" : ""
    return shown.joined(separator: " · ") + rest
  }

  private func damageText(_ topology: Topology) -> String? {
    let errors = topology.diagnostics.filter { $0.severity == .error }
    guard !errors.isEmpty else { return nil }
    let count = errors.reduce(0) { $0 + $1.count }
    let files = Set(errors.compactMap { $0.input }).count
    return terminal.styled(
      "\(grouped(count)) \(count == 1 ? "problem" : "problems") in \(files) \(files == 1 ? "file" : "files"); the rest is complete",
      .red, onError: toError)
  }

  /// `1234567` as `1 234 567`.
  private func grouped(_ value: Int) -> String {
    var text = ""
    let digits = String(value)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{2009}" }
      text.append(digit)
    }
    return text
  }

  private func size(_ bytes: UInt64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let text = unit == 0 || value >= 100 ? String(Int(value)) : String(Int(value * 10)).tenths
    return "\(text) \(units[unit])"
  }
}

extension String {
  /// Digits of tenths as a decimal: `123` is `12.3`.
  fileprivate var tenths: String {
    let padded = count == 1 ? "0" + self : self
    return "\(padded.dropLast()).\(padded.suffix(1))"
  }
}
