/// Turns the events of a task log into tasks, waits and runs.
struct TaskLogReplay: Sendable {
  private struct Key: Hashable {
    var process: ProcessIndex
    var name: TaskLogEvent.Name
  }

  /// What a task is doing since when.
  private struct Progress {
    var state = TaskState.unknown
    var since = Timestamp.unknown
  }

  private var processes: [StringID: ProcessIndex] = [:]
  private var tasks: [Key: TaskIndex] = [:]
  private var progress: [Progress] = []
  /// Of each process: the first and last time seen, and whether its clock is monotonic.
  private var extents: [ProcessIndex: LogExtent] = [:]
  private var monotonic: Set<ProcessIndex> = []
  private var order: [ProcessIndex] = []
  private(set) var events = 0

  /// Applies one event; gives what is wrong with it, if it could not be used.
  mutating func apply(_ event: TaskLogEvent, _ recording: inout Recording) -> String? {
    guard let kind = event.kind else { return nil }
    let process = row(ofProcess: event.process, &recording)
    events += 1
    switch kind {
    case .process:
      describe(process, event, &recording)
      return nil
    case .clock:
      guard event.monotonic.isKnown, event.time.isKnown else {
        return "a clock event needs \"monotonic\" and \"time\""
      }
      recording.clocks.append(
        ClockSnapshot(process: process, monotonic: event.monotonic, wall: event.time))
      return nil
    default: break
    }
    guard let name = event.task else { return "the event names no task" }
    note(event.time, process)
    let task = row(ofTask: name, process, &recording)
    if !event.span.isNone, kind != .spawn {
      recording.loggedSpans.append(
        LoggedSpan(task: task, trace: event.trace, span: event.span, time: event.time))
    }
    move(kind, task, process, event, &recording)
    return nil
  }

  private mutating func move(
    _ kind: TaskLogEvent.Kind, _ task: TaskIndex, _ process: ProcessIndex, _ event: TaskLogEvent,
    _ recording: inout Recording
  ) {
    switch kind {
    case .spawn: spawn(task, process, event, &recording)
    case .start: enter(.running, task, event.time, &recording)
    case .block:
      enter(.waiting, task, event.time, &recording)
      let site = event.site.map { recording.sites.intern($0) } ?? .none
      recording.tasks.setWait(task, reason: event.reason, site: site)
    case .unblock:
      let by = event.by.map { row(ofTask: $0, process, &recording) } ?? .none
      endWait(task, event.time, by: by, how: event.how, &recording)
      enter(.runnable, task, event.time, &recording)
    case .end:
      enter(.ended, task, event.time, &recording)
      recording.tasks.end(task, at: event.time)
    case .span, .process, .clock: break
    }
  }

  private mutating func spawn(
    _ task: TaskIndex, _ process: ProcessIndex, _ event: TaskLogEvent, _ recording: inout Recording
  ) {
    if let parent = event.parent {
      let spawner = row(ofTask: parent, process, &recording)
      // A task cannot spawn itself; such a line says nothing about its parent.
      if spawner != task {
        recording.tasks[task].parent = spawner
        recording.tasks[task].parentSource = .log
        recording.tasks[task].creation = .spawn
        if !event.span.isNone {
          recording.loggedSpans.append(
            LoggedSpan(task: spawner, trace: event.trace, span: event.span, time: event.time))
        }
      }
    }
    var record = recording.tasks[task]
    record.start = event.time
    record.entry = event.name
    record.spawnSite = event.site.map { recording.sites.intern($0) } ?? .none
    record.stackDepth = event.depth
    if event.isThread { record.kind = .thread }
    recording.tasks[task] = record
    enter(.runnable, task, event.time, &recording)
  }

