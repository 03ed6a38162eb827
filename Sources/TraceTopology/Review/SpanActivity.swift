/// What went on below each span: below it in its tree, and on the tasks that were spawned under it.
struct SpanActivity: Sendable {
  /// How many spans and tasks below a span are looked at. A span with more than that is busy.
  private static let limit = 4096

  private let children: RowLists
  private let spawned: RowLists
  private let spawnedByTask: RowLists
  private let spanCount: Int
  /// For each site where locks are waited for: when tasks were woken there, in order.
  private let wakeUps: [SiteID: [Int64]]

  init(_ run: ReviewFacts, _ long: LongWaits) {
    let parent = run.reattached.parent
    let count = run.recording.spans.count
    spanCount = count
    children = RowLists(owners: parent.count, rows: parent.count) { row in
      parent[row].isNone || (row < count && run.isAbsorbed[row]) ? nil : parent[row].index
    }
    let creators = run.spawnedUnder
    spawned = RowLists(owners: parent.count, rows: creators.count) {
      creators[$0].isNone ? nil : creators[$0].index
    }
    let tasks = run.recording.tasks
    spawnedByTask = RowLists(owners: tasks.count, rows: tasks.count) { row in
      let parent = tasks.parent(TaskIndex(row))
      return parent.isNone ? nil : parent.index
    }
    wakeUps = Self.wakeUps(run, long)
  }

  /// Wake-ups at the sites where somebody waited long for a lock.
  private static func wakeUps(_ run: ReviewFacts, _ long: LongWaits) -> [SiteID: [Int64]] {
    let waits = run.recording.waits
    var found: [SiteID: [Int64]] = [:]
    var kinds: [StringID: WaitKind] = [:]
    for row in long.rows {
      let reason = waits.reason[Int(row)]
      let kind = kinds[reason] ?? WaitKind(run.text(reason))
      kinds[reason] = kind
      if kind == .lock { found[waits.site[Int(row)]] = [] }
    }
    guard !found.isEmpty else { return [:] }
    for row in 0..<waits.count where waits.until[row].isKnown {
      found[waits.site[row]]?.append(waits.until[row].nanoseconds)
    }
    return found.mapValues { $0.sorted() }
  }

  /// Whether others were woken while this one waited for a lock: a queue that moves is long, not hung.
  func isMovingQueue(_ wait: Int, _ waits: WaitTable) -> Bool {
    guard let times = wakeUps[waits.site[wait]] else { return false }
    let since = waits.since[wait].nanoseconds
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= since { low = middle + 1 } else { high = middle }
    }
    return low < times.count && times[low] < waits.until[wait].nanoseconds
  }

  /// The longest part of a wait inside a span in which nothing below the span happened.
  func quiet(_ span: Int, wait: Int, _ run: ReviewFacts, _ long: LongWaits) -> Int64 {
    let waits = run.recording.waits
    let from = max(run.recording.spans.start[span].nanoseconds, waits.since[wait].nanoseconds)
    let to = min(run.recording.spans.end[span].nanoseconds, waits.until[wait].nanoseconds)
    var busy: [(from: Int64, to: Int64)] = []
    var pending: [(row: UInt32, isTask: Bool)] = [(UInt32(truncatingIfNeeded: span), false)]
    var next = 0
    while next < pending.count {
      guard pending.count <= Self.limit else { return 0 }
      let item = pending[next]
      next += 1
      if item.isTask {
        addLife(TaskIndex(raw: item.row), run, long, to: &busy)
        for row in spawnedByTask[Int(item.row)] { pending.append((row, true)) }
        continue
      }
      if next > 1 { addSpan(Int(item.row), run, to: &busy) }
      for child in children[Int(item.row)] { pending.append((child, false)) }
      for row in spawned[Int(item.row)] { pending.append((row, true)) }
    }
    return Self.longestGap(from, to, busy)
  }

  private func addSpan(_ row: Int, _ run: ReviewFacts, to busy: inout [(from: Int64, to: Int64)]) {
    guard row < spanCount, run.recording.spans.start[row].isKnown else { return }
    let end = run.recording.spans.end[row]
    busy.append(
      (run.recording.spans.start[row].nanoseconds, end.isKnown ? end.nanoseconds : .max))
  }

  /// A task is busy between its long waits.
  private func addLife(
    _ task: TaskIndex, _ run: ReviewFacts, _ long: LongWaits,
    to busy: inout [(from: Int64, to: Int64)]
  ) {
    let tasks = run.recording.tasks
    let record = tasks[task]
    guard record.start.isKnown else { return }
    let isWaiting = record.outcome == .open && record.lastState == .waiting
    let last = record.end.isKnown ? record.end.nanoseconds : .max
    var at = record.start.nanoseconds
    let waits = run.recording.waits
    for row in long.rows(of: task, from: record.start, to: Timestamp(last)) {
      busy.append((at, max(at, waits.since[row].nanoseconds)))
      at = waits.until[row].nanoseconds
    }
    // What waits until the end of the log may have done so for all this time.
    busy.append((at, isWaiting ? at : max(at, last)))
  }

  private static func longestGap(
    _ from: Int64, _ to: Int64, _ busy: [(from: Int64, to: Int64)]
  ) -> Int64 {
    var at = from
    var longest: Int64 = 0
    for stretch in busy.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
      guard at < to else { break }
      longest = max(longest, min(stretch.from, to).subtractingSaturated(at))
      at = max(at, stretch.to)
    }
    return max(longest, to.subtractingSaturated(min(at, to)))
  }
}
