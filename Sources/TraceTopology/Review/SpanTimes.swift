/// What the tasks did while spans were open on them: of each span, and of each tree.
///
/// A span counts the time of its task from its start to its end, whatever else was open there. A tree
/// counts each moment of a task once, however many of its spans were open.
struct SpanTimes: Sendable {
  /// For each span row the place of its use; all ones where the scheduler says nothing of it.
  private var place: [UInt32] = []
  private var uses = TimeUseList()
  /// For each node its number in `trees`, if it is a root of which the scheduler says something.
  private var treeNumber: [UInt32] = []
  private var trees: [TimeUse] = []

  /// None.
  init() {}

  subscript(span: SpanIndex) -> TimeUse? {
    guard span.index < place.count, place[span.index] != .max else { return nil }
    var at = Int(place[span.index])
    return uses.next(&at)
  }

  /// What the tasks of the tree of a root did.
  func tree(_ root: SpanIndex) -> TimeUse? {
    guard root.index < treeNumber.count, treeNumber[root.index] != .max else { return nil }
    return trees[Int(treeNumber[root.index])]
  }

  /// `root` gives the root of each node's tree.
  init(_ run: ReviewFacts, _ timelines: Timelines, root: [SpanIndex]) {
    let spans = run.recording.spans
    guard timelines.isKnown else { return }
    place = Array(repeating: .max, count: spans.count)
    treeNumber = Array(repeating: .max, count: root.count)
    let byTask = RowLists(owners: run.recording.tasks.count, rows: spans.count) { row in
      run.isMeasurable(row) ? run.task(of: SpanIndex(row)).index : nil
    }
    var sweep = TimeSweep(
      clock: TaskClock(reasons: run.recording.waits.reason, timelines: timelines),
      starts: spans.start, ends: spans.end, root: root)
    for row in 0..<run.recording.tasks.count where !byTask[row].isEmpty {
      let task = TaskIndex(row)
      guard !timelines.stretches(of: task).isEmpty else { continue }
      sweep.begin(task, byTask[row])
      while let measured = sweep.next() { note(measured) }
    }
  }

  private mutating func note(_ measured: TimeSweep.Measured) {
    switch measured.subject {
    case .span(let row):
      // There is no room for so many in any memory.
      guard uses.words.count < Int(UInt32.max) else { return }
      place[row] = UInt32(truncatingIfNeeded: uses.append(measured.use))
    case .tree(let root):
      if treeNumber[root.index] == .max {
        treeNumber[root.index] = UInt32(truncatingIfNeeded: trees.count)
        trees.append(measured.use)
      } else {
        trees[Int(treeNumber[root.index])].add(measured.use)
      }
    }
  }
}

/// Sweeps over one task after another: a count of its time is read at each start and each end of a span.
private struct TimeSweep {
  enum Subject {
    case span(Int)
    case tree(SpanIndex)
  }

  struct Measured {
    var subject: Subject
    var use: TimeUse
  }

  /// A start or an end of a span; `number` is that of the span on its task.
  private struct Bound {
    var time: Int64
    var span: Int
    var number: Int
    var isEnd: Bool
  }

  private struct OpenTree {
    var spans: Int
    var reading: Int
  }

  var clock: TaskClock
  let starts: [Timestamp]
  let ends: [Timestamp]
  let root: [SpanIndex]
  private var bounds: [Bound] = []
  private var position = 0
  /// For each span of the task the reading at its start; negative for none.
  private var readings: [Int] = []
  private var trees: [OpenTree] = []
  /// For each node its place among the open trees.
  private var slot: [UInt32]
  /// The tree of the span that has just ended.
  private var head = SpanIndex.none

  init(clock: TaskClock, starts: [Timestamp], ends: [Timestamp], root: [SpanIndex]) {
    self.clock = clock
    self.starts = starts
    self.ends = ends
    self.root = root
    slot = Array(repeating: .max, count: root.count)
  }

  mutating func begin(_ task: TaskIndex, _ rows: ArraySlice<UInt32>) {
    bounds.removeAll(keepingCapacity: true)
    readings.removeAll(keepingCapacity: true)
    trees.removeAll(keepingCapacity: true)
    position = 0
    for (number, item) in rows.enumerated() {
      let row = Int(item)
      readings.append(-1)
      bounds.append(
        Bound(time: starts[row].nanoseconds, span: row, number: number, isEnd: false))
      bounds.append(Bound(time: ends[row].nanoseconds, span: row, number: number, isEnd: true))
    }
    if bounds.count > 2 {
      bounds.sort { a, b in
        if a.time != b.time { return a.time < b.time }
        return a.isEnd != b.isEnd ? !a.isEnd : a.span < b.span
      }
    }
    clock.begin(task)
  }

