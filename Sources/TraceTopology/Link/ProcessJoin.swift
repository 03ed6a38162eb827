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
/// goroutine id must begin and end while that goroutine is on a processor; for others the trace must
/// hold a runtime task of their name that begins and ends with them. The resource whose spans do so
/// most often is the one; the process id, when it is among the trace's threads (the first thread of a
/// process has its number), settles what is close. What stays ambiguous is not joined, and that is
/// said.
struct ProcessJoiner {
  /// Spans that are asked at most, for each resource.
  private static let sampleSize = 2048
  /// How far from a running stretch an end of a span may lie, before the clock is fitted.
  private static let slack: Int64 = 100_000

  private let recording: Recording
  private let numbers: TaskNumbers
  private let runs: RunIndex
  private var numbered: [ProcessIndex: [(span: SpanIndex, number: UInt64)]] = [:]
  private var others: [ProcessIndex: [SpanIndex]] = [:]
  /// The runtime tasks of each scheduler log, by name, in the order of their begin.
  private var runtimeTasks: [Int: [StringID: [TaskIndex]]] = [:]

  /// `recording` holds wall-clock times for every process whose clock is known.
  init(
    _ recording: Recording, runs: RunIndex, spanTasks: SpanTaskNumbers, numbers: TaskNumbers
  ) {
    self.recording = recording
    self.runs = runs
    self.numbers = numbers
    sample(spanTasks)
    indexRuntimeTasks()
  }

  /// Takes the spans with the smallest hashes: the same ones whatever the order of reading.
  private mutating func sample(_ spanTasks: SpanTaskNumbers) {
    guard recording.tasks.count > 0 else { return }
    var counts: [ProcessIndex: Int] = [:]
    for process in recording.spans.process { counts[process, default: 0] += 1 }
    var isNumbered = Array(repeating: false, count: recording.spans.count)
    for index in 0..<spanTasks.spans.count {
      let span = spanTasks.spans[index]
      isNumbered[span.index] = true
      guard isSampled(span, counts) else { continue }
      numbered[recording.spans.process[span.index], default: []].append(
        (span, spanTasks.numbers[index]))
    }
    guard !recording.userTasks.isEmpty else { return }
    for row in 0..<recording.spans.count where !isNumbered[row] {
      guard isSampled(SpanIndex(row), counts) else { continue }
      others[recording.spans.process[row], default: []].append(SpanIndex(row))
    }
  }

  private func isSampled(_ span: SpanIndex, _ counts: [ProcessIndex: Int]) -> Bool {
    let count = counts[recording.spans.process[span.index]] ?? 0
    return recording.spans.spanID[span.index].isSampled(Self.sampleSize, of: count)
  }

  private mutating func indexRuntimeTasks() {
    for sides in recording.userTasks {
      let task = recording.tasks[sides.task]
      guard task.start.isKnown else { continue }
      runtimeTasks[task.process.index, default: [:]][task.entry, default: []].append(sides.task)
    }
    let tasks = recording.tasks
    for log in runtimeTasks.keys {
      runtimeTasks[log] = runtimeTasks[log]?.mapValues { rows in
        rows.sorted { tasks[$0].start.nanoseconds < tasks[$1].start.nanoseconds }
      }
    }
  }

  private func isScheduler(_ row: Int) -> Bool { recording.processes.source[row] != .spans }

  private var schedulers: [Int] {
    (0..<recording.processes.count).filter { recording.processes.source[$0] == .goTrace }
  }

  private var resources: [Int] { (0..<recording.processes.count).filter { !isScheduler($0) } }

  // MARK: Clocks

  /// Finds the clock of each trace that has none, against the resource that it fits best; a second
  /// resource that fits nearly as well leaves the clock unknown.
  ///
  /// - Parameter clocks: gets the clocks that were found.
  /// - Returns: for each process row what is to be added to its times.
  func align(_ clocks: inout [ClockMap]) -> [ClockMap] {
    var shifts = clocks
    for log in schedulers where clocks[log].source == .none {
      let found = resources.compactMap { alignment(log, $0) }.sorted { $0.share > $1.share }
      guard let best = found.first else { continue }
      if found.count > 1, found[1].share > best.share - 0.1 { continue }
      shifts[log].offset = best.offset
      clocks[log] = ClockMap(source: .fitted, offset: 0, uncertainty: best.uncertainty)
    }
    return shifts
  }

