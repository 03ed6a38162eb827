/// Why a tree took as long as it did: for each moment between the start and the end of its root, on what
/// the end was waiting then.
///
/// It is walked back from the end of the root, on the root's task. Where that task ran, was ready to run
/// or was in a system call, the time is its own. Where it waited and another task woke it, the path goes
/// on in that task, back to where the wait began; there it returns. A task that did not exist yet stands
/// for its spawner. Where it waited for anything else, a span below that ended meanwhile on another
/// task, such as the server's side of a call, is followed; else the wait itself is on the path. Spans of
/// which the scheduler says nothing are followed by their children, that of the latest end first.
struct CriticalPath: Sendable {
  /// A part of the path on one task in one span.
  struct Step: Sendable {
    var span: SpanIndex
    var task: TaskIndex
    var from: Int64
    var to: Int64
    /// What the task did; `unknown` is the span's own time where no scheduler log tells.
    var use = TimeUse()
  }

  /// Only so many steps, the longest ones, are kept.
  static let stepLimit = 24

  /// In order of time.
  var steps: [Step] = []
  /// Steps that are not kept.
  var left = 0
  /// Of all steps.
  var use = TimeUse()
  var from: Int64
  var to: Int64

  var length: Int64 { to.subtractingSaturated(from) }
}

/// Walks the critical paths of all trees.
struct CriticalPathWalk {
  /// Moves on one path, and on all of them together; a path that takes more ends in unknown time. So many
  /// moves each path has in any case.
  private static let moveLimit = 20_000
  private static let budget = 20_000_000
  private static let fewest = 256
  /// Tasks that wait for each other at one moment.
  private static let depthLimit = 64

  /// Somebody who is waited for, back to `floor`.
  private struct Frame {
    var task: TaskIndex
    /// The span on whose behalf: its children may tell what is waited for.
    var span: SpanIndex
    var floor: Int64
  }

  private let run: ReviewFacts
  private let timelines: Timelines
  private let layers: SpanLayers
  private var children: RowLists
  private var budgetLeft = CriticalPathWalk.budget

  private var frames: [Frame] = []
  private var at: Int64 = 0
  private var path = CriticalPath(from: 0, to: 0)

  init(_ run: ReviewFacts, _ timelines: Timelines) {
    self.run = run
    self.timelines = timelines
    layers = SpanLayers(run)
    let spans = run.recording.spans
    let parent = run.reattached.parent
    children = RowLists(owners: parent.count, rows: spans.count) { row in
      parent[row].isNone || !run.isListed(row) || !spans.end[row].isKnown
        || !spans.start[row].isKnown ? nil : parent[row].index
    }
    children.sortEach { a, b in
      let (left, right) = (spans.end[Int(a)].nanoseconds, spans.end[Int(b)].nanoseconds)
      return left != right ? left < right : a < b
    }
  }

  /// A walk for so many of all trees, with their share of the moves: what it finds does not depend on
  /// the other trees.
  func share(_ trees: Int, of all: Int) -> CriticalPathWalk {
    var walk = self
    walk.budgetLeft = Self.budget * trees / max(all, 1)
    return walk
  }

  /// The path of the tree of a root; nil where its start or its end is unknown.
  mutating func path(of root: SpanIndex) -> CriticalPath? {
    let spans = run.recording.spans
    guard root.index < spans.count,
      let length = spans.end[root.index].since(spans.start[root.index]),
      length > 0
    else { return nil }
    let (from, to) = (spans.start[root.index].nanoseconds, spans.end[root.index].nanoseconds)
    begin(from, to)
    at = to
    push(run.task(of: root), root, floor: from)
    var moves = min(Self.moveLimit, max(budgetLeft, Self.fewest))
    while at > from, let frame = frames.last {
      moves -= 1
      budgetLeft -= 1
      if moves < 0 {
        put(frame, .unknown, downTo: from, .empty)
      } else if at <= frame.floor {
        frames.removeLast()
      } else {
        move(frame)
      }
    }
    if at > from { note(.none, .none, .unknown, from, .empty) }
    close()
    return path
  }

  /// The room of the path before is used again.
  private mutating func begin(_ from: Int64, _ to: Int64) {
    path.steps.removeAll(keepingCapacity: true)
    path.left = 0
    path.use = TimeUse()
    path.from = from
    path.to = to
    frames.removeAll(keepingCapacity: true)
  }

  private mutating func push(_ task: TaskIndex, _ span: SpanIndex, floor: Int64) {
    frames.append(Frame(task: task, span: span, floor: floor))
  }

