/// What one box says: a letter, a name, a line of facts, and more of both in its tooltip.
struct DOTBox: Sendable {
  var look: NodeLook
  var name: String
  var facts: [String]
  /// A fact that stands out whatever the box.
  var alarm: String?
  var tooltip: [String]
}

extension DOTDrawing {
  func box(of group: Int) -> DOTBox {
    switch folding.kind[group] {
    case .rest: restBox(group)
    case .alike: sumBox(group)
    case .item:
      folding.members(of: group).first.map { itemBox(Int($0)) }
        ?? DOTBox(look: .folded, name: "", facts: [], tooltip: [])
    }
  }

  private func itemBox(_ item: Int) -> DOTBox {
    marked(graph.isSpan(item) ? spanBox(graph.spans[item]) : taskBox(graph.task(item)), item)
  }

  /// A box with the finding about its item. An orphan stays one in colour.
  private func marked(_ box: DOTBox, _ item: Int) -> DOTBox {
    guard let number = graph.finding(item) else { return box }
    var box = box
    let finding = topology.findings[number]
    if box.look.name != NodeLook.orphan.name { box.look = .finding }
    box.alarm = [box.alarm, finding.rule].compactMap { $0 }.joined(separator: " · ")
    box.tooltip.append(NodeLabel.shortened(finding.message, to: NodeLabel.longNameLimit))
    return box
  }

  /// What stands out in a group: errors and findings.
  private func alarm(_ sums: GroupFacts, rule: String? = nil) -> String? {
    var parts: [String] = []
    if sums.errors > 0 { parts.append(NodeLabel.count(sums.errors, "error")) }
    if sums.marked > 0 { parts.append(rule ?? NodeLabel.count(sums.marked, "finding")) }
    return parts.isEmpty ? nil : parts.joined(separator: " · ")
  }

  // MARK: Spans

  private func spanBox(_ node: SpanIndex) -> DOTBox {
    guard !topology.isPlaceholder(node) else { return missingBox(node) }
    let isOrphan = topology.kind[node.index] == .orphan
    var facts: [String] = []
    if isOrphan {
      facts += ["orphan", topology.cause[node.index].phrase]
      let weighed = topology.reattachments[node]?.candidates.count ?? 0
      if weighed > 0 { facts.append(NodeLabel.count(weighed, "candidate")) }
    }
    if let kind = topology.spanKind(node).phrase, !isOrphan { facts.append(kind) }
    if topology.kind[node.index] == .reattached { facts.append("reattached") }
    facts.append(time(from: topology.start(node), to: topology.end(node)))
    let name = topology.recording.strings.text(topology.name(node))
    let isError = topology.status(node) == .error
    var tooltip = tooltipHead(name, facts, isError ? "ERROR" : nil)
    let spanID = Self.hex(topology.spanID(node))
    tooltip.append("trace \(Self.hex(topology.traceID(node))) span \(spanID)")
    let task = topology.task(of: node)
    if !task.isNone { tooltip.append("on \(taskNumber(topology.recording.tasks[task]))") }
    if let place = offset(topology.start(node), process: topology.process(node)) {
      tooltip.append("began \(place)")
    }
    tooltip += attributeLines(node)
    return DOTBox(
      look: isOrphan ? .orphan : .span, name: shortName(name), facts: facts,
      alarm: isError ? "ERROR" : nil,
      tooltip: tooltip)
  }

  /// The attributes that were asked for, in the order asked for.
  private func attributeLines(_ node: SpanIndex) -> [String] {
    guard !topology.shownAttributes.isEmpty else { return [] }
    let table = topology.recording.attributes
    let own = topology.attributeRows(node)
    let inherited = topology.inherited.rows(of: node, table)
    return topology.shownAttributes.compactMap { key in
      if let row = own.first(where: { table.key[$0] == key }) { return attributeLine(row) }
      return inherited.first { table.key[$0] == key }.map { attributeLine($0) + " (inherited)" }
    }
  }

  private func attributeLine(_ row: Int) -> String {
    let strings = topology.recording.strings
    let value = strings.text(topology.recording.attributes.value[row])
    let key = strings.text(topology.recording.attributes.key[row])
    return NodeLabel.shortened("\(key) = \(value)", to: NodeLabel.longNameLimit)
  }

  func shortName(_ name: String) -> String {
    name.isEmpty ? "(no name)" : NodeLabel.shortened(name)
  }

  private func time(from start: Timestamp, to end: Timestamp) -> String {
    guard end.isKnown else { return "never ended" }
    return end.since(start).map(NodeLabel.duration) ?? "began before the log"
  }

  /// When something happened, counted from the beginning of the run; `nil` if its clock is its own.
  func offset(_ time: Timestamp, process: Int?) -> String? {
    guard let process, topology.processes[process].clock.source != .none else { return nil }
    return time.since(topology.origin).map { "+\(NodeLabel.duration($0))" }
  }

  // MARK: Tasks

