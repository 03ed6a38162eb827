/// An explanation for a terminal.
struct ExplanationText: ~Copyable {
  private let explanation: Explanation
  private let words: ExplanationWords
  private var lines: [String] = []
  /// Candidates that are shown.
  private static let limit = 8

  init(_ explanation: Explanation) {
    self.explanation = explanation
    words = ExplanationWords(topology: explanation.topology, subject: explanation.subject)
    said()
    state()
    spanClass()
    candidates()
    add("why", [explanation.reason])
    add("change", explanation.changes.map { "\($0.what)  \($0.why)" })
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A label with lines beside it.
  private mutating func add(_ label: String, _ rows: [String]) {
    for (number, row) in rows.enumerated() {
      let head = number == 0 ? label : ""
      lines.append(head + String(repeating: " ", count: max(1, 11 - head.count)) + row)
    }
  }

  // MARK: What the log said

  private mutating func said() {
    let topology = explanation.topology
    let node = explanation.node
    let service = topology.service(of: node)
    add(
      "span",
      [
        words.span(node) + (service.isEmpty ? "" : " of \(service)"),
        "trace \(topology.traceID(node).hex)",
      ])
    if topology.isPlaceholder(node) {
      add("said", ["in no log; \(childCount)"])
      return
    }
    let spans = topology.recording.spans
    let row = node.index
    var rows: [String] = []
    if let file = topology.recording.file(of: row) { rows.append("in \(file.path)") }
    let parent = spans.parentID[row]
    var facts = parent.isNone ? "names no parent" : "names the parent \(parent.hex)"
    switch spans.parentLocality(row) {
    case .remote: facts += " (remote)"
    case .local: facts += " (local)"
    case .unknown: break
    }
    rows.append(facts + ", kind \(spans.kind(row).name)")
    let length = spans.end[row].since(spans.start[row])
    rows.append(
      "began at \(words.time(spans.start[row])), "
        + (length.map { "lasted \(ExplanationWords.exact($0))" } ?? "no end was logged"))
    rows += taskLines(node)
    add("said", rows + attributes(node))
  }

  private var childCount: String {
    let topology = explanation.topology
    let count = topology.spanOrder.count { topology.parent[$0.index] == explanation.node }
    return count == 1
      ? "1 span names it as its parent" : "\(count) spans name it as their parent"
  }

  private func taskLines(_ node: SpanIndex) -> [String] {
    let topology = explanation.topology
    let task = topology.task(of: node)
    guard !task.isNone else { return [] }
    let source = node.index < topology.taskSource.count ? topology.taskSource[node.index].name : ""
    var rows = ["on \(words.task(task)), told by \(source)"]
    let record = topology.recording.tasks[task]
    if !record.parent.isNone {
      let site = words.site(record.spawnSite).map { " at \($0)" } ?? ""
      rows.append("which \(words.task(record.parent)) spawned\(site), \(words.time(record.start))")
    }
    return rows
  }

  private func attributes(_ node: SpanIndex) -> [String] {
    explanation.attributes(of: node).map { "\($0.key) = \($0.value)" }
  }

  // MARK: What was concluded

  private mutating func state() {
    let topology = explanation.topology
    let subject = explanation.subject
    var rows = [explanation.state.rawValue]
    if subject != explanation.node {
      rows.append("its recorded parent is in no log; the question is where that one belongs")
    }
    let parent = topology.parent[subject.index]
    if !parent.isNone { rows.append("under \(words.span(parent))") }
    add("state", rows)
    if let inferred = topology.inferred(subject) { add("inferred", lines(inferred)) }
  }

  /// What a span that is in no log most likely was.
  private func lines(_ inferred: InferredSpan) -> [String] {
    var rows = [
      "it was called \(words.name(inferred.name)): \(Explanation.decimal(inferred.confidence))"
    ]
    for (what, stretch) in [("began", inferred.start), ("ended", inferred.end)] {
      guard let stretch else { continue }
      rows.append(
        "it \(what) between \(words.time(stretch.from)) and \(words.time(stretch.to)): "
          + Explanation.decimal(stretch.confidence))
    }
    return rows
  }

  private mutating func spanClass() {
    let page = explanation.page
    guard page.name != .empty else { return }
    let site = words.site(page.spawnSite).map { " spawned at \($0)" } ?? ""
    let likely = explanation.topology.isPlaceholder(explanation.subject) ? "most likely " : ""
    var rows = [
      "\(likely)\(words.name(page.name))\(site): \(page.ofClass.parents) with a recorded parent, "
        + "\(page.ofClass.roots) that name none"
    ]
    if page.ofLike != page.ofClass {
      rows.append(
        "of its service and kind: \(page.ofLike.parents) with, \(page.ofLike.roots) without")
    }
    if page.isEntry { rows.append("few of these in traces that other spans head") }
    if page.ofName != page.ofClass {
      rows.append("of the name: \(page.ofName.parents) with, \(page.ofName.roots) without")
    }
    if page.taught != Deliberation.Record() {
      rows.append(
        "of the class in other runs: \(page.taught.parents) with, \(page.taught.roots) without")
    }
    if !page.parentNames.isEmpty {
      let names = page.parentNames.map { "\(words.name($0.name)) \($0.count)" }
      rows.append("parents are " + names.joined(separator: " · "))
    }
    add("class", rows)
  }

  private mutating func candidates() {
    let options = explanation.page.options
    guard !options.isEmpty else {
      if explanation.verdict != .recorded { add("candidates", ["none"]) }
      return
    }
    add("candidates", options.prefix(Self.limit).enumerated().flatMap { candidate($0 + 1, $1) })
    if options.count > Self.limit { add("", ["and \(options.count - Self.limit) more"]) }
  }

  private func candidate(_ number: Int, _ option: Deliberation.Option) -> [String] {
    let topology = explanation.topology
    let service = topology.service(of: option.span)
    var rows = [
      "\(number)  \(Explanation.decimal(option.confidence))  \(words.span(option.span))"
        + (service.isEmpty ? "" : " of \(service)") + " by \(option.rule.name)"
    ]
    rows += option.evidence.map { "   " + words.step($0) }
    if let signature = option.signature, let reliability = option.reliability {
      rows.append(
        "   such chains (\(ExplanationWords.shape(signature))) were right for "
          + "\(option.record.hits) of \(option.record.asked) examples, taken as "
          + Explanation.decimal(reliability))
    }
    rows.append("   \(option.pairs) recorded parents of such spans have its name")
    if let lag = option.lag { rows.append("   " + lagText(lag, option.usualLag)) }
    return rows
  }

  private func lagText(_ lag: Int64, _ usual: LagRange?) -> String {
    let text = "it began \(ExplanationWords.exact(lag)) before"
    guard let usual else { return text }
    return text + "; usual is \(ExplanationWords.exact(usual.median)), nine of ten lie from "
      + "\(ExplanationWords.exact(usual.low)) to \(ExplanationWords.exact(usual.high))"
  }
}

extension Explanation {
  /// The explanation for a terminal, in lines; control characters of names are left as they are.
  public var text: String { ExplanationText(self).text }

  /// The kept attributes of a span as text: those that are evidence, and those that were asked for.
  func attributes(of node: SpanIndex) -> [(key: String, value: String)] {
    let strings = topology.recording.strings
    let table = topology.recording.attributes
    return topology.attributeRows(node).map { row in
      (strings.text(table.key[row]), strings.text(table.value[row]))
    }
  }
}