  /// One move back in time, or to somebody else.
  private mutating func move(_ frame: Frame) {
    guard !frame.task.isNone, !timelines.stretches(of: frame.task).isEmpty else {
      return follow(frame, orStay: .unknown, .empty, downTo: frame.floor)
    }
    guard let stretch = timelines.stretch(before: at, of: frame.task) else {
      return leaveTask(frame)
    }
    let low = max(timelines.from[stretch], frame.floor)
    let row = timelines.wait[stretch]
    guard timelines.doing[stretch] == .waiting, row != .max else {
      let layer = layers.layer(before: at, of: frame.task)
      return put(frame, timelines.doing[stretch], downTo: max(low, layer.from), .empty)
    }
    let waits = run.recording.waits
    let waker = waits.by[Int(row)]
    let isWokenNow = at == timelines.end(of: stretch, frame.task)
    if isWokenNow, !waker.isNone, waker != frame.task, frames.count < Self.depthLimit {
      return push(waker, span(of: frame), floor: low)
    }
    follow(frame, orStay: .waiting, waits.reason[Int(row)], downTo: low)
  }

  /// The innermost span open on the task of a frame, or else the one on whose behalf it works.
  private func span(of frame: Frame) -> SpanIndex {
    let here = layers.layer(before: at, of: frame.task).span
    return here.isNone ? frame.span : here
  }

  /// Before a task began its spawner was at it; what it did after its end nobody knows.
  private mutating func leaveTask(_ frame: Frame) {
    let tasks = run.recording.tasks
    let start = tasks.start(frame.task)
    let parent = tasks.parent(frame.task)
    guard start.isKnown, start.nanoseconds >= at, !parent.isNone else {
      let end = timelines.end[frame.task.index]
      return put(frame, .unknown, downTo: end < at ? max(end, frame.floor) : frame.floor, .empty)
    }
    // The spawner waits for it, of all things, if it is one of those below.
    if frames.dropLast().contains(where: { $0.task == parent }) {
      frames.removeLast()
      return put(frames[frames.count - 1], .unknown, downTo: frame.floor, .empty)
    }
    frames[frames.count - 1].task = parent
  }

  /// Goes on in the child that ended last before now, or stays in the frame down to there.
  private mutating func follow(
    _ frame: Frame, orStay doing: Timelines.Doing, _ reason: StringID, downTo low: Int64
  ) {
    let spans = run.recording.spans
    let owner = doing == .unknown ? frame.span : span(of: frame)
    guard !owner.isNone, owner.index < run.reattached.parent.count else {
      return put(frame, doing, downTo: low, reason)
    }
    for row in children[owner.index].ended(by: at, spans).reversed() {
      let child = SpanIndex(raw: row)
      let (start, end) = (spans.start[child.index].nanoseconds, spans.end[child.index].nanoseconds)
      guard end > low else { break }
      // What the task itself does while it waits is nothing.
      if start >= end || doing == .waiting && run.task(of: child) == frame.task { continue }
      if at > end { put(frame, doing, downTo: end, reason) }
      return push(run.task(of: child), child, floor: max(start, low))
    }
    put(frame, doing, downTo: low, reason)
  }

  private mutating func put(
    _ frame: Frame, _ doing: Timelines.Doing, downTo low: Int64, _ reason: StringID
  ) {
    let here = frame.task.isNone ? .none : layers.layer(before: at, of: frame.task).span
    let isWithout = frame.task.isNone || timelines.stretches(of: frame.task).isEmpty
    note(isWithout ? frame.span : here, frame.task, doing, low, reason)
  }

  /// Puts the time from `low` to now on the path.
  private mutating func note(
    _ span: SpanIndex, _ task: TaskIndex, _ doing: Timelines.Doing, _ low: Int64, _ reason: StringID
  ) {
    guard low < at else { return }
    if path.steps.last?.span != span || path.steps.last?.task != task {
      path.steps.append(CriticalPath.Step(span: span, task: task, from: at, to: at))
    }
    let last = path.steps.count - 1
    path.steps[last].from = low
    path.steps[last].use.add(doing, at.subtractingSaturated(low), reason: reason)
    path.use.add(doing, at.subtractingSaturated(low), reason: reason)
    at = low
  }

  /// Turns the path the right way round, and keeps what is long of it.
  private mutating func close() {
    path.steps.reverse()
    guard path.steps.count > CriticalPath.stepLimit else { return }
    let lengths = path.steps.map { $0.to.subtractingSaturated($0.from) }.sorted(by: >)
    let least = lengths[CriticalPath.stepLimit - 1]
    var equal = CriticalPath.stepLimit - lengths.count { $0 > least }
    path.left = path.steps.count - CriticalPath.stepLimit
    path.steps.removeAll { step in
      let length = step.to.subtractingSaturated(step.from)
      guard length == least else { return length < least }
      equal -= 1
      return equal < 0
    }
  }
}

extension ArraySlice<UInt32> {
  /// Of spans in the order of their ends those that have ended by a time.
  fileprivate func ended(by time: Int64, _ spans: SpanTable) -> ArraySlice<UInt32> {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if spans.end[Int(self[middle])].nanoseconds <= time {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return self[startIndex..<low]
  }
}