  /// What was measured next on the task; nil at its end.
  mutating func next() -> Measured? {
    if let tree = closeTree() { return tree }
    while position < bounds.count {
      let bound = bounds[position]
      position += 1
      clock.advance(to: bound.time)
      let tree = root[bound.span]
      if !bound.isEnd {
        let reading = clock.read()
        readings[bound.number] = reading
        if slot[tree.index] == .max {
          slot[tree.index] = UInt32(truncatingIfNeeded: trees.count)
          trees.append(OpenTree(spans: 0, reading: reading))
        }
        trees[Int(slot[tree.index])].spans += 1
      } else if readings[bound.number] >= 0 {
        head = tree
        return Measured(
          subject: .span(bound.span), use: clock.use(since: readings[bound.number]))
      }
    }
    return nil
  }

  /// Takes the span that has just ended off its tree; gives the tree if none is open any more.
  private mutating func closeTree() -> Measured? {
    guard !head.isNone, slot[head.index] != .max else { return nil }
    let tree = head
    head = .none
    let number = Int(slot[tree.index])
    trees[number].spans -= 1
    guard trees[number].spans == 0 else { return nil }
    slot[tree.index] = .max
    return Measured(subject: .tree(tree), use: clock.use(since: trees[number].reading))
  }
}

/// Counts what one task did, from its beginning on.
private struct TaskClock {
  /// Reasons beyond so many on one task are counted together, as of no name.
  private static let reasonLimit = 64

  private let reasons: ChunkedArray<StringID>
  private let timelines: Timelines
  private var task = TaskIndex.none
  private var stretch = 0
  private var behind = 0
  private var at: Int64 = .min
  private var use = TimeUse()
  /// States and waits as they were at the readings: running, runnable, system calls, unknown, waits.
  private var readings: [Int64] = []

  init(reasons: ChunkedArray<StringID>, timelines: Timelines) {
    self.reasons = reasons
    self.timelines = timelines
  }

  mutating func begin(_ task: TaskIndex) {
    self.task = task
    let range = timelines.stretches(of: task)
    stretch = range.lowerBound
    behind = range.upperBound
    at = .min
    use.running = 0
    use.runnable = 0
    use.syscall = 0
    use.unknown = 0
    use.waits.removeAll(keepingCapacity: true)
    readings.removeAll(keepingCapacity: true)
  }

  mutating func advance(to time: Int64) {
    if at == .min { at = min(time, timelines.from[stretch]) }
    if stretch == timelines.stretches(of: task).lowerBound, at < timelines.from[stretch], time > at
    {
      let before = min(time, timelines.from[stretch])
      use.unknown = use.unknown.addingSaturated(before.subtractingSaturated(at))
      at = before
    }
    while stretch < behind, at < time {
      let end = timelines.end(of: stretch, task)
      let to = min(end, time)
      if to > at {
        add(to.subtractingSaturated(at))
        at = to
      }
      if end <= time { stretch += 1 }
    }
    guard at < time else { return }
    use.unknown = use.unknown.addingSaturated(time.subtractingSaturated(at))
    at = time
  }

  private mutating func add(_ nanoseconds: Int64) {
    let row = timelines.wait[stretch]
    var reason = row == .max ? .empty : reasons[Int(row)]
    if use.waits.count >= Self.reasonLimit, !use.waits.contains(where: { $0.reason == reason }) {
      reason = .empty
    }
    use.add(timelines.doing[stretch], nanoseconds, reason: reason)
  }

  /// Keeps what the count is now; gives the place of that.
  mutating func read() -> Int {
    let place = readings.count
    readings.append(use.running)
    readings.append(use.runnable)
    readings.append(use.syscall)
    readings.append(use.unknown)
    readings.append(Int64(use.waits.count))
    for wait in use.waits { readings.append(wait.nanoseconds) }
    return place
  }

  /// What was counted since a reading.
  func use(since place: Int) -> TimeUse {
    var spent = TimeUse(
      running: use.running.subtractingSaturated(readings[place]),
      runnable: use.runnable.subtractingSaturated(readings[place + 1]),
      syscall: use.syscall.subtractingSaturated(readings[place + 2]),
      unknown: use.unknown.subtractingSaturated(readings[place + 3]))
    let known = Int(readings[place + 4])
    for (index, item) in use.waits.enumerated() {
      // Reasons are only ever added at the end.
      let earlier = index < known ? readings[place + 5 + index] : 0
      guard item.nanoseconds > earlier else { continue }
      spent.waits.append(
        TimeUse.Wait(
          reason: item.reason, nanoseconds: item.nanoseconds.subtractingSaturated(earlier)))
    }
    return spent
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
