/// Writes an explanation as JSON, schema `tracetopo.explanation/1`.
///
/// Times are integer nanoseconds after `run.origin`, as in the topology file. A class, as the code to copy
/// all that it holds takes 50 KB.
final class ExplanationJSONWriter {
  private let explanation: Explanation
  private let topology: Topology
  private let words: ExplanationWords

  init(_ explanation: Explanation) {
    self.explanation = explanation
    topology = explanation.topology
    words = ExplanationWords(topology: explanation.topology, subject: explanation.subject)
  }

  func write(to sink: inout ByteSink) {
    var object = JSONObject(&sink)
    object.text("schema", "tracetopo.explanation/1", &sink)
    object.object("tool", &sink) { tool, sink in
      tool.text("name", "tracetopo", &sink)
      tool.text("version", ToolVersion.current, &sink)
    }
    object.object("run", &sink) { run, sink in
      run.text("origin", String(topology.origin.nanoseconds), &sink)
      run.number("end", topology.end.since(topology.origin) ?? 0, &sink)
    }
    object.object("span", &sink, said)
    object.text("state", explanation.state.rawValue, &sink)
    object.text("cause", topology.cause[explanation.node.index].name, &sink)
    object.object("question", &sink, question)
    object.object("class", &sink, spanClass)
    object.list("candidates", explanation.page.rounds.flatMap(options), &sink, candidate)
    object.object("answer", &sink, answer)
    object.list("changes", explanation.changes, &sink) { item, object, sink in
      object.text("what", item.what, &sink)
      object.text("why", item.why, &sink)
    }
    object.end(&sink)
    sink.append("\n")
  }

  // MARK: What the log said

  private func identify(_ node: SpanIndex, _ object: inout JSONObject, _ sink: inout ByteSink) {
    object.text("traceId", topology.traceID(node).hex, &sink)
    object.text("spanId", topology.spanID(node).hex, &sink)
    object.name("name", topology.name(node), topology, &sink)
    let service = topology.service(of: node)
    object.text("service", service.isEmpty ? nil : service, &sink)
    object.number("start", topology.clock.span(topology.start(node)), &sink)
    object.number("end", topology.clock.span(topology.end(node)), &sink)
    object.flag("placeholder", topology.isPlaceholder(node), &sink)
  }

  private func said(_ object: inout JSONObject, _ sink: inout ByteSink) {
    let node = explanation.node
    let isPlaceholder = topology.isPlaceholder(node)
    identify(node, &object, &sink)
    let spans = topology.recording.spans
    let file = isPlaceholder ? nil : topology.recording.file(of: node.index)?.path
    object.text("file", file, &sink)
    object.text("kind", topology.spanKind(node).name, &sink)
    object.text("status", topology.status(node).name, &sink)
    let parent = isPlaceholder ? SpanID.none : spans.parentID[node.index]
    object.text("recordedParentSpanId", parent.isNone ? nil : parent.hex, &sink)
    let locality = isPlaceholder ? ParentLocality.unknown : spans.parentLocality(node.index)
    switch locality {
    case .unknown: object.null("isParentRemote", &sink)
    case .local: object.flag("isParentRemote", false, &sink)
    case .remote: object.flag("isParentRemote", true, &sink)
    }
    let source = node.index < topology.taskSource.count ? topology.taskSource[node.index] : .none
    task("task", topology.task(of: node), &object, &sink)
    object.text("taskSource", source.name, &sink)
    object.object("attributes", &sink) { attributes, sink in
      for item in explanation.attributes(of: node) { attributes.text(item.key, item.value, &sink) }
    }
  }

  private func task(
    _ key: String, _ task: TaskIndex, _ object: inout JSONObject, _ sink: inout ByteSink
  ) {
    guard !task.isNone else { return object.null(key, &sink) }
    let record = topology.recording.tasks[task]
    object.object(key, &sink) { object, sink in
      object.text("id", record.number.map { String($0) } ?? text(record.label), &sink)
      object.name("entry", record.entry, topology, &sink)
      object.text("spawnSite", words.site(record.spawnSite), &sink)
      object.number("start", topology.clock.task(record.start, of: record.process), &sink)
    }
  }

