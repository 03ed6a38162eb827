/// A task that will never run again, although what it worked for is over.
///
/// Evidence: at the end of its whole log it is blocked on a channel, a mutex, a select or a condition;
/// it has been for longer than the grace; and the task that spawned it, or the span that was open at
/// the spawn, had ended for as long. In a dump: blocked for longer than the grace, its spawner gone.
/// What waits on nothing at all (`select {}`, a nil channel) needs no such proof, nor does what the
/// runtime itself found leaked (` (leaked)` in a dump of Go 1.26 and later), nor does a task of which
/// nobody knows what it worked for, and that hangs where others are known to leak.
///
/// Not reported, as idle by design: the runtime's own goroutines and the main one; the standing
/// goroutines of libraries (`StandingTasks`); what waits for the network or a timer; workers between
/// jobs, which are told by the place where they wait: a task of that spawn site came back there after
/// it was woken, and it was fed by two tasks, or by one that still lives; what stands alone at its place
/// since the set-up of the program (`SetUpTasks`). Nor tasks of a cut log.
struct LeakedTask: ReviewRule {
  static let name = "leaked-task"
  static let caveat =
    "A later event that the log does not hold could still wake it; a consumer that waits for its next "
    + "item looks like a worker and is not reported."

  /// A blocked task, why it is blocked, and since when what it worked for is over.
  private struct Blocked {
    var task: TaskIndex
    var record: TaskRecord
    var kind: WaitKind
    var since: Int64
    var waited: Int64
    var isSpawnerGone: Bool
  }

  func findings(in run: ReviewFacts) -> [Finding] {
    let open = Self.waiting(run)
    guard !open.isEmpty else { return [] }
    let waits = LastWaits(run, tasks: open)
    let blocked = open.compactMap { Self.blocked($0, waits, run) }
    guard !blocked.isEmpty else { return [] }
    let pools = WorkPlaces(run, tasks: open)
    var groups: [[String]: [Blocked]] = [:]
    let alone = Self.alone(blocked, pools, run)
    let leaked = blocked.map { !alone.contains($0.task) && Self.isLeaked($0, pools, run) }
    // Where nobody knows what a task worked for, those that hang at the same place tell.
    let places = Set(zip(blocked, leaked).filter(\.1).map { pools.place($0.0.task) })
    for (item, isProven) in zip(blocked, leaked)
    where isProven || Self.isLike(item, places, pools, run) {
      groups[Self.key(item, run), default: []].append(item)
    }
    return groups.map { Self.finding($0.key, $0.value, run) }
  }

  // MARK: Which tasks

  /// The program's own tasks that wait when their whole log ends.
  private static func waiting(_ run: ReviewFacts) -> [TaskIndex] {
    let tasks = run.recording.tasks
    var open: [TaskIndex] = []
    for row in 0..<tasks.count {
      let task = TaskIndex(row)
      guard tasks.outcome(task) == .open, tasks.lastState(task) == .waiting else { continue }
      guard !tasks.isSystem(task), tasks.kind(task) != .userTask, run.wholeLog(of: task) != nil,
        !run.absorbedTasks.contains(task)
      else { continue }
      open.append(task)
    }
    return open
  }

  /// Minutes in nanoseconds, as far as 64 bits reach.
  private static func length(minutes: UInt32) -> Int64 {
    let (product, overflow) = Int64(minutes).multipliedReportingOverflow(by: 60_000_000_000)
    return overflow ? .max : product
  }

  /// A task that only another one could wake, and that has waited for longer than the grace.
  private static func blocked(_ task: TaskIndex, _ waits: LastWaits, _ run: ReviewFacts) -> Blocked?
  {
    guard let log = run.wholeLog(of: task) else { return nil }
    let record = run.recording.tasks[task]
    let kind = WaitKind(run.text(record.waitReason))
    guard kind.needsAnother, !isMain(record, run) else { return nil }
    if log.isDump || record.isFoundLeaked {
      let waited = Self.length(minutes: record.blockedMinutes ?? 0)
      return Blocked(
        task: task, record: record, kind: kind, since: 0, waited: waited,
        isSpawnerGone: isSpawnerGone(record, run))
    }
    guard let waited = waits.length(task, log), waited > log.leakGrace || log.leakGrace == 0 else {
      return nil
    }
    return Blocked(
      task: task, record: record, kind: kind,
      since: log.last.nanoseconds.subtractingSaturated(waited), waited: waited,
      isSpawnerGone: isSpawnerGone(record, run))
  }

  private static func isMain(_ record: TaskRecord, _ run: ReviewFacts) -> Bool {
    record.kind == .goroutine && record.number == 1 && record.parent.isNone
  }

