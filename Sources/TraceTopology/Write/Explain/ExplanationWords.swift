/// The words in which an explanation speaks of spans, tasks and chains.
struct ExplanationWords {
  let topology: Topology
  /// The span that is explained.
  let subject: SpanIndex

  /// A name in quotes; what has none is said to be in no log.
  func name(_ id: StringID) -> String {
    id == .empty ? "(no name)" : "“\(topology.recording.strings.text(id))”"
  }

  func span(_ node: SpanIndex) -> String {
    let name = topology.isPlaceholder(node) ? "(in no log)" : name(topology.name(node))
    return "\(name) \(topology.spanID(node).hex)"
  }

  /// A time after the origin of the run.
  func time(_ time: Timestamp) -> String {
    guard let offset = topology.clock.span(time) else { return "an unknown time" }
    return (offset < 0 ? "" : "+") + Self.exact(offset)
  }

  /// A duration to the nanosecond: 1.203 ms is not enough to tell causes apart.
  static func exact(_ nanoseconds: Int64) -> String {
    let sign = nanoseconds < 0 ? "−" : ""
    let value = nanoseconds.magnitude
    if value < 1_000 { return "\(sign)\(value) ns" }
    let (unit, name): (UInt64, String) =
      value < 1_000_000
      ? (1_000, "µs") : value < 1_000_000_000 ? (1_000_000, "ms") : (1_000_000_000, "s")
    let digits = String(unit + value % unit).dropFirst()
    var fraction = String(digits)
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(sign)\(value / unit)" + (fraction.isEmpty ? "" : ".\(fraction)") + " \(name)"
  }

  /// A task as people know it: its number or label, and what it runs.
  func task(_ task: TaskIndex) -> String {
    guard !task.isNone else { return "no known task" }
    let record = topology.recording.tasks[task]
    let strings = topology.recording.strings
    let kind = record.kind == .goroutine ? "goroutine" : record.kind == .thread ? "thread" : "task"
    let label = record.number.map { String($0) } ?? strings.text(record.label)
    return record.entry == .empty
      ? "\(kind) \(label)" : "\(kind) \(label) (\(strings.text(record.entry)))"
  }

  func site(_ id: SiteID) -> String? {
    guard let site = topology.recording.sites[id] else { return nil }
    let strings = topology.recording.strings
    let function = strings.text(site.function)
    let place = site.file == .empty ? "" : "\(strings.text(site.file)):\(site.line)"
    return function.isEmpty ? place : place.isEmpty ? function : "\(function) \(place)"
  }

  /// What the subject carries as well as another span.
  private func shared(_ other: SpanIndex) -> String {
    let recording = topology.recording
    let carried = topology.correlating.compactMap { key -> String? in
      guard let own = value(of: key, subject), own == value(of: key, other) else { return nil }
      return "\(recording.strings.text(key)) “\(recording.strings.text(own))”"
    }
    return carried.isEmpty ? "a value of its" : carried.joined(separator: ", ") + " as well"
  }

  private func value(of key: StringID, _ node: SpanIndex) -> AttributeValue? {
    topology.attributeRows(node).last { topology.recording.attributes.key[$0] == key }
      .map { topology.recording.attributes.value[$0] }
  }

  /// One step of a chain.
  func step(_ item: Evidence) -> String {
    let at = time(item.at)
    let open = item.span.isNone ? "" : ", where \(span(item.span)) stood"
    switch item.rule {
    case .sameTask: return "\(span(item.span)) stood on \(task(item.task)) at \(at)"
    case .handoff: return "\(task(item.by)) handed over to \(task(item.task)) at \(at)\(open)"
    case .spawn: return "\(task(item.by)) spawned \(task(item.task)) at \(at)\(open)"
    case .completion:
      return "\(task(item.by)) waited for \(task(item.task)) and went on at \(at)\(open)"
    case .queue:
      return "the turn of what \(task(item.by)) handed over to \(task(item.task)) at \(at)\(open)"
    case .payload:
      return "\(span(item.span)) is named as an ancestor, or started a child that is lost"
    case .connection:
      return "\(task(item.by)) got the next answer on the same connection at \(at)\(open)"
    case .peer: return "\(span(item.span)) is the call that fits what the served span says"
    case .correlation: return "\(span(item.span)) carries \(shared(item.span))"
    case .link where !item.by.isNone:
      return
        "\(task(item.by)) spawned \(task(item.task)) at \(at), when it was the turn of the link to"
        + " \(span(item.span))"
    case .link: return "it links to \(span(item.span))"
    case .order where item.span.isNone:
      return "in the order in which work came, it was the turn of a span that no log holds"
    case .order:
      return "in the order in which work came, and at the usual lag behind \(span(item.span))"
    case .ancestor: return "\(span(item.span)) stands above it"
    case .descendant: return "\(span(item.span)) stands between"
    case .trace: return "\(span(item.span)) is of the same trace and fits by operation and times"
    case .placeholder: return "its recorded parent hangs there"
    }
  }

  /// The shape of a chain, as statistics are kept about it.
  static func shape(_ signature: Signature) -> String {
    var words = [hop(signature.firstHop)]
    if signature.spawns > 0 { words.append("spawns \(signature.spawns)") }
    if signature.handoffs > 0 { words.append("hand-offs \(signature.handoffs)") }
    if signature.rise > 0 { words.append("above \(signature.rise)") }
    switch signature.ending {
    case .open: words.append("open")
    case .endedSince: words.append("ended since")
    case .lastEnded: words.append("ended before")
    }
    if signature.rivals > 0 { words.append("one of \(signature.rivals + 1) or more that fit") }
    if signature.isLater {
      words.append(
        signature.firstHop == .correlation ? "others began later" : "not the first link")
    }
    if signature.isStale { words.append("stale") }
    if signature.isOld { words.append("old") }
    if signature.hasInner { words.append("inner span") }
    if signature.isLost { words.append("to a lost span") }
    if signature.isAboveParent { words.append("above a likely parent") }
    return words.joined(separator: ", ")
  }

  private static func hop(_ hop: Signature.FirstHop) -> String {
    switch hop {
    case .sameTask: "same task"
    case .spawn: "spawn"
    case .lateSpawn: "late spawn"
    case .send: "send"
    case .take: "take"
    case .close: "close"
    case .cond: "condition"
    case .select: "select"
    case .other: "wake"
    case .completion: "completion"
    case .queue: "queue"
    case .message: "message"
    case .connection: "connection"
    case .operation: "operation"
    case .correlation: "correlation"
    case .link: "link"
    case .payload: "stated"
    case .answer: "answer"
    }
  }
}
