/// The waits of some tasks that last until the end of their log.
struct LastWaits: Sendable {
  private var since: [TaskIndex: Timestamp] = [:]
  private let tasks: TaskTable

  init(_ run: ReviewFacts, tasks: [TaskIndex]) {
    self.tasks = run.recording.tasks
    let waits = run.recording.waits
    since.reserveCapacity(tasks.count)
    for row in 0..<waits.count where !waits.until[row].isKnown {
      since[waits.task[row]] = waits.since[row]
    }
  }

  /// For how long a task has waited at the end of its log: at least since the log began, if it fell
  /// asleep before; nil if no wait of it is written down.
  func length(_ task: TaskIndex, _ log: ReviewLog) -> Int64? {
    guard let since = since[task] else { return nil }
    let start = tasks.start(task)
    let first = since.isKnown ? since : start.isKnown ? start : log.first
    return log.last.since(first)
  }
}

/// Where workers wait for their next job.
///
/// A task that waits at a place, was woken there before and came back, is a worker, and so are all
/// tasks of its spawn site that wait there: if one of them was fed by two tasks, or several of one
/// spawner were. Where each was fed by one task alone it is a consumer, and waits for nothing more once
/// that one has ended.
struct WorkPlaces: Sendable {
  /// Tasks of one origin at one site.
  struct Place: Hashable {
    var entry: StringID
    var spawnSite: SiteID
    var waitSite: SiteID
  }

  /// Tasks of one spawner at a place.
  private struct Crew: Hashable {
    var place: Place
    var spawner: TaskIndex
  }

  /// Who fed the tasks of a place.
  private struct Feed {
    /// Two tasks fed one of them or one crew, or something that is no task did.
    var isShared = false
    /// Somebody who fed one of them still lives.
    var hasLiveFeeder = false
  }

  private var feeds: [Place: Feed] = [:]
  private var feeder: [TaskIndex: TaskIndex] = [:]
  private let table: TaskTable
  /// The places where anybody was woken, if not all waits are written down: then nobody knows who is a
  /// worker there.
  private var doubtful: Set<SiteID> = []

  init(_ run: ReviewFacts, tasks: [TaskIndex]) {
    table = run.recording.tasks
    let profile = run.recording.waitProfile
    if !run.recording.waits.isWhole {
      for row in 0..<profile.count where profile.durations.sums[row].count > 0 {
        doubtful.insert(profile.keys[row].site)
      }
    }
    var site: [TaskIndex: SiteID] = [:]
    for task in tasks { site[task] = table.wait(task).site }
    var crews: [Crew: TaskIndex] = [:]
    let waits = run.recording.waits
    for row in 0..<waits.count where waits.until[row].isKnown {
      let task = waits.task[row]
      guard let here = site[task], here == waits.site[row] else { continue }
      note(task, fedBy: waits.by[row], &crews)
    }
  }

  func place(_ task: TaskIndex) -> Place {
    let origin = table.origin(table.originRow(task))
    return Place(
      entry: origin.entry, spawnSite: origin.spawnSite, waitSite: table.wait(task).site)
  }

  private mutating func note(
    _ task: TaskIndex, fedBy source: TaskIndex, _ crews: inout [Crew: TaskIndex]
  ) {
    let place = place(task)
    let crew = Crew(place: place, spawner: table.parent(task))
    var feed = feeds[place] ?? Feed()
    let isOfTwo = (feeder[task] ?? source) != source || (crews[crew] ?? source) != source
    if source.isNone || isOfTwo { feed.isShared = true }
    if !source.isNone, table.outcome(source) != .ended { feed.hasLiveFeeder = true }
    feeds[place] = feed
    feeder[task] = source
    crews[crew] = source
  }

  /// Whether a task waits where workers wait.
  func isWorker(_ task: TaskIndex) -> Bool {
    if doubtful.contains(table.wait(task).site) { return true }
    guard let feed = feeds[place(task)] else { return false }
    if feed.isShared { return true }
    guard let own = feeder[task] else { return feed.hasLiveFeeder }
    return table.outcome(own) != .ended
  }
}