  /// Whether the spawner has ended; in a dump, which shows every goroutine, whether it is not there.
  private static func isSpawnerGone(_ record: TaskRecord, _ run: ReviewFacts) -> Bool {
    guard !record.parent.isNone else { return false }
    let parent = run.recording.tasks[record.parent]
    if parent.outcome == .ended { return true }
    return record.parentSource == .dump && parent.outcome == .unknown
      && parent.lastState == .unknown
  }

  private static func isLeaked(_ item: Blocked, _ pools: WorkPlaces, _ run: ReviewFacts) -> Bool {
    guard !StandingTasks.contains(entry: run.text(item.record.entry)) else { return false }
    if item.kind == .forever || item.record.isFoundLeaked { return true }
    if item.kind.isForWork, pools.isWorker(item.task) { return false }
    guard let log = run.wholeLog(of: item.task) else { return false }
    if run.policy.leakGrace == 0 { return true }
    if log.isDump { return item.isSpawnerGone && item.waited > log.leakGrace }
    guard let over = over(item, run) else { return false }
    let idle = log.last.nanoseconds.subtractingSaturated(max(item.since, over))
    return idle > log.leakGrace
  }

  /// Those that alone wait at their place for something to come, since the set-up of the program.
  private static func alone(_ blocked: [Blocked], _ pools: WorkPlaces, _ run: ReviewFacts)
    -> Set<TaskIndex>
  {
    guard run.policy.leakGrace != 0, run.recording.spans.count > 0 else { return [] }
    let setUp = SetUpTasks(run)
    var counts: [WorkPlaces.Place: Int] = [:]
    for item in blocked { counts[pools.place(item.task), default: 0] += 1 }
    return Set(
      blocked.filter {
        $0.kind.isForWork && !$0.record.isFoundLeaked && counts[pools.place($0.task)] == 1
          && setUp.contains($0.task)
      }.map(\.task))
  }

  /// Whether a task of which nobody knows what it worked for hangs where others are known to leak.
  private static func isLike(
    _ item: Blocked, _ places: Set<WorkPlaces.Place>, _ pools: WorkPlaces, _ run: ReviewFacts
  ) -> Bool {
    guard !item.isSpawnerGone, run.creator(of: item.task).isNone,
      places.contains(pools.place(item.task))
    else { return false }
    return !(item.kind.isForWork && pools.isWorker(item.task))
  }

  /// When what a task worked for was over: its spawner gone, or the span of its creator ended.
  private static func over(_ item: Blocked, _ run: ReviewFacts) -> Int64? {
    var times: [Int64] = []
    if item.isSpawnerGone {
      let end = run.recording.tasks[item.record.parent].end
      if end.isKnown { times.append(end.nanoseconds) }
    }
    let creator = run.creator(of: item.task)
    if !creator.isNone, creator.index < run.recording.spans.count {
      let end = run.recording.spans.end[creator.index]
      if end.isKnown { times.append(end.nanoseconds) }
    }
    return times.min()
  }

  // MARK: What is said of them

  private static func key(_ item: Blocked, _ run: ReviewFacts) -> [String] {
    [
      run.service(item.record.process), run.key(item.record.waitSite),
      run.key(item.record.spawnSite), run.text(item.record.waitReason), run.text(item.record.entry),
    ]
  }

  private static func finding(_ key: [String], _ items: [Blocked], _ run: ReviewFacts) -> Finding {
    let tasks = run.sorted(items.map(\.task))
    let first = items.first { $0.task == tasks.first } ?? items[0]
    let record = first.record
    let reason = run.text(record.waitReason)
    let noun = record.kind == .goroutine ? "goroutine" : "task"
    var message = "\(NodeLabel.count(items.count, noun)) will never run again: \(reason)"
    if let place = run.place(record.waitSite) { message += " at \(place)" }
    if let place = run.place(record.spawnSite) { message += ", spawned at \(place)" }
    var facts = [
      FindingFact("waitingOn", .text(reason)), FindingFact("waitSite", .site(record.waitSite)),
      FindingFact("spawnSite", .site(record.spawnSite)),
      FindingFact("entry", .text(run.text(record.entry))),
      FindingFact("longestWait", .duration(items.map(\.waited).max() ?? 0)),
      FindingFact("spawnerGone", .count(items.count { $0.isSpawnerGone })),
      FindingFact("foundByRuntime", .count(items.count { $0.record.isFoundLeaked })),
    ]
    if first.since != 0, let oldest = items.map(\.since).min() {
      facts.append(FindingFact("since", .moment(Timestamp(oldest), record.process)))
    }
    return Finding(
      rule: name, severity: .error, key: key, tasks: tasks, message: message, evidence: facts,
      caveat: caveat)
  }
}
