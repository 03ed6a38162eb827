/// Turns the events of a task log into tasks, waits and runs.
struct TaskLogReplay: Sendable {
  /// What a task is doing since when.
  private struct Progress {
    var state = TaskState.unknown
    var since = Timestamp.unknown
  }

  /// A process of the log: the first and last time seen, and whether its clock is monotonic.
  private struct Process {
    var row: ProcessIndex
    var first = Timestamp.unknown
    var last = Timestamp.unknown
    var isMonotonic = false
  }

  /// In order of first appearance.
  private var processes: [Process] = []
  /// The number of each process, by the id of its name; -1 where there is none.
  private var processNumber: [Int32] = []
  private var tasks = TaskNames()
  private var progress: [Progress] = []
  private(set) var events = 0

  /// Applies one event; gives what is wrong with it, if it could not be used.
  mutating func apply(_ event: TaskLogEvent, _ recording: inout Recording) -> String? {
    guard let kind = event.kind else { return nil }
    let number = number(ofProcess: event.process, &recording)
    let process = processes[number].row
    events += 1
    switch kind {
    case .process:
      describe(number, event, &recording)
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
    note(event.time, number)
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
    let spawner = event.parent.map { row(ofTask: $0, process, &recording) }
    var record = recording.tasks[task]
    if let spawner {
      // A task cannot spawn itself; such a line says nothing about its parent.
      if spawner != task {
        record.parent = spawner
        record.parentSource = .log
        record.creation = .spawn
        if !event.span.isNone {
          recording.loggedSpans.append(
            LoggedSpan(task: spawner, trace: event.trace, span: event.span, time: event.time))
        }
      }
    }
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
    // A task may say again that it runs: that is another stretch, and none of it is lost.
    if before.state == .running, state != .running || time.nanoseconds > before.since.nanoseconds {
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
    let key = profileKey(task, wait, by: by, recording.tasks)
    let length = wasWaiting ? time.since(progress[task.index].since) : nil
    recording.waitProfile.note(length, in: recording.waitProfile.row(key))
  }

  private func profileKey(
    _ task: TaskIndex, _ wait: (reason: StringID, site: SiteID), by waker: TaskIndex,
    _ tasks: TaskTable
  ) -> WaitProfile.Key {
    let origin = { (task: TaskIndex) in tasks.origin(tasks.originRow(task)) }
    return WaitProfile.Key(
      process: tasks.process(task), reason: wait.reason, site: wait.site,
      wakerSite: .none, wakerEntry: waker.isNone ? .empty : origin(waker).entry,
      isByTask: !waker.isNone)
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
        let key = profileKey(task, recording.tasks.wait(task), by: .none, recording.tasks)
        recording.waitProfile.note(nil, in: recording.waitProfile.row(key))
      }
    }
    for process in processes {
      recording.logExtents.append(
        LogExtent(
          process: process.row, first: process.first, last: process.last, isComplete: isComplete,
          threads: []))
      guard !process.isMonotonic, process.first.isKnown else { continue }
      // The log is on the wall clock: say so with a snapshot that changes nothing.
      recording.clocks.append(
        ClockSnapshot(process: process.row, monotonic: process.first, wall: process.first))
    }
  }

  // MARK: Rows

  private mutating func number(ofProcess name: StringID, _ recording: inout Recording) -> Int {
    if name.index < processNumber.count, case let known = processNumber[name.index], known >= 0 {
      return Int(known)
    }
    var record = ProcessRecord()
    record.service = name
    let row = recording.processes.append(record, source: .taskLog, input: InputIndex(0))
    if name.index >= processNumber.count {
      let missing = name.index + 1 - processNumber.count
      processNumber.append(contentsOf: repeatElement(-1, count: missing))
    }
    processNumber[name.index] = Int32(truncatingIfNeeded: processes.count)
    processes.append(Process(row: row))
    return processes.count - 1
  }

  private mutating func row(
    ofTask name: TaskLogEvent.Name, _ process: ProcessIndex, _ recording: inout Recording
  ) -> TaskIndex {
    if let known = tasks.row(process, name) { return known }
    var record = TaskRecord()
    record.process = process
    switch name {
    case .number(let number): record.number = number
    case .text(let text): record.label = text
    }
    let row = recording.tasks.append(record)
    tasks.insert(row, process, name)
    progress.append(Progress())
    return row
  }

  private mutating func describe(
    _ number: Int, _ event: TaskLogEvent, _ recording: inout Recording
  ) {
    let row = processes[number].row
    var record = recording.processes.record[row.index]
    if event.service != .empty { record.service = event.service }
    if event.instance != .empty { record.instance = event.instance }
    if event.host != .empty { record.host = event.host }
    if event.runtime != .empty { record.runtime = event.runtime }
    if let pid = event.pid { record.pid = pid }
    recording.processes.update(row, record)
    if event.isMonotonic { processes[number].isMonotonic = true }
  }

  private mutating func note(_ time: Timestamp, _ number: Int) {
    guard time.isKnown else { return }
    let process = processes[number]
    if !process.first.isKnown || time.nanoseconds < process.first.nanoseconds {
      processes[number].first = time
    }
    if !process.last.isKnown || time.nanoseconds > process.last.nanoseconds {
      processes[number].last = time
    }
  }
}