  private func text(_ id: StringID) -> String { topology.recording.strings.text(id) }

  // MARK: What was concluded

  private func question(_ object: inout JSONObject, _ sink: inout ByteSink) {
    identify(explanation.subject, &object, &sink)
    object.name("likelyName", explanation.page.name, topology, &sink)
    if let inferred = topology.inferred(explanation.subject) {
      object.object("inferred", &sink) { self.inferred(inferred, &$0, &$1) }
    }
    object.flag("isOnTask", explanation.page.isOnTask, &sink)
    object.flag("isTrial", explanation.page.isTrial, &sink)
  }

  private func inferred(
    _ inferred: InferredSpan, _ object: inout JSONObject, _ sink: inout ByteSink
  ) {
    object.name("name", inferred.name, topology, &sink)
    object.share("confidence", inferred.confidence, &sink)
    for (key, stretch) in [("start", inferred.start), ("end", inferred.end)] {
      guard let stretch else { continue }
      object.object(key, &sink) { object, sink in
        object.number("from", topology.clock.span(stretch.from), &sink)
        object.number("to", topology.clock.span(stretch.to), &sink)
        object.share("confidence", stretch.confidence, &sink)
      }
    }
  }

  private func spanClass(_ object: inout JSONObject, _ sink: inout ByteSink) {
    let page = explanation.page
    object.name("name", page.name, topology, &sink)
    object.text("spawnSite", words.site(page.spawnSite), &sink)
    object.number("withParent", Int64(page.ofClass.parents), &sink)
    object.number("withoutParent", Int64(page.ofClass.roots), &sink)
    object.number("likeWithParent", Int64(page.ofLike.parents), &sink)
    object.number("likeWithoutParent", Int64(page.ofLike.roots), &sink)
    object.flag("isEntry", page.isEntry, &sink)
    object.number("nameWithParent", Int64(page.ofName.parents), &sink)
    object.number("nameWithoutParent", Int64(page.ofName.roots), &sink)
    object.number("taughtWithParent", Int64(page.taught.parents), &sink)
    object.number("taughtWithoutParent", Int64(page.taught.roots), &sink)
    object.list("parentNames", page.parentNames, &sink) { item, object, sink in
      object.name("name", item.name, topology, &sink)
      object.number("count", Int64(item.count), &sink)
    }
  }

  /// One option with the round that weighed it.
  private struct Weighed {
    var option: Deliberation.Option
    var round: Deliberation.Round
    var isBest: Bool
  }

  private func options(_ round: Deliberation.Round) -> [Weighed] {
    round.options.enumerated().map {
      Weighed(option: $1, round: round, isBest: $0 == 0 && round.isAdopted)
    }
  }

  private func candidate(_ item: Weighed, _ object: inout JSONObject, _ sink: inout ByteSink) {
    let option = item.option
    object.object("span", &sink) { identify(option.span, &$0, &$1) }
    object.text("rule", option.rule.name, &sink)
    object.text("shape", option.signature.map(ExplanationWords.shape), &sink)
    object.share("confidence", option.confidence, &sink)
    object.share("probability", option.probability, &sink)
    object.share("classShare", item.round.share, &sink)
    object.flag("isBest", item.isBest, &sink)
    object.list("evidence", option.evidence, &sink, evidence)
    object.object("record", &sink) { object, sink in
      object.number("asked", Int64(option.record.asked), &sink)
      object.number("right", Int64(option.record.hits), &sink)
      object.share("smoothed", option.reliability, &sink)
      object.number("parentsOfThisName", Int64(option.pairs), &sink)
    }
    lag(option, &object, &sink)
  }

  private func lag(
    _ option: Deliberation.Option, _ object: inout JSONObject, _ sink: inout ByteSink
  ) {
    object.number("lag", option.lag, &sink)
    guard let usual = option.usualLag else { return object.null("usualLag", &sink) }
    object.object("usualLag", &sink) { object, sink in
      object.number("low", usual.low, &sink)
      object.number("median", usual.median, &sink)
      object.number("high", usual.high, &sink)
      object.number("count", Int64(usual.count), &sink)
    }
  }