  private func alignment(_ log: Int, _ resource: Int) -> ClockAlignment.Found? {
    let alignment = ClockAlignment(recording: recording, runs: runs)
    if let asked = numbered[ProcessIndex(resource)], !asked.isEmpty {
      var ends: [(task: TaskIndex, time: Int64)] = []
      for item in asked {
        let task = numbers.task(item.number, of: ProcessIndex(log), at: .unknown, recording.tasks)
        guard !task.isNone else { continue }
        let span = item.span.index
        for time in [recording.spans.start[span], recording.spans.end[span]] where time.isKnown {
          ends.append((task, time.nanoseconds))
        }
      }
      // Numbers that the trace does not know speak against it.
      guard ends.count * 10 >= asked.count * 16 else { return nil }
      let sorted = ends.sorted { ($0.time, $0.task.raw) < ($1.time, $1.task.raw) }
      return alignment.byRuns(sorted)
    }
    guard let spans = others[ProcessIndex(resource)], let tasks = runtimeTasks[log] else {
      return nil
    }
    return alignment.byNames(spans, tasks.values.flatMap { $0 })
  }

  // MARK: Joining

  func join(_ clocks: [ClockMap], _ diagnostics: inout Diagnostics) -> ProcessJoin {
    let count = recording.processes.count
    var result = ProcessJoin(
      canonical: (0..<count).map { ProcessIndex($0) },
      scheduler: Array(repeating: .none, count: count))
    joinByName(&result)
    joinByTime(clocks, &result, &diagnostics)
    return result
  }

  private func tie(_ log: Int, to resource: Int, _ result: inout ProcessJoin) {
    result.canonical[log] = ProcessIndex(resource)
    result.scheduler[resource] = ProcessIndex(log)
  }

  /// A task log and a resource of one service, where the pid or the instance does not contradict.
  private func joinByName(_ result: inout ProcessJoin) {
    let records = recording.processes.record
    for log in 0..<records.count where recording.processes.source[log] == .taskLog {
      let fits = resources.filter { other in
        result.scheduler[other].isNone && records[other].service == records[log].service
          && agrees(records[other], records[log])
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

  private struct Pairing {
    var log: Int
    var resource: Int
    var share: Double
    var hasPID: Bool
    /// Fitting share, with the process id as a tie-breaker that outweighs small differences.
    var score: Double { share + (hasPID ? 0.25 : 0) }
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
      for resource in resources where result.scheduler[resource].isNone {
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
      tie(pairing.log, to: pairing.resource, &result)
    }
  }

  private func weigh(_ log: Int, _ resource: Int) -> Pairing? {
    let process = ProcessIndex(resource)
    let share: Double
    if let asked = numbered[process], !asked.isEmpty {
      share = Double(asked.count { fits($0.span, $0.number, log) }) / Double(asked.count)
    } else if let asked = others[process], !asked.isEmpty, let tasks = runtimeTasks[log] {
      share = Double(asked.count { hasRuntimeTask($0, tasks) }) / Double(asked.count)
    } else {
      return nil
    }
    let pid = recording.processes.record[resource].pid.map { UInt64(bitPattern: $0) }
    let threads = recording.logExtents.first { $0.process.index == log }?.threads ?? []
    return Pairing(
      log: log, resource: resource, share: share,
      hasPID: pid.map { threads.contains($0) } ?? false)
  }

  /// Whether the goroutine of this number was on a processor at both ends of the span.
  private func fits(_ span: SpanIndex, _ number: UInt64, _ log: Int) -> Bool {
    let start = recording.spans.start[span.index]
    let end = recording.spans.end[span.index]
    let task = numbers.task(number, of: ProcessIndex(log), at: start, recording.tasks)
    guard !task.isNone, start.isKnown else { return false }
    guard runs.isRunning(task, at: start.nanoseconds, slack: Self.slack) else { return false }
    return !end.isKnown || runs.isRunning(task, at: end.nanoseconds, slack: Self.slack)
  }

  /// Whether a runtime task of this name begins and ends with the span.
  private func hasRuntimeTask(_ span: SpanIndex, _ tasks: [StringID: [TaskIndex]]) -> Bool {
    guard let rows = tasks[recording.spans.name[span.index]] else { return false }
    let start = recording.spans.start[span.index]
    guard start.isKnown else { return false }
    var low = 0
    var high = rows.count
    let from = start.nanoseconds.subtractingSaturated(Self.slack)
    while low < high {
      let middle = (low + high) / 2
      if recording.tasks[rows[middle]].start.nanoseconds < from {
        low = middle + 1
      } else {
        high = middle
      }
    }
    while low < rows.count {
      let task = recording.tasks[rows[low]]
      guard let late = task.start.since(start), late <= Self.slack else { return false }
      let endLate = task.end.since(recording.spans.end[span.index]) ?? 0
      if endLate.magnitude <= UInt64(Self.slack) { return true }
      low += 1
    }
    return false
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