  private mutating func enter(
    _ state: TaskState, _ task: TaskIndex, _ time: Timestamp, _ recording: inout Recording
  ) {
    let before = progress[task.index]
    if let length = time.since(before.since), length > 0 {
      recording.tasks.add(task, before.state, length)
    }
    if before.state == .running, state != .running {
      recording.runs.append(task: task, start: before.since, end: time)
    }
    if before.state == .waiting, state != .runnable {
      // Woken without a word about it.
      endWait(task, time, by: .none, how: .none, &recording)
    }
    progress[task.index] = Progress(state: state, since: time)
    recording.tasks.setLastState(task, state)
  }

  private mutating func endWait(
    _ task: TaskIndex, _ time: Timestamp, by: TaskIndex, how: Handoff, _ recording: inout Recording
  ) {
    let wait = recording.tasks.wait(task)
    let wasWaiting = progress[task.index].state == .waiting
    recording.waits.append(
      task: task, since: wasWaiting ? progress[task.index].since : .unknown, until: time,
      reason: wait.reason, site: wait.site, by: by, handoff: by.isNone ? .none : how)
    recording.tasks.setWait(task, reason: .empty, site: .none)
  }

  /// Ends the log: what is still running or waiting then is open, or unknown if the log was cut.
  mutating func finish(isComplete: Bool, _ recording: inout Recording) {
    for row in 0..<progress.count {
      let task = TaskIndex(row)
      guard recording.tasks[task].outcome != .ended else { continue }
      recording.tasks[task].outcome = isComplete ? .open : .unknown
      let last = progress[row]
      if last.state == .running {
        recording.runs.append(task: task, start: last.since, end: .unknown)
      } else if last.state == .waiting {
        recording.waits.append(
          task: task, since: last.since, until: .unknown,
          reason: recording.tasks[task].waitReason, site: recording.tasks[task].waitSite,
          by: .none, handoff: .none)
      }
    }
    for process in order {
      guard var extent = extents[process] else { continue }
      extent.isComplete = isComplete
      recording.logExtents.append(extent)
      guard !monotonic.contains(process), extent.first.isKnown else { continue }
      // The log is on the wall clock: say so with a snapshot that changes nothing.
      recording.clocks.append(
        ClockSnapshot(process: process, monotonic: extent.first, wall: extent.first))
    }
  }

  // MARK: Rows

  private mutating func row(ofProcess name: StringID, _ recording: inout Recording) -> ProcessIndex
  {
    if let known = processes[name] { return known }
    var record = ProcessRecord()
    record.service = name
    let row = recording.processes.append(record, source: .taskLog, input: InputIndex(0))
    processes[name] = row
    order.append(row)
    extents[row] = LogExtent(
      process: row, first: .unknown, last: .unknown, isComplete: true, threads: [])
    return row
  }

  private mutating func row(
    ofTask name: TaskLogEvent.Name, _ process: ProcessIndex, _ recording: inout Recording
  ) -> TaskIndex {
    let key = Key(process: process, name: name)
    if let known = tasks[key] { return known }
    var record = TaskRecord()
    record.process = process
    switch name {
    case .number(let number): record.number = number
    case .text(let text): record.label = text
    }
    let row = recording.tasks.append(record)
    tasks[key] = row
    progress.append(Progress())
    return row
  }

  private mutating func describe(
    _ process: ProcessIndex, _ event: TaskLogEvent, _ recording: inout Recording
  ) {
    var record = recording.processes.record[process.index]
    if event.service != .empty { record.service = event.service }
    if event.instance != .empty { record.instance = event.instance }
    if event.host != .empty { record.host = event.host }
    if event.runtime != .empty { record.runtime = event.runtime }
    if let pid = event.pid { record.pid = pid }
    recording.processes.update(process, record)
    if event.isMonotonic { monotonic.insert(process) }
  }

  private mutating func note(_ time: Timestamp, _ process: ProcessIndex) {
    guard time.isKnown, var extent = extents[process] else { return }
    if !extent.first.isKnown || time.nanoseconds < extent.first.nanoseconds { extent.first = time }
    if !extent.last.isKnown || time.nanoseconds > extent.last.nanoseconds { extent.last = time }
    extents[process] = extent
  }
}
