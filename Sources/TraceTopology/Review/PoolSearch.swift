/// Tasks of one origin that are handed one job after the other by others.
struct WorkerPool: Sendable {
  /// What tells a pool from others: what its workers run, where they were spawned, in which process.
  struct Origin: Hashable, Sendable {
    var process: ProcessIndex
    var entry: StringID
    var spawnSite: SiteID
  }

  var origin: Origin
  /// Where the workers wait for jobs.
  var site: SiteID
  var workers: [TaskIndex] = []
  /// Jobs of each worker, in the order of `workers`.
  var jobs: [Int] = []
  /// Hand-offs for which somebody had to wait until a worker was free.
  var blocked = 0
  /// How long each job waited for a worker that ran, sorted.
  var queued: [Int64] = []
  /// What the workers spent waiting for jobs, and all of their lives.
  var idle: Int64 = 0
  var life: Int64 = 0
  /// Whether one of the workers has jobs of two others, or two have jobs of the same one: consumers that
  /// each have a producer of their own are no pool.
  var isShared = false

  var jobCount: Int { jobs.reduce(0, +) }
  var idleShare: Double { life > 0 ? Double(idle) / Double(life) : 0 }
  var blockedShare: Double { jobCount > 0 ? Double(blocked) / Double(jobCount) : 0 }

  /// Adds what a worker waited for a job, as far as the log tells.
  mutating func addIdle(_ length: Int64?) { idle = idle.addingSaturated(max(length ?? 0, 0)) }

  /// Adds what a worker lived, as far as the log tells.
  mutating func addLife(_ length: Int64?) { life = life.addingSaturated(max(length ?? 0, 0)) }
}

/// Finds the worker pools of a run in its waits.
///
/// A hand-off to a worker shows in two ways: the worker waited and was woken by a send or a signal; or the
/// sender waited until the worker took its value. Buffered channels that are neither full nor empty show
/// nothing.
struct PoolSearch {
  private struct Place: Hashable {
    var group: Int
    var site: SiteID
  }

  private let run: ReviewFacts
  private let waits: WaitTable
  private let tasks: TaskTable
  private var origins: [WorkerPool.Origin] = []
  /// For each row of the table of origins its group; -1 for what is no program's task.
  private var groupOfOrigin: [UInt32: Int] = [:]
  private var kinds: [StringID: WaitKind] = [:]

  init(_ run: ReviewFacts) {
    self.run = run
    waits = run.recording.waits
    tasks = run.recording.tasks
  }

  /// The pools in the order of their first workers: processes of one program have pools that nothing else
  /// tells apart.
  mutating func pools() -> [WorkerPool] {
    let (places, sites) = jobPlaces()
    guard !places.isEmpty else { return [] }
    var pools: [Place: WorkerPool] = [:]
    for place in places {
      pools[place] = WorkerPool(origin: origins[place.group], site: place.site)
    }
    var seats: [TaskIndex: Seat] = [:]
    for row in 0..<tasks.count {
      let task = TaskIndex(row)
      guard let group = groupOfOrigin[tasks.originRow(task)], !tasks.isSystem(task) else {
        continue
      }
      let place = Place(group: group, site: sites[row])
      guard let pool = pools[place] else { continue }
      seats[task] = Seat(pool: place, index: pool.workers.count)
      pools[place]?.workers.append(task)
      pools[place]?.jobs.append(0)
    }
    var first = FirstMoves()
    for row in 0..<waits.count { note(row, seats, &first, &pools) }
    var byWorker: [TaskIndex: WorkerPool] = [:]
    for pool in pools.values.compactMap({ finish($0, first) }) {
      if let worker = run.sorted(pool.workers).first { byWorker[worker] = pool }
    }
    return run.sorted(Array(byWorker.keys)).compactMap { byWorker[$0] }
  }

  /// Which worker of which pool a task is.
  private struct Seat {
    var pool: Place
    var index: Int
  }

  /// When each worker first took a job, or waited for one, and when it first gave something itself; and
  /// who gave it its last job.
  private struct FirstMoves {
    private var giver: [TaskIndex: TaskIndex] = [:]
    private var worker: [TaskIndex: TaskIndex] = [:]
    var taken: [TaskIndex: Int64] = [:]
    var given: [TaskIndex: Int64] = [:]

    /// Whether a job shows that workers or givers are shared.
    mutating func isShared(_ task: TaskIndex, of source: TaskIndex) -> Bool {
      let isShared = (giver[task] ?? source) != source || (worker[source] ?? task) != task
      giver[task] = source
      worker[source] = task
      return isShared
    }

    mutating func note(_ task: TaskIndex, taken time: Timestamp) {
      taken[task] = min(taken[task] ?? .max, time.nanoseconds)
    }

    mutating func note(_ task: TaskIndex, given time: Timestamp) {
      guard time.isKnown else { return }
      given[task] = min(given[task] ?? .max, time.nanoseconds)
    }
  }

  // MARK: Candidates

