/// Where a lost parent ran: told by the children that name it.
///
/// The parents of spans of one name are on the child's own task or on its spawner; the statistics of
/// the child's name tell which. A placeholder that no logged span encloses there is put into the
/// task's list of spans, for the time in which nothing else can have been there, so that spans that
/// lost their context find it like any span.
struct PlaceholderPlacement: Sendable {
  let recording: Recording
  let statistics: RuleStatistics
  let index: EvidenceIndex

  /// What a lost parent can be asked about.
  struct Host: Sendable {
    var task: TaskIndex
    /// The latest time at which it can have begun: its first child's, or the first spawn.
    var latestStart: Int64
    /// The last time at which it shows.
    var lastSeen: Int64
    /// The name that parents of such children have most often; empty if there are none.
    var name: StringID
    /// A logged span that was open there then; the lost parent ran within it.
    var isEnclosed: Bool
  }

  /// The task and time at which the parent of this child was open, if its task is known.
  private func hop(from child: SpanIndex) -> (task: TaskIndex, time: Int64)? {
    let task = taskOf(child)
    guard !task.isNone, let rank = index.open.rank(of: child, on: task) else { return nil }
    let name = recording.spans.name[child.index]
    let spawner = recording.tasks.parent(task)
    let spawned = recording.tasks.start(task)
    let (bySpawn, spawnsAsked) = statistics.reliability(Signature(firstHop: .spawn), of: name)
    let (onTask, tasksAsked) = statistics.reliability(Signature(firstHop: .sameTask), of: name)
    // Parents of such spans stand elsewhere: behind a queue, in another process.
    let isElsewhere =
      max(bySpawn, onTask) < 0.5 || (spawnsAsked + tasksAsked == 0 && isNeverHere(name))
    if isElsewhere || spawnsAsked + tasksAsked == 0,
      let giver = hopToGiver(of: child, on: task, before: rank)
    {
      return giver
    }
    guard !isElsewhere else { return hopToCaller(of: child) }
    // Nothing shows that what serves a call was set going in its own process.
    if spawnsAsked + tasksAsked == 0, recording.spans.kind(child.index) == .server {
      return hopToCaller(of: child)
    }
    if rank == 0, !spawner.isNone, spawned.isKnown, bySpawn > onTask {
      return (spawner, spawned.nanoseconds)
    }
    return (task, recording.spans.start[child.index].nanoseconds)
  }

  /// Whether no recorded parent of spans of a name stood on their own task, nor on those that spawned it.
  private func isNeverHere(_ name: StringID) -> Bool {
    guard statistics.ownParentCount(name) >= Self.fewestParents else { return false }
    return Signature.ofOwnTasks.allSatisfy { statistics.record($0, of: name).hits == 0 }
  }

  /// The task that handed the work of a child over, where such hand-offs lead to the parents of its like.
  ///
  ///     giver     |---- lost parent ----|  ● hands over
  ///     child                               ● |---- child ----|
  private func hopToGiver(
    of child: SpanIndex, on task: TaskIndex, before rank: Int
  ) -> (task: TaskIndex, time: Int64)? {
    let start = recording.spans.start[child.index].nanoseconds
    let before = index.open.view(task, at: start, before: rank)
    // What reached the task while it was at other work may wait there, behind what came earlier.
    guard before.open.isNone, let edge = index.handoffs.latest(task, at: start),
      edge.time >= before.lastEnd
    else { return nil }
    var signature = Signature(firstHop: Signature.FirstHop(edge.kind))
    var asked = 0
    var right = 0.0
    for ending in [Signature.Ending.open, .endedSince, .lastEnded] {
      signature.ending = ending
      let known = statistics.reliability(signature, of: recording.spans.name[child.index])
      asked += known.asked
      right += Double(known.asked) * known.share
    }
    guard asked >= Self.fewestHandoffs, right >= Self.sureHandoffs * Double(asked) else {
      return nil
    }
    return (edge.from, edge.sourceTime)
  }

  /// Fewer recorded parents than these say nothing about where parents stand.
  private static let fewestParents = 8
  /// Fewer hand-offs than these say nothing about where parents stand.
  private static let fewestHandoffs = 8
  /// What share of them must have led to parents.
  private static let sureHandoffs = 0.8

  /// The task in another process that waited for the answer of a served child.
  private func hopToCaller(of child: SpanIndex) -> (task: TaskIndex, time: Int64)? {
    let (share, asked) = statistics.reliability(
      Signature(firstHop: .answer), of: recording.spans.name[child.index])
    guard asked > 0, share >= 0.5 else { return nil }
    return index.caller(of: child)
  }

  let taskOf: @Sendable (SpanIndex) -> TaskIndex

  /// The host of a lost parent; nil if no child's task is known.
  func host(of missing: MissingParent, name: StringID) -> Host? {
    let spans = recording.spans
    let children = missing.children.sorted {
      (spans.start[$0.index].nanoseconds, spans.spanID[$0.index])
        < (spans.start[$1.index].nanoseconds, spans.spanID[$1.index])
    }
    var host: Host?
    for child in children {
      guard let hop = hop(from: child) else { continue }
      if var known = host {
        guard known.task == hop.task else { continue }
        known.latestStart = min(known.latestStart, hop.time)
        known.lastSeen = max(known.lastSeen, hop.time)
        host = known
      } else {
        let name = name
        host = Host(
          task: hop.task, latestStart: hop.time, lastSeen: hop.time, name: name, isEnclosed: false)
      }
      // Wherever it ran, the lost parent was open until it had ended.
      let end = spans.end[child.index]
      if end.isKnown, statistics.isContained(spans.name[child.index]) {
        let seen = host?.lastSeen ?? .min
        host?.lastSeen = max(seen, end.nanoseconds)
      }
    }
    return host.map { settle($0, children: missing.children) }
  }

  private func settle(_ host: Host, children: [SpanIndex]) -> Host {
    var host = host
    let view = index.open.view(host.task, at: host.latestStart - 1)
    host.isEnclosed = !view.open.isNone
    return host
  }

  /// The stretch of its task that a lost parent may fill: from the end of the work before, or the
  /// hand-off that began it, to the next work.
  func stretch(_ host: Host, others: [ClosedRange<Int64>]) -> (start: Int64, end: Int64) {
    let view = index.open.view(host.task, at: host.latestStart - 1)
    let task = recording.tasks[host.task]
    var start = max(view.lastEnd, task.start.isKnown ? task.start.nanoseconds : .min + 1)
    var end = task.end.isKnown ? task.end.nanoseconds : Int64.max
    let next = nextTopLevelStart(host)
    end = min(end, next)
    if let edge = index.handoffs.latest(host.task, at: host.latestStart), edge.time > start {
      start = edge.time
      end = min(end, max(index.handoffs.nextTime(host.task, after: host.lastSeen), host.lastSeen))
    }
    for other in others {
      if other.upperBound < host.latestStart { start = max(start, host.latestStart) }
      if other.lowerBound > host.lastSeen { end = min(end, host.lastSeen.addingSaturated(1)) }
    }
    return (min(start, host.latestStart), max(end, host.lastSeen.addingSaturated(1)))
  }

  private func nextTopLevelStart(_ host: Host) -> Int64 {
    index.open.nextStart(host.task, after: host.lastSeen)
  }
}
