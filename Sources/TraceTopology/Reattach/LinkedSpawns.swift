/// The tasks that were spawned under spans with links: a batch links to the messages that it holds, and
/// a task for each of them is spawned in the order of the links.
///
///     batch     |-- links: m1 m2 ----------|
///     spawns       ^ task 8   ^ task 9          task 8 works for m1, task 9 for m2
struct LinkedSpawns: Sendable {
  /// Which of the tasks of one spawn site one of them is.
  struct Turn: Sendable {
    var place: Int
    var count: Int
  }

  private struct Spawn {
    var time: Int64
    var number: UInt64
    var site: SiteID
  }

  /// For each task on which spans with links ran, what it spawned, in order.
  private var spawns: [TaskIndex: [Spawn]] = [:]

  init() {}

  init(_ tasks: TaskTable, _ links: SpanLinkTable, nodes: NodeFacts) {
    var last = SpanIndex.none
    for row in 0..<links.count where links.span[row] != last {
      last = links.span[row]
      let task = nodes.task[last.index]
      if !task.isNone { spawns[task] = [] }
    }
    guard !spawns.isEmpty else { return }
    for row in 0..<tasks.count {
      let task = TaskIndex(row)
      let start = tasks.start(task)
      guard start.isKnown else { continue }
      spawns[tasks.parent(task)]?.append(
        Spawn(
          time: start.nanoseconds, number: tasks.number(task) ?? 0, site: tasks.spawnSite(task)))
    }
    for task in spawns.keys {
      spawns[task]?.sort { ($0.time, $0.number) < ($1.time, $1.number) }
    }
  }

  /// Whether spans with links ran on a task.
  func isLinked(_ task: TaskIndex) -> Bool { !spawns.isEmpty && spawns[task] != nil }

  /// The turn of a task among those of its spawn site that its spawner started from `start` to `end`.
  func turn(of task: TaskIndex, in tasks: TaskTable, from start: Int64, to end: Int64) -> Turn? {
    guard let spawns = spawns[tasks.parent(task)] else { return nil }
    let own = (tasks.start(task).nanoseconds, tasks.number(task) ?? 0)
    let site = tasks.spawnSite(task)
    var turn = Turn(place: 0, count: 0)
    var low = 0
    var high = spawns.count
    while low < high {
      let middle = (low + high) / 2
      if spawns[middle].time < start { low = middle + 1 } else { high = middle }
    }
    while low < spawns.count, spawns[low].time <= end, turn.count < Self.limit {
      if spawns[low].site == site {
        turn.count += 1
        if (spawns[low].time, spawns[low].number) < own { turn.place += 1 }
      }
      low += 1
    }
    return turn
  }

  /// Of more tasks than these the turn is not told.
  private static let limit = 4096
}

extension EvidenceIndex {
  /// The link whose turn it was when a task was spawned under a span with links, and whether that span
  /// spawned as many such tasks as it has links.
  func linkedTurn(of task: TaskIndex) -> (target: SpanIndex, isAgreed: Bool)? {
    let spawner = tasks.parent(task)
    guard linkedSpawns.isLinked(spawner) else { return nil }
    let above = open.view(spawner, at: tasks.start(task).nanoseconds)
    guard !above.open.isNone else { return nil }
    let rows = links.rows(of: above.open)
    guard !rows.isEmpty,
      let turn = linkedSpawns.turn(of: task, in: tasks, from: above.openStart, to: above.openEnd),
      turn.place < rows.count
    else { return nil }
    let target = targets[rows.lowerBound + turn.place]
    return target.isNone ? nil : (target, turn.count == rows.count)
  }
}
