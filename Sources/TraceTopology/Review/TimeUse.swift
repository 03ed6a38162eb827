/// Nanoseconds spent in each state, waits told apart by their reason.
struct TimeUse: Sendable, Equatable {
  struct Wait: Sendable, Equatable {
    var reason: StringID
    var nanoseconds: Int64
  }

  var running: Int64 = 0
  var runnable: Int64 = 0
  var syscall: Int64 = 0
  /// The scheduler log says nothing of this time.
  var unknown: Int64 = 0
  var waits: [Wait] = []

  var waiting: Int64 { waits.reduce(0) { $0.addingSaturated($1.nanoseconds) } }

  mutating func add(_ doing: Timelines.Doing, _ nanoseconds: Int64, reason: StringID) {
    switch doing {
    case .running: running = running.addingSaturated(nanoseconds)
    case .runnable: runnable = runnable.addingSaturated(nanoseconds)
    case .syscall: syscall = syscall.addingSaturated(nanoseconds)
    case .unknown: unknown = unknown.addingSaturated(nanoseconds)
    case .waiting: wait(reason, nanoseconds)
    }
  }

  mutating func wait(_ reason: StringID, _ nanoseconds: Int64) {
    for index in waits.indices where waits[index].reason == reason {
      waits[index].nanoseconds = waits[index].nanoseconds.addingSaturated(nanoseconds)
      return
    }
    waits.append(Wait(reason: reason, nanoseconds: nanoseconds))
  }

  mutating func add(_ other: TimeUse) {
    running = running.addingSaturated(other.running)
    runnable = runnable.addingSaturated(other.runnable)
    syscall = syscall.addingSaturated(other.syscall)
    unknown = unknown.addingSaturated(other.unknown)
    for item in other.waits { wait(item.reason, item.nanoseconds) }
  }

  /// What was spent between two readings of one count.
  func since(_ before: TimeUse) -> TimeUse {
    var use = TimeUse(
      running: running - before.running, runnable: runnable - before.runnable,
      syscall: syscall - before.syscall, unknown: unknown - before.unknown)
    for (index, item) in waits.enumerated() {
      // Reasons are only ever added at the end.
      let earlier = index < before.waits.count ? before.waits[index].nanoseconds : 0
      if item.nanoseconds > earlier {
        use.waits.append(Wait(reason: item.reason, nanoseconds: item.nanoseconds - earlier))
      }
    }
    return use
  }
}

/// What the tasks did while spans were open on them: of each span, and of each tree.
///
/// A span counts the time of its task from its start to its end, whatever else was open there. A tree
/// counts each moment of a task once, however many of its spans were open.
struct SpanTimes: Sendable {
  /// For each span row its place in `uses`; all ones where the scheduler says nothing of it.
  private var place: [UInt32] = []
  private var uses: [TimeUse] = []
  private(set) var trees: [SpanIndex: TimeUse] = [:]

  /// None.
  init() {}

  subscript(span: SpanIndex) -> TimeUse? {
    guard span.index < place.count, place[span.index] != .max else { return nil }
    return uses[Int(place[span.index])]
  }

  /// `root` gives the root of each node's tree.
  init(_ run: ReviewFacts, _ timelines: Timelines, root: [SpanIndex]) {
    let spans = run.recording.spans
    place = Array(repeating: .max, count: spans.count)
    let byTask = RowLists(owners: run.recording.tasks.count, rows: spans.count) { row in
      run.isMeasurable(row) ? run.task(of: SpanIndex(row)).index : nil
    }
    for row in 0..<run.recording.tasks.count where !byTask[row].isEmpty {
      let task = TaskIndex(row)
      guard !timelines.stretches(of: task).isEmpty else { continue }
      measure(Array(byTask[row]), task, run, timelines, root)
    }
  }

  /// An end of a span.
  private struct Bound {
    var time: Int64
    var span: Int
    var isEnd: Bool
  }

  private struct OpenTree {
    var spans: Int
    var before: TimeUse
  }