  private func evidence(_ item: Evidence, _ object: inout JSONObject, _ sink: inout ByteSink) {
    object.text("rule", item.rule.name, &sink)
    task("task", item.task, &object, &sink)
    task("by", item.by == item.task ? .none : item.by, &object, &sink)
    object.number("at", topology.clock.span(item.at), &sink)
    object.text("spanId", item.span.isNone ? nil : topology.spanID(item.span).hex, &sink)
    object.text("text", words.step(item), &sink)
  }

  private func answer(_ object: inout JSONObject, _ sink: inout ByteSink) {
    let parent = topology.parent[explanation.subject.index]
    object.text("verdict", explanation.verdict.rawValue, &sink)
    object.text("parentSpanId", parent.isNone ? nil : topology.spanID(parent).hex, &sink)
    object.text("rule", topology.reattachments[explanation.subject]?.rule?.name, &sink)
    object.share("confidence", explanation.confidence, &sink)
    object.share("margin", explanation.margin, &sink)
    object.share("minConfidence", explanation.policy.minimumConfidence, &sink)
    object.text("reason", explanation.reason, &sink)
  }
}

/// The members of one JSON object on their way into a sink.
struct JSONObject {
  private var isFirst = true

  init(_ sink: inout ByteSink) { sink.append("{") }

  mutating func end(_ sink: inout ByteSink) { sink.append("}") }

  private mutating func key(_ key: String, _ sink: inout ByteSink) {
    if !isFirst { sink.append(",") }
    isFirst = false
    sink.append(json: key)
    sink.append(":")
  }

  mutating func null(_ key: String, _ sink: inout ByteSink) {
    self.key(key, &sink)
    sink.append("null")
  }

  mutating func text(_ key: String, _ text: String?, _ sink: inout ByteSink) {
    guard let text else { return null(key, &sink) }
    self.key(key, &sink)
    sink.append(json: text)
  }

  mutating func name(
    _ key: String, _ id: StringID, _ topology: Topology, _ sink: inout ByteSink
  ) {
    self.key(key, &sink)
    sink.append(jsonOrNull: topology.recording.strings.bytes(id))
  }

  mutating func number(_ key: String, _ value: Int64?, _ sink: inout ByteSink) {
    self.key(key, &sink)
    sink.append(jsonOrNull: value)
  }

  /// A number from 0 to 1 with three digits.
  mutating func share(_ key: String, _ value: Double?, _ sink: inout ByteSink) {
    guard let value else { return null(key, &sink) }
    self.key(key, &sink)
    sink.append(jsonConfidence: value)
  }

  mutating func flag(_ key: String, _ value: Bool, _ sink: inout ByteSink) {
    self.key(key, &sink)
    sink.append(value ? "true" : "false")
  }

  mutating func object(
    _ key: String, _ sink: inout ByteSink, _ body: (inout JSONObject, inout ByteSink) -> Void
  ) {
    self.key(key, &sink)
    var object = JSONObject(&sink)
    body(&object, &sink)
    object.end(&sink)
  }

  mutating func list<Item>(
    _ key: String, _ items: [Item], _ sink: inout ByteSink,
    _ body: (Item, inout JSONObject, inout ByteSink) -> Void
  ) {
    self.key(key, &sink)
    sink.append("[")
    for (number, item) in items.enumerated() {
      if number > 0 { sink.append(",") }
      var object = JSONObject(&sink)
      body(item, &object, &sink)
      object.end(&sink)
    }
    sink.append("]")
  }
}

extension Explanation {
  /// Writes the explanation as JSON to `path`, `-` for the standard output. The file appears whole or
  /// not at all, packed if its name ends in `.zst`.
  public func writeJSON(to path: String) throws(OutputError) {
    try OutputFile.write(to: path) { sink throws(OutputError) in
      ExplanationJSONWriter(self).write(to: &sink)
    }
  }
}
