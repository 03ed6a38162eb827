/// A place in the program where spans lose the context that they should be started from.
///
/// Evidence: spans begun there name no parent, although something caused them: they were reattached by
/// what the scheduler saw, or are orphans whose like have parents. The share tells a place that always
/// loses the context from one that does so on some path.
///
/// Not reported: spans whose class never has a parent, which are presumed to be roots.
struct ContextLost: ReviewRule {
  static let name = "context-lost"
  static let caveat =
    "A fresh trace may be meant there; then a link says so without losing the cause."

  /// How the work came to where its context was missing.
  private enum Way: String {
    case spawn
    case handoff = "hand-off"
    case call
    case remote
    case unknown

    /// What to do about it, in a few words.
    var hint: String {
      switch self {
      case .spawn: "pass ctx"
      case .handoff: "carry it in the job"
      case .call: "pass ctx down"
      case .remote: "send it along"
      case .unknown: "cause unclear"
      }
    }

    /// What to do about it.
    var fix: String {
      switch self {
      case .spawn: "pass ctx to the spawned function, context.WithoutCancel(ctx) if it lives longer"
      case .handoff: "carry the context in the job and start the span from it, or link to it"
      case .call: "pass ctx down the call instead of a fresh one"
      case .remote: "send the context along with the message and read it on the other side"
      case .unknown: "start the span from the context of what caused it"
      }
    }
  }

  /// A span that lost its context, and how.
  private struct LostSpan {
    var span: SpanIndex
    var way: Way
    var task: TaskIndex
    var isLeft: Bool

    /// Whether its task tells the place, not its name.
    var isToldByTask: Bool { !task.isNone && way != .call && way != .remote }
  }

  func findings(in run: ReviewFacts) -> [Finding] {
    var losses: [LostSpan] = []
    for row in 0..<run.recording.spans.count where run.isListed(row) {
      let kind = run.reattached.kind[row]
      guard run.reattached.cause[row] == .contextLost, kind == .reattached || kind == .orphan else {
        continue
      }
      let task = run.task(of: SpanIndex(row))
      losses.append(
        LostSpan(
          span: SpanIndex(row), way: way(row, task, run), task: task, isLeft: kind == .orphan))
    }
    guard !losses.isEmpty else { return [] }
    let all = Totals(run)
    // By numbers first: a run may lose thousands of contexts in one place, whose key is put together once.
    var numbers: [Place: Int] = [:]
    var alike: [[LostSpan]] = []
    for var loss in losses {
      // What begins on a task time and again was handed to it, whatever the task was spawned for.
      if loss.way == .spawn, all.isWorker(run.recording.tasks[loss.task]) { loss.way = .handoff }
      let place = Place(loss, run)
      if let number = numbers[place] {
        alike[number].append(loss)
      } else {
        numbers[place] = alike.count
        alike.append([loss])
      }
    }
    var groups = SpanGroups<LostSpan>()
    for losses in alike { groups.add(losses, key: key(losses[0], run)) }
    return groups.findings { finding($0, $1, all, run) }
  }

  // MARK: Where

  private func way(_ row: Int, _ task: TaskIndex, _ run: ReviewFacts) -> Way {
    let parent = run.reattached.parent[row]
    guard run.reattached.kind[row] == .reattached, !parent.isNone else { return .unknown }
    switch run.reattached.reattachments[SpanIndex(row)]?.rule {
    case .spawn: return .spawn
    case .handoff, .queue: return .handoff
    case .sameTask: return .call
    case .payload, .connection, .peer: return .remote
    default: break
    }
    guard parent.index < run.recording.spans.count, !task.isNone else { return .unknown }
    let spans = run.recording.spans
    if spans.process[parent.index] != spans.process[row] { return .remote }
    let above = run.task(of: parent)
    guard !above.isNone else { return .unknown }
    if above == task { return .call }
    return run.creator(of: task) == parent ? .spawn : .handoff
  }

  /// What makes the key of a place, in numbers; two of them may have one key.
  private struct Place: Hashable {
    var process: ProcessIndex
    var way: Way
    var name = StringID.empty
    var origin: UInt32?

    init(_ loss: LostSpan, _ run: ReviewFacts) {
      process = run.recording.spans.process[loss.span.index]
      way = loss.way
      if loss.isToldByTask {
        origin = run.recording.tasks.originRow(loss.task)
      } else {
        name = run.recording.spans.name[loss.span.index]
      }
    }
  }

  private func key(_ loss: LostSpan, _ run: ReviewFacts) -> [String] {
    let service = run.service(run.recording.spans.process[loss.span.index])
    guard loss.isToldByTask else {
      return [service, loss.way.rawValue, run.spanName(loss.span.index)]
    }
    let record = run.recording.tasks[loss.task]
    return [service, loss.way.rawValue, run.key(record.spawnSite), run.text(record.entry)]
  }

  // MARK: What is said of it

