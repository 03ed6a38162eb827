/// Joins scheduler logs to the resources of spans, on evidence.
///
/// A task log names its service. A Go trace names nothing, so the spans are asked: those that carry a
/// goroutine id must begin and end while that goroutine is on a processor; for others the trace must
/// hold a runtime task of their name that begins and ends with them. The resource whose spans do so
/// most often is the one; the process id, when it is among the trace's threads (the first thread of a
/// process has its number), settles what is close. What stays ambiguous is not joined, and that is
/// said.
struct ProcessJoiner {
  /// Spans that are asked at most, for each resource.
  private static let sampleSize = 2048
  /// How far from a running stretch an end of a span may lie, before the clock is fitted.
  static let slack: Int64 = 100_000

  let recording: Recording
  let numbers: TaskNumbers
  let runs: RunIndex
  var numbered: [ProcessIndex: [(span: SpanIndex, number: UInt64)]] = [:]
  var others: [ProcessIndex: [SpanIndex]] = [:]
  let places: ProcessPlaces
  private let extents: SpanExtents
  /// Runtime tasks and regions, the first that a log has being asked.
  let stretches: [NamedStretches]

  /// `recording` holds wall-clock times for every process whose clock is known.
  init(
    _ recording: Recording, runs: RunIndex, spanTasks: SpanTaskNumbers, numbers: TaskNumbers
  ) {
    self.recording = recording
    self.runs = runs
    self.numbers = numbers
    places = ProcessPlaces(recording)
    stretches = [NamedStretches.runtimeTasks(recording), NamedStretches.regions(recording)]
    extents = SpanExtents(recording)
    sample(spanTasks)
  }