  private func taskBox(_ task: TaskIndex) -> DOTBox {
    let record = topology.recording.tasks[task]
    let number = taskNumber(record)
    let full = topology.recording.strings.text(record.entry)
    let isFunction = record.kind == .goroutine
    let name = full.isEmpty ? number : isFunction ? NodeLabel.function(full) : full
    var facts = full.isEmpty ? [] : [number]
    if let creation = record.creation.phrase { facts.append(creation) }
    if record.start.isKnown, record.end.isKnown {
      facts.append(time(from: record.start, to: record.end))
    } else if record.outcome == .open {
      facts.append(state(of: record))
    }
    if facts.count < 2, let site = site(record.spawnSite) { facts.append("from \(site)") }
    var tooltip = tooltipHead(full.isEmpty ? number : full, facts, nil)
    if record.creation == .before { tooltip.append("alive when the log began") }
    if let site = site(record.spawnSite) { tooltip.append("spawned at \(site)") }
    if let place = offset(record.start, process: topology.process(task)) {
      tooltip.append("began \(place)")
    }
    return DOTBox(look: .task, name: shortName(name), facts: facts, tooltip: tooltip)
  }

  /// "goroutine 12", "thread 7", or the name that a task log gave.
  func taskNumber(_ record: TaskRecord) -> String {
    let noun = record.kind.noun
    if let number = record.number { return "\(noun) \(number)" }
    let label = topology.recording.strings.text(record.label)
    return label.isEmpty ? noun : "\(noun) \(NodeLabel.shortened(label, to: 30))"
  }

  private func state(of record: TaskRecord) -> String {
    let reason = topology.recording.strings.text(record.waitReason)
    guard record.lastState == .waiting, !reason.isEmpty else { return "still open" }
    return "still waits: \(NodeLabel.shortened(reason, to: 30))"
  }

  private func site(_ id: SiteID) -> String? {
    guard let site = topology.recording.sites[id], site.file != .empty else { return nil }
    let file = topology.recording.strings.text(site.file)
    return NodeLabel.shortened(NodeLabel.site(file: file, line: site.line), to: 40)
  }

  // MARK: Folded boxes

  private func sumBox(_ group: Int) -> DOTBox {
    let members = folding.members(of: group)
    guard let first = members.first.map({ itemBox(Int($0)) }) else { return restBox(group) }
    let sums = facts(of: group)
    var facts = ["\(NodeLabel.count(members.count)) ×"]
    var look = NodeLook.folded
    if sums.orphans > 0, let node = members.first.map({ graph.spans[Int($0)] }) {
      look = first.look
      facts += ["orphans", topology.cause[node.index].phrase]
    }
    let name = members.first.flatMap { sharedName(Int($0)) } ?? first.name
    if let median = sums.median { facts.append("p50 \(NodeLabel.duration(median))") }
    if let high = sums.high.map(NodeLabel.duration), high != sums.median.map(NodeLabel.duration) {
      facts.append("p99 \(high)")
    }
    let finding = members.first.flatMap { graph.finding(Int($0)) }.map { topology.findings[$0] }
    if finding != nil, look.name != NodeLook.orphan.name { look = .finding }
    let alarm = alarm(sums, rule: finding?.rule)
    return DOTBox(
      look: look, name: name, facts: facts, alarm: alarm,
      tooltip: tooltipHead(first.tooltip.first ?? name, facts, alarm))
  }

  /// What to call tasks that are alike but have no name in common: just what they are.
  private func sharedName(_ item: Int) -> String? {
    guard !graph.isSpan(item) else { return nil }
    let record = topology.recording.tasks[graph.task(item)]
    guard record.entry == .empty, record.number != nil else { return nil }
    return "\(record.kind.noun)s"
  }

  private func restBox(_ group: Int) -> DOTBox {
    let sums = facts(of: group)
    var hidden: [String] = []
    if sums.spans > 0 { hidden.append(NodeLabel.count(sums.spans, "span")) }
    if sums.tasks > 0 { hidden.append(NodeLabel.count(sums.tasks, "task")) }
    let name = "+ " + hidden.joined(separator: ", ")
    let facts = sums.longest.map { ["longest \(NodeLabel.duration($0))"] } ?? []
    let alarm = alarm(sums)
    return DOTBox(
      look: .folded, name: name, facts: facts, alarm: alarm,
      tooltip: tooltipHead(name, facts, alarm))
  }

  func tooltipHead(_ name: String, _ facts: [String], _ alarm: String?) -> [String] {
    [
      NodeLabel.shortened(name, to: NodeLabel.longNameLimit),
      (facts + (alarm.map { [$0] } ?? [])).joined(separator: " · "),
    ]
  }

  static func hex(_ id: SpanID) -> String { hex(id.value) }
  static func hex(_ id: TraceID) -> String { hex(id.high) + hex(id.low) }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension LossCause {
  /// For people.
  fileprivate var phrase: String {
    switch self {
    case .none: "cause unknown"
    case .missingParent: "parent missing"
    case .contextLost: "context lost"
    case .damagedInput: "damaged record"
    case .cycle: "parents form a ring"
    case .duplicateID: "parent id not unique"
    }
  }
}

extension TaskKind {
  /// For people.
  var noun: String {
    switch self {
    case .goroutine: "goroutine"
    case .userTask: "user task"
    case .thread: "thread"
    case .task: "task"
    }
  }
}

extension CreationKind {
  /// For people, where it tells more than that something spawned it.
  fileprivate var phrase: String? {
    switch self {
    case .coroutine: "coroutine"
    case .callback: "call from C"
    case .timer: "timer"
    case .unknown, .spawn, .before: nil
    }
  }
}

extension SpanKind {
  /// For people; the kinds that say nothing are left out.
  fileprivate var phrase: String? {
    switch self {
    case .unspecified, .internal: nil
    case .server: "server"
    case .client: "client"
    case .producer: "producer"
    case .consumer: "consumer"
    }
  }
}
