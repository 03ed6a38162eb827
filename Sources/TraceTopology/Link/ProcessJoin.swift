/// Which spans and which scheduler log belong to one process.
struct ProcessJoin: Sendable {
  /// For each process row the row that stands for it: a scheduler log joined to a resource is that
  /// resource.
  var canonical: [ProcessIndex]
  /// For each resource row the process row of its scheduler log.
  var scheduler: [ProcessIndex]
}

/// Joins scheduler logs to the resources of spans, on evidence.
///
/// A task log names its service. A Go trace names nothing, so the spans are asked: those that carry a
/// goroutine id must begin and end while that goroutine is on a processor. The resource whose spans
/// do so most often is the one; the process id, when it is among the trace's threads (the first
/// thread of a process has its number), settles what is close. What stays ambiguous is not joined,
/// and that is said.
struct ProcessJoiner {
  /// Spans that are asked at most, for each resource.
  private static let sampleSize = 2048
  /// How far from a running stretch an end of a span may lie, before the clock is fitted.
  private static let slack: Int64 = 100_000

  private let recording: Recording
  private let clocks: [ClockMap]
  private let numbers: TaskNumbers
  private let runs: RunIndex
  private var samples: [ProcessIndex: [(span: SpanIndex, number: UInt64)]] = [:]

  /// `recording` holds wall-clock times for every process whose clock is known.
  init(_ recording: Recording, clocks: [ClockMap], runs: RunIndex, spanTasks: SpanTaskNumbers) {
    self.recording = recording
    self.clocks = clocks
    self.runs = runs
    numbers = TaskNumbers(recording.tasks)
    sample(spanTasks)
  }

  /// Takes the spans with the smallest hashes: the same ones whatever the order of reading.
  private mutating func sample(_ spanTasks: SpanTaskNumbers) {
    var counts: [ProcessIndex: Int] = [:]
    for span in spanTasks.spans { counts[recording.spans.process[span.index], default: 0] += 1 }
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      let process = recording.spans.process[span.index]
      let count = counts[process] ?? 1
      guard recording.spans.spanID[span.index].isSampled(Self.sampleSize, of: count) else {
        continue
      }
      samples[process, default: []].append((span, spanTasks.numbers[index]))
    }
  }

  func join(_ diagnostics: inout Diagnostics) -> ProcessJoin {
    let count = recording.processes.count
    var result = ProcessJoin(
      canonical: (0..<count).map { ProcessIndex($0) },
      scheduler: Array(repeating: .none, count: count))
    joinByName(&result)
    joinByTime(&result, &diagnostics)
    return result
  }

  private func isScheduler(_ row: Int) -> Bool { recording.processes.source[row] != .spans }

  private func tie(_ log: Int, to resource: Int, _ result: inout ProcessJoin) {
    result.canonical[log] = ProcessIndex(resource)
    result.scheduler[resource] = ProcessIndex(log)
  }

  /// A task log and a resource of one service, where the pid or the instance does not contradict.
  private func joinByName(_ result: inout ProcessJoin) {
    let records = recording.processes.record
    for log in 0..<records.count where recording.processes.source[log] == .taskLog {
      let fits = (0..<records.count).filter { other in
        !isScheduler(other) && result.scheduler[other].isNone
          && records[other].service == records[log].service && agrees(records[other], records[log])
      }
      if fits.count == 1 { tie(log, to: fits[0], &result) }
    }
  }

  private func agrees(_ a: ProcessRecord, _ b: ProcessRecord) -> Bool {
    let pid = a.pid == nil || b.pid == nil || a.pid == b.pid
    let host = a.host == .empty || b.host == .empty || a.host == b.host
    return pid && host
      && (a.instance == .empty || b.instance == .empty || a.instance == b.instance)
  }

  // MARK: By time

  private struct Pairing {
    var log: Int
    var resource: Int
    var share: Double
    var hasPID: Bool
    /// Running share, with the process id as a tie-breaker that outweighs small differences.
    var score: Double { share + (hasPID ? 0.25 : 0) }
  }

  private func joinByTime(_ result: inout ProcessJoin, _ diagnostics: inout Diagnostics) {
    var pairings: [Pairing] = []
    for log in 0..<recording.processes.count
    where isScheduler(log) && result.canonical[log] == ProcessIndex(log) {
      guard clocks[log].source != .none else {
        noteUnjoined(log, &diagnostics)
        continue
      }
      for resource in 0..<recording.processes.count
      where !isScheduler(resource) && result.scheduler[resource].isNone {
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
          && result.scheduler[$0.resource].isNone
          && $0.score > pairing.score - 0.05
      }
      guard rival == nil else {
        noteAmbiguous(pairing, &diagnostics)
        continue
      }
      tie(pairing.log, to: pairing.resource, &result)
    }
  }

  private func weigh(_ log: Int, _ resource: Int) -> Pairing? {
    guard let asked = samples[ProcessIndex(resource)], !asked.isEmpty else { return nil }
    var fits = 0
    for item in asked {
      let start = recording.spans.start[item.span.index]
      let end = recording.spans.end[item.span.index]
      let task = numbers.task(item.number, of: ProcessIndex(log), at: start, recording.tasks)
      guard !task.isNone, start.isKnown else { continue }
      guard runs.isRunning(task, at: start.nanoseconds, slack: Self.slack) else { continue }
      if end.isKnown, !runs.isRunning(task, at: end.nanoseconds, slack: Self.slack) { continue }
      fits += 1
    }
    let pid = recording.processes.record[resource].pid.map { UInt64(bitPattern: $0) }
    let threads = recording.logExtents.first { $0.process.index == log }?.threads ?? []
    return Pairing(
      log: log, resource: resource, share: Double(fits) / Double(asked.count),
      hasPID: pid.map { threads.contains($0) } ?? false)
  }

  private func path(of log: Int) -> String? {
    let input = recording.processes.input[log].index
    return input < recording.inputs.count ? recording.inputs[input].path : nil
  }

  private func noteUnjoined(_ log: Int, _ diagnostics: inout Diagnostics) {
    guard !samples.isEmpty else { return }
    diagnostics.report(
      "clock-unknown", .warning, input: path(of: log),
      "the trace has no wall clock (Go before 1.25), so it is not joined to the spans")
  }

  private func noteAmbiguous(_ pairing: Pairing, _ diagnostics: inout Diagnostics) {
    diagnostics.report(
      "ambiguous-process", .warning, input: path(of: pairing.log),
      "the trace fits the spans of more than one process equally well; it is joined to none")
  }
}