  /// Sweeps over one task once: a count of its time is read at each start and each end.
  private mutating func measure(
    _ rows: [UInt32], _ task: TaskIndex, _ run: ReviewFacts, _ timelines: Timelines,
    _ root: [SpanIndex]
  ) {
    let spans = run.recording.spans
    var bounds: [Bound] = []
    for row in rows.map({ Int($0) }) {
      bounds.append(Bound(time: spans.start[row].nanoseconds, span: row, isEnd: false))
      bounds.append(Bound(time: spans.end[row].nanoseconds, span: row, isEnd: true))
    }
    bounds.sort { a, b in
      if a.time != b.time { return a.time < b.time }
      return a.isEnd != b.isEnd ? !a.isEnd : a.span < b.span
    }
    var clock = TaskClock(task, run.recording, timelines)
    var before: [Int: TimeUse] = [:]
    var open: [SpanIndex: OpenTree] = [:]
    for bound in bounds {
      clock.advance(to: bound.time)
      let head = root[bound.span]
      if bound.isEnd {
        guard let start = before.removeValue(forKey: bound.span) else { continue }
        place[bound.span] = UInt32(truncatingIfNeeded: uses.count)
        uses.append(clock.use.since(start))
        guard var tree = open[head] else { continue }
        tree.spans -= 1
        open[head] = tree.spans > 0 ? tree : nil
        if tree.spans == 0 { trees[head, default: TimeUse()].add(clock.use.since(tree.before)) }
      } else {
        before[bound.span] = clock.use
        open[head, default: OpenTree(spans: 0, before: clock.use)].spans += 1
      }
    }
  }
}

/// Counts what one task did, from its beginning on.
private struct TaskClock {
  private let task: TaskIndex
  private let recording: Recording
  private let timelines: Timelines
  private var stretch: Int
  private let behind: Int
  private var at: Int64
  private(set) var use = TimeUse()

  init(_ task: TaskIndex, _ recording: Recording, _ timelines: Timelines) {
    self.task = task
    self.recording = recording
    self.timelines = timelines
    let range = timelines.stretches(of: task)
    stretch = range.lowerBound
    behind = range.upperBound
    at = .min
  }

  mutating func advance(to time: Int64) {
    if at == .min { at = min(time, timelines.from[stretch]) }
    if stretch == timelines.first[task.index], at < timelines.from[stretch], time > at {
      let before = min(time, timelines.from[stretch])
      use.unknown = use.unknown.addingSaturated(before.subtractingSaturated(at))
      at = before
    }
    while stretch < behind, at < time {
      let to = min(timelines.end(of: stretch, task), time)
      if to > at {
        let row = timelines.wait[stretch]
        use.add(
          timelines.doing[stretch], to.subtractingSaturated(at),
          reason: row == .max ? .empty : recording.waits.reason[Int(row)])
        at = to
      }
      if timelines.end(of: stretch, task) <= time { stretch += 1 }
    }
    guard at < time else { return }
    use.unknown = use.unknown.addingSaturated(time.subtractingSaturated(at))
    at = time
  }
}

extension ReviewFacts {
  /// Whether a span is known from its start to its end, all of it on one task.
  fileprivate func isMeasurable(_ row: Int) -> Bool {
    let spans = recording.spans
    guard isListed(row), spans.start[row].isKnown, spans.end[row].isKnown,
      spans.end[row].nanoseconds >= spans.start[row].nanoseconds
    else { return false }
    let task = task(of: SpanIndex(row))
    let last = row < endTaskOfSpan.count ? endTaskOfSpan[row] : .none
    return !task.isNone && (last.isNone || last == task)
  }

  /// For each node the root of its tree.
  func roots() -> [SpanIndex] {
    let parent = reattached.parent
    var root = Array(repeating: SpanIndex.none, count: parent.count)
    var path: [Int] = []
    for start in 0..<parent.count {
      var at = start
      while root[at].isNone {
        path.append(at)
        if parent[at].isNone {
          root[at] = SpanIndex(at)
        } else {
          at = parent[at].index
        }
      }
      for step in path { root[step] = root[at] }
      path.removeAll(keepingCapacity: true)
    }
    return root
  }
}
