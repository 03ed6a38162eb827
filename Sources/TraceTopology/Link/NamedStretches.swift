/// A named stretch of a Go trace that may stand for a span: a runtime task or a region.
struct NamedStretch: Sendable {
  var name: StringID
  var start: Timestamp
  var end: Timestamp
  /// Whether the trace shows its end.
  var hasEnded: Bool
  /// The goroutines that began and ended it; `none` where the trace does not say.
  var begunOn: TaskIndex
  var endedOn: TaskIndex
  /// The row of the stretch that this one says it is part of, if it says so.
  var parent: Int?
  /// Tells apart what begins at one moment.
  var number: UInt64
}

/// The runtime tasks, or the regions, of each Go trace, in the order of their begin.
struct NamedStretches: Sendable {
  /// How closely stretch and span belong together.
  struct Fit: Sendable {
    /// How far a stretch may begin or end before its span, in nanoseconds.
    var early: Int64
    /// How far after it.
    var late: Int64
    /// Whether a stretch names the one above it.
    var knowsParent: Bool
  }

  let fit: Fit
  let tie: ProcessTie
  private(set) var rows: [NamedStretch] = []
  /// The rows of each trace, by its process row.
  private(set) var ofLog: [ProcessIndex: [Int]] = [:]
  /// The rows of each trace by name.
  private(set) var byName: [ProcessIndex: [StringID: [Int]]] = [:]

  /// The runtime tasks. The OpenTelemetry SDK opens one right after the start time of its span was
  /// taken; a goroutine can be descheduled in between, but no task begins before its span by more
  /// than what the clocks differ by.
  static func runtimeTasks(_ recording: Recording) -> NamedStretches {
    var found = NamedStretches(
      fit: Fit(early: 2_000, late: 5_000_000, knowsParent: true), tie: .runtimeTasks)
    var rowOfTask: [TaskIndex: Int] = [:]
    for (row, sides) in recording.userTasks.enumerated() { rowOfTask[sides.task] = row }
    for sides in recording.userTasks {
      let task = recording.tasks[sides.task]
      found.rows.append(
        NamedStretch(
          name: task.entry, start: task.start, end: task.end, hasEnded: task.outcome == .ended,
          begunOn: sides.begunOn, endedOn: sides.endedOn, parent: rowOfTask[task.parent],
          number: task.number ?? 0))
    }
    found.index { recording.tasks[recording.userTasks[$0].task].process }
    return found
  }

  /// The regions. A program opens one beside its span, before or after it.
  static func regions(_ recording: Recording) -> NamedStretches {
    var found = NamedStretches(
      fit: Fit(early: 100_000, late: 100_000, knowsParent: false), tie: .regions)
    for region in recording.regions {
      found.rows.append(
        NamedStretch(
          name: region.name, start: region.start, end: region.end, hasEnded: region.end.isKnown,
          begunOn: region.task, endedOn: region.end.isKnown ? region.task : .none, parent: nil,
          number: recording.tasks.number(of: region.task)))
    }
    found.index { recording.tasks.process(of: recording.regions[$0].task) }
    return found
  }

  private init(fit: Fit, tie: ProcessTie) {
    self.fit = fit
    self.tie = tie
  }

  private mutating func index(_ process: (Int) -> ProcessIndex) {
    for row in 0..<rows.count where rows[row].start.isKnown {
      let log = process(row)
      guard !log.isNone else { continue }
      ofLog[log, default: []].append(row)
    }
    let all = rows
    for log in ofLog.keys {
      ofLog[log]?.sort {
        let a = all[$0]
        let b = all[$1]
        if a.start != b.start { return a.start.nanoseconds < b.start.nanoseconds }
        return (a.number, a.end.nanoseconds) < (b.number, b.end.nanoseconds)
      }
      for row in ofLog[log] ?? [] {
        byName[log, default: [:]][all[row].name, default: []].append(row)
      }
    }
  }

  /// The first place in `sorted`, rows of one trace, that begins at `time` or later.
  func firstPlace(in sorted: [Int], from time: Int64) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if rows[sorted[middle]].start.nanoseconds < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension TaskTable {
  /// The number of a task, 0 where there is none.
  fileprivate func number(of task: TaskIndex) -> UInt64 { task.isNone ? 0 : self[task].number ?? 0 }

  fileprivate func process(of task: TaskIndex) -> ProcessIndex {
    task.isNone ? .none : self[task].process
  }
}