  /// Takes the spans with the smallest hashes: the same ones whatever the order of reading.
  private mutating func sample(_ spanTasks: SpanTaskNumbers) {
    guard recording.tasks.count > 0 else { return }
    var isNumbered = Array(repeating: false, count: recording.spans.count)
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      isNumbered[span.index] = true
      guard isSampled(span) else { continue }
      numbered[recording.spans.process[span.index], default: []].append(
        (span, spanTasks.numbers[index]))
    }
    guard !recording.userTasks.isEmpty || !recording.regions.isEmpty else { return }
    for row in 0..<recording.spans.count where !isNumbered[row] {
      guard isSampled(SpanIndex(row)) else { continue }
      others[recording.spans.process[row], default: []].append(SpanIndex(row))
    }
  }

  private func isSampled(_ span: SpanIndex) -> Bool {
    let count = extents.count(of: recording.spans.process[span.index])
    return recording.spans.spanID[span.index].isSampled(Self.sampleSize, of: count)
  }

  private func isScheduler(_ row: Int) -> Bool { recording.processes.source[row] != .spans }

  var schedulers: [Int] {
    (0..<recording.processes.count).filter { recording.processes.source[$0] == .goTrace }
  }

  var resources: [Int] { (0..<recording.processes.count).filter { !isScheduler($0) } }

  func join(_ clocks: [ClockMap], _ diagnostics: inout Diagnostics) -> ProcessJoin {
    let count = recording.processes.count
    var result = ProcessJoin(
      canonical: (0..<count).map { ProcessIndex($0) },
      scheduler: Array(repeating: .none, count: count))
    joinByService(clocks, &result)
    joinByTime(clocks, &result, &diagnostics)
    joinByPlace(clocks, &result)
    return result
  }

  private func tie(
    _ log: Int, to resource: Int, by reason: ProcessTie, _ result: inout ProcessJoin
  ) {
    result.canonical[log] = ProcessIndex(resource)
    result.scheduler[resource] = ProcessIndex(log)
    result.tie[ProcessIndex(log)] = reason
  }

  /// A log that names its service, or whose service the user named, and a resource of that service,
  /// where the pid or the instance does not contradict.
  private func joinByService(_ clocks: [ClockMap], _ result: inout ProcessJoin) {
    let records = recording.processes.record
    for log in 0..<records.count where isScheduler(log) && records[log].service != .empty {
      // Without a clock nothing of a trace can be compared with a span.
      guard recording.processes.source[log] != .goTrace || clocks[log].source != .none else {
        continue
      }
      let fits = resources.filter { result.scheduler[$0].isNone && isAllowed(log, $0) }
      guard fits.count == 1 else { continue }
      let isTaskLog = recording.processes.source[log] == .taskLog
      tie(log, to: fits[0], by: isTaskLog ? .service : .byHand, &result)
    }
  }

  /// Whether what log and resource say of themselves allows them to be one process.
  func isAllowed(_ log: Int, _ resource: Int) -> Bool {
    let own = recording.processes.record[log]
    let other = recording.processes.record[resource]
    return (own.service == .empty || own.service == other.service) && agrees(own, other)
  }

  private func agrees(_ a: ProcessRecord, _ b: ProcessRecord) -> Bool {
    let pid = a.pid == nil || b.pid == nil || a.pid == b.pid
    let host = a.host == .empty || b.host == .empty || a.host == b.host
    return pid && host
      && (a.instance == .empty || b.instance == .empty || a.instance == b.instance)
  }

  private func joinByTime(
    _ clocks: [ClockMap], _ result: inout ProcessJoin, _ diagnostics: inout Diagnostics
  ) {
    var pairings: [Pairing] = []
    for log in schedulers {
      guard clocks[log].source != .none else {
        noteUnjoined(log, &diagnostics)
        continue
      }
      guard result.canonical[log] == ProcessIndex(log) else { continue }
      for resource in resources where result.scheduler[resource].isNone && isAllowed(log, resource)
      {
        if let pairing = weigh(log, resource) { pairings.append(pairing) }
      }
    }
    // Scores first; equal scores are a tie between pairings and are reported, so order is no matter.
    pairings.sort { ($0.score, $1.resource, $1.log) > ($1.score, $0.resource, $0.log) }
    for pairing in pairings where pairing.share >= 0.5 {
      guard result.canonical[pairing.log] == ProcessIndex(pairing.log),
        result.scheduler[pairing.resource].isNone
      else { continue }
      let rival = pairings.first {
        ($0.log == pairing.log) != ($0.resource == pairing.resource)
          && result.canonical[$0.log] == ProcessIndex($0.log)
          && result.scheduler[$0.resource].isNone && $0.score > pairing.score - 0.05
      }
      guard rival == nil else {
        noteAmbiguous(pairing, &diagnostics)
        continue
      }
      tie(pairing.log, to: pairing.resource, by: pairing.by, &result)
    }
  }

  /// What nothing inside the logs ties together, the paths may: a log that names a service, else the
  /// only log and the only process of a folder or of the run. Only where nothing speaks against it:
  /// the times overlap, and the spans could not be asked for goroutines or runtime tasks.
  private func joinByPlace(_ clocks: [ClockMap], _ result: inout ProcessJoin) {
    let logs = (0..<recording.processes.count).filter { log in
      isScheduler(log) && result.canonical[log] == ProcessIndex(log)
        && (recording.processes.source[log] == .goDump || clocks[log].source != .none)
    }
    let reasons: [(ProcessTie, (Int, Int) -> Bool)] = [
      (.path, { places.isNamed($0, $1) }),
      (.folder, { places.folder($0) == places.folder($1) }),
      (.onlyOne, { _, _ in true }),
    ]
    for (reason, holds) in reasons {
      for log in logs where result.canonical[log] == ProcessIndex(log) {
        let fits = resources.filter {
          result.scheduler[$0].isNone && holds(log, $0) && isAllowed(log, $0) && mayMeet(log, $0)
        }
        guard fits.count == 1 else { continue }
        let rivals = logs.filter { $0 != log && isFree($0, result) && holds($0, fits[0]) }
        guard rivals.isEmpty else { continue }
        tie(log, to: fits[0], by: reason, &result)
      }
    }
  }

  private func isFree(_ log: Int, _ result: ProcessJoin) -> Bool {
    result.canonical[log] == ProcessIndex(log)
  }

  /// Whether log and resource cover a common time and nothing in them could be compared.
  private func mayMeet(_ log: Int, _ resource: Int) -> Bool {
    guard weigh(log, resource) == nil else { return false }
    guard let extent = recording.logExtents.first(where: { $0.process.index == log }),
      recording.processes.source[log] != .goDump
    else { return true }
    return extents.overlaps(resource, extent.first, extent.last)
  }

  private func path(of log: Int) -> String? {
    let input = recording.processes.input[log].index
    return input < recording.inputs.count ? recording.inputs[input].path : nil
  }

  private func noteUnjoined(_ log: Int, _ diagnostics: inout Diagnostics) {
    // A dump has no times to join by; that is no surprise.
    guard recording.spans.count > 0, recording.processes.source[log] != .goDump else { return }
    diagnostics.report(
      "clock-unknown", .warning, input: path(of: log),
      "the trace has no wall clock (Go before 1.25) and no process's spans tell it, "
        + "so it is not joined to the spans")
  }

  private func noteAmbiguous(_ pairing: Pairing, _ diagnostics: inout Diagnostics) {
    diagnostics.report(
      "ambiguous-process", .warning, input: path(of: pairing.log),
      "the trace fits the spans of more than one process equally well; it is joined to none")
  }
}