  private func finding(
    _ key: [String], _ items: [LostSpan], _ all: Totals, _ run: ReviewFacts
  ) -> Finding {
    let spans = run.sorted(items.map(\.span))
    let way = items[0].way
    let task = items.first { $0.span == spans.first }?.task ?? .none
    let isByTask = !task.isNone && way != .call && way != .remote
    let lost = way == .spawn ? Set(items.map(\.task)).count : items.count
    let total = max(lost, total(way, task, spans[0], isByTask: isByTask, all, run))
    var facts = [
      FindingFact("way", .text(way.rawValue)), FindingFact("lost", .count(lost)),
      FindingFact("of", .count(total)),
      FindingFact("share", .share(Double(lost) / Double(max(total, 1)))),
      FindingFact("left", .count(items.count(where: \.isLeft))),
      FindingFact("example", .span(spans[0])),
    ]
    var message = "\(NodeLabel.count(lost)) of \(NodeLabel.count(total, noun(way))) "
    if isByTask {
      let record = run.recording.tasks[task]
      facts.append(FindingFact("spawnSite", .site(record.spawnSite)))
      facts.append(FindingFact("entry", .text(run.text(record.entry))))
      message += place(way, record, run)
    } else {
      message += "\"\(NodeLabel.shortened(run.spanName(spans[0].index)))\""
    }
    message += " lost the context: \(way.hint)"
    facts.append(FindingFact("fix", .text(way.fix)))
    return Finding(
      rule: Self.name, severity: .warning, key: key, tasks: run.distinct(items.map(\.task)),
      spans: spans, occurrences: items.count, message: message, evidence: facts,
      caveat: Self.caveat)
  }

  private func noun(_ way: Way) -> String {
    switch way {
    case .spawn: "spawn"
    case .handoff: "hand-off"
    case .call, .remote, .unknown: "span"
    }
  }

  private func place(_ way: Way, _ record: TaskRecord, _ run: ReviewFacts) -> String {
    let entry = run.text(record.entry)
    let name = entry.isEmpty ? "tasks" : NodeLabel.shortened(entry, to: 100)
    let site = run.place(record.spawnSite)
    switch way {
    case .spawn: return site.map { "of \(name) at \($0)" } ?? "of \(name)"
    default: return site.map { "to \(name), spawned at \($0)," } ?? "to \(name)"
    }
  }

  private func total(
    _ way: Way, _ task: TaskIndex, _ span: SpanIndex, isByTask: Bool, _ all: Totals,
    _ run: ReviewFacts
  ) -> Int {
    guard isByTask else { return all.spans(like: span) }
    let origin = Totals.Origin(run.recording.tasks[task])
    return (way == .spawn ? all.spawns[origin] : all.arrivals[origin]) ?? 0
  }
}

extension ContextLost {
  /// How often what may lose its context happens at all.
  fileprivate struct Totals {
    struct Origin: Hashable {
      var process: ProcessIndex
      var spawnSite: SiteID
      var entry: StringID

      init(_ record: TaskRecord) {
        process = record.process
        spawnSite = record.spawnSite
        entry = record.entry
      }
    }

    private(set) var spawns: [Origin: Int] = [:]
    /// Spans that were caused from another task, or by nobody knows whom.
    private(set) var arrivals: [Origin: Int] = [:]
    private let recording: Recording
    /// By name and service.
    private var spansOfName = KeyedValues<Int>()

    /// Spans of the same name and service.
    func spans(like span: SpanIndex) -> Int { spansOfName[name(span.index)] ?? 0 }

    private func name(_ row: Int) -> UInt64 {
      let process = recording.spans.process[row]
      let service =
        process.isNone ? .none : recording.processes.record[process.index].service
      return UInt64(recording.spans.name[row].raw) << 32 | UInt64(service.raw)
    }

    /// Whether far more work arrives on such tasks than there are of them.
    func isWorker(_ record: TaskRecord) -> Bool {
      let origin = Origin(record)
      return (arrivals[origin] ?? 0) > 2 * (spawns[origin] ?? 0)
    }

    init(_ run: ReviewFacts) {
      let tasks = run.recording.tasks
      recording = run.recording
      var byRow = KeyedValues<Int>()
      for row in 0..<tasks.count { byRow.add(UInt64(tasks.originRow(TaskIndex(row))), 1) }
      for (row, count) in zip(byRow.keys, byRow.values) {
        spawns[Self.origin(tasks.origin(UInt32(truncatingIfNeeded: row))), default: 0] += count
      }
      var arrivalsByRow = KeyedValues<Int>()
      for row in 0..<run.recording.spans.count where run.isListed(row) {
        spansOfName.add(name(row), 1)
        let task = run.task(of: SpanIndex(row))
        guard !task.isNone else { continue }
        let parent = run.reattached.parent[row]
        if !parent.isNone, run.task(of: parent) == task { continue }
        arrivalsByRow.add(UInt64(tasks.originRow(task)), 1)
      }
      for (row, count) in zip(arrivalsByRow.keys, arrivalsByRow.values) {
        arrivals[Self.origin(tasks.origin(UInt32(truncatingIfNeeded: row))), default: 0] += count
      }
    }

    private static func origin(_ origin: TaskOrigin) -> Origin {
      var record = TaskRecord()
      record.origin = origin
      return Origin(record)
    }
  }
}