  private mutating func group(of task: TaskIndex) -> Int {
    let row = tasks.originRow(task)
    if let known = groupOfOrigin[row] { return known }
    let origin = tasks.origin(row)
    let key = WorkerPool.Origin(
      process: origin.process, entry: origin.entry, spawnSite: origin.spawnSite)
    var group = -1
    if !origin.spawnSite.isNone, run.wholeLog(of: task) != nil, tasks.kind(task) != .userTask,
      !StandingTasks.contains(entry: run.text(origin.entry))
    {
      group = origins.firstIndex(of: key) ?? origins.count
      if group == origins.count { origins.append(key) }
    }
    groupOfOrigin[row] = group
    return group
  }

  private mutating func kind(_ row: Int) -> WaitKind {
    let reason = waits.reason[row]
    if let known = kinds[reason] { return known }
    let kind = WaitKind(run.text(reason))
    kinds[reason] = kind
    return kind
  }

  /// The places where tasks are handed jobs and come back, and for each task where it waits so.
  private mutating func jobPlaces() -> (places: [Place], sites: [SiteID]) {
    var handed: [Place: Int] = [:]
    var returned: [Place: Int] = [:]
    var sites: [SiteID] = Array(repeating: .none, count: tasks.count)
    for row in 0..<waits.count where waits.handoff[row].isOfJob || !waits.until[row].isKnown {
      let task = waits.task[row]
      let group = group(of: task)
      guard group >= 0, kind(row).isForWork else { continue }
      let place = Place(group: group, site: waits.site[row])
      if sites[task.index] == place.site { returned[place, default: 0] += 1 }
      sites[task.index] = place.site
      let waker = waits.by[row]
      guard !waker.isNone, self.group(of: waker) != group else { continue }
      handed[place, default: 0] += 1
    }
    return (handed.filter { $1 > 1 && (returned[$0] ?? 0) * 4 >= $1 }.map(\.key), sites)
  }

  // MARK: What each did

  private mutating func note(
    _ row: Int, _ seats: [TaskIndex: Seat], _ first: inout FirstMoves,
    _ pools: inout [Place: WorkerPool]
  ) {
    let (task, waker) = (waits.task[row], waits.by[row])
    let handoff = waits.handoff[row]
    let own = seats[task]
    let theirs = waker.isNone ? nil : seats[waker]
    if let own {
      if own.pool.site == waits.site[row], kind(row).isForWork {
        first.note(task, taken: waits.since[row])
        let end = waits.until[row].isKnown ? waits.until[row] : last(task)
        pools[own.pool]?.addIdle(end.since(waits.since[row]))
        if handoff.isOfJob, !waker.isNone, theirs?.pool != own.pool {
          pools[own.pool]?.jobs[own.index] += 1
          pools[own.pool]?.queued.append(delay(row))
          if first.isShared(task, of: waker) { pools[own.pool]?.isShared = true }
        }
      } else if kind(row) == .send {
        first.note(task, given: waits.since[row])
      }
    }
    guard let theirs, theirs.pool != own?.pool else { return }
    if handoff == .take {
      first.note(waker, taken: waits.until[row])
      pools[theirs.pool]?.jobs[theirs.index] += 1
      pools[theirs.pool]?.blocked += 1
      if first.isShared(waker, of: task) { pools[theirs.pool]?.isShared = true }
      pools[theirs.pool]?.queued.append(max(waits.until[row].since(waits.since[row]) ?? 0, 0))
    } else if handoff.isOfJob {
      first.note(waker, given: waits.until[row])
    }
  }

  private func last(_ task: TaskIndex) -> Timestamp {
    run.logs[tasks.process(task).index]?.last ?? .unknown
  }

  /// How long a worker that was woken was ready before it ran.
  private func delay(_ row: Int) -> Int64 {
    let time = waits.until[row].nanoseconds
    let task = waits.task[row]
    guard let stretch = run.timelines.stretch(before: time.addingSaturated(1), of: task),
      run.timelines.doing[stretch] == .runnable
    else { return 0 }
    return run.timelines.end(of: stretch, task).subtractingSaturated(time)
  }

  private func finish(_ found: WorkerPool, _ first: FirstMoves) -> WorkerPool? {
    var pool = found
    let active = zip(pool.workers, pool.jobs).filter { $0.1 > 0 }.map(\.0)
    // Who gives before it takes is a caller that waits for its answers.
    let takers = active.count { (first.taken[$0] ?? .max) < (first.given[$0] ?? .max) }
    guard pool.isShared, pool.workers.count > 1, pool.jobCount > 3, active.count > 1,
      takers * 2 > active.count
    else { return nil }
    for task in pool.workers {
      let record = tasks[task]
      let log = run.logs[record.process.index]
      let start = record.start.isKnown ? record.start : log?.first ?? .unknown
      let end = record.end.isKnown ? record.end : log?.last ?? .unknown
      pool.addLife(end.since(start))
    }
    pool.queued.sort()
    return pool
  }
}

extension Handoff {
  /// Whether a sleeper that is woken so was handed something.
  fileprivate var isOfJob: Bool {
    switch self {
    case .send, .cond, .select, .wake: true
    case .none, .take, .close, .completion, .coroutine: false
    }
  }
}
