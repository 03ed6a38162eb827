/// By what tasks are counted together.
public enum TaskGrouping: String, Sendable, CaseIterable {
  /// By what they do: running, runnable, waiting, in a system call.
  case state
  /// And by what they wait for.
  case reason
  /// And by where they wait.
  case site
}

/// Tasks that do the same at one moment.
public struct TaskCount: Sendable, Equatable {
  /// How many tasks.
  public var count: Int
  /// What they do: `running`, `runnable`, `waiting`, `syscall` or `unknown`.
  public var state: String
  /// What they wait for; empty if they do not wait, nobody says, or it was not asked for.
  public var reason: String
  /// Where they wait, as `function (file:line)`; empty likewise.
  public var site: String
}

extension Topology {
  /// The tasks that were alive at a moment, by what they did; the most numerous first.
  ///
  /// At the end of the logs the state is the one that the log states last; before, it is read from the
  /// waits and from the stretches on a processor, which hold system calls as well. Dumps show one moment
  /// and no times, so they count at the end alone.
  ///
  /// - Parameters:
  ///   - moment: when; nil for the end of the logs.
  ///   - grouping: how finely they are told apart.
  ///   - showsSystem: whether the runtime's own tasks count.
  /// - Returns: one entry for each kind of doing.
  public func taskCounts(
    at moment: SpanFilter.Moment?, by grouping: TaskGrouping, showsSystem: Bool = false
  ) -> [TaskCount] {
    let snapshot = TaskSnapshot(self, at: moment, showsSystem: showsSystem)
    var counts: [TaskSnapshot.Doing: Int] = [:]
    for doing in snapshot.doing {
      var doing = doing
      if grouping == .state { doing.reason = .empty }
      if grouping != .site { doing.site = .none }
      counts[doing, default: 0] += 1
    }
    return counts.map { doing, count in
      TaskCount(
        count: count, state: doing.state.name, reason: recording.strings.text(doing.reason),
        site: place(doing.site))
    }.sorted {
      if $0.count != $1.count { return $0.count > $1.count }
      return ($0.state, $0.reason, $0.site) < ($1.state, $1.reason, $1.site)
    }
  }

  /// A place in the source for people: `main.handle (main.go:88)`.
  private func place(_ site: SiteID) -> String {
    guard let site = recording.sites[site] else { return "" }
    let function = recording.strings.text(site.function)
    let place = NodeLabel.site(file: recording.strings.text(site.file), line: site.line)
    if place.isEmpty { return function }
    return function.isEmpty ? place : "\(function) (\(place))"
  }
}

/// What each task did at one moment.
struct TaskSnapshot {
  struct Doing: Hashable {
    var state: TaskState
    var reason = StringID.empty
    var site = SiteID.none
  }

  /// For each task that was alive.
  private(set) var doing: [Doing] = []
  private let topology: Topology

  init(_ topology: Topology, at moment: SpanFilter.Moment?, showsSystem: Bool) {
    self.topology = topology
    let tasks = topology.recording.tasks
    let shown = topology.taskOrder.filter {
      tasks.kind($0) != .userTask && (showsSystem || !tasks.isSystem($0))
    }
    guard let moment else {
      doing = shown.filter { tasks.outcome($0) != .ended }.compactMap(atEnd)
      return
    }
    let time =
      switch moment {
      case .afterStart(let nanoseconds): nanoseconds
      case .unix(let nanoseconds): nanoseconds.subtractingSaturated(topology.origin.nanoseconds)
      }
    let states = states(at: time)
    for task in shown where isAlive(task, at: time) {
      doing.append(states[task] ?? Doing(state: .runnable))
    }
  }

  /// What the log says last; nil for a task of which only the number is known.
  private func atEnd(_ task: TaskIndex) -> Doing? {
    let record = topology.recording.tasks[task]
    if record.lastState == .unknown, record.start == .unknown, record.entry == .empty { return nil }
    guard record.lastState == .waiting else { return Doing(state: record.lastState) }
    return Doing(state: .waiting, reason: record.waitReason, site: record.waitSite)
  }

  private func isAlive(_ task: TaskIndex, at time: Int64) -> Bool {
    let record = topology.recording.tasks[task]
    let extent = topology.recording.logExtents.contains { $0.process == record.process }
    guard extent else { return false }
    let start = topology.clock.task(record.start, of: record.process) ?? .min
    let end = topology.clock.task(record.end, of: record.process) ?? .max
    return start <= time && time < end
  }

  /// The tasks that waited or ran at a moment.
  private func states(at time: Int64) -> [TaskIndex: Doing] {
    let recording = topology.recording
    var found: [TaskIndex: Doing] = [:]
    let holds = { (task: TaskIndex, from: Timestamp, to: Timestamp) -> Bool in
      let process = recording.tasks.process(task)
      let start = topology.clock.task(from, of: process) ?? .min
      let end = topology.clock.task(to, of: process) ?? .max
      return start <= time && time < end
    }
    for row in 0..<recording.runs.count
    where holds(recording.runs.task[row], recording.runs.start[row], recording.runs.end[row]) {
      found[recording.runs.task[row]] = Doing(state: .running)
    }
    let waits = recording.waits
    for row in 0..<waits.count where holds(waits.task[row], waits.since[row], waits.until[row]) {
      found[waits.task[row]] = Doing(
        state: .waiting, reason: waits.reason[row], site: waits.site[row])
    }
    return found
  }
}
