/// The hand-offs that reached each task: who caused it to go on, when.
///
/// Wake-ups that say nothing about cause (mutex, timer, network) and completions are left out.
struct HandoffIndex: Sendable {
  struct Edge: Sendable {
    /// When the task received.
    var time: Int64
    var from: TaskIndex
    /// When the other side gave: for a blocked sender the time at which it blocked.
    var sourceTime: Int64
    var kind: Handoff
  }

  private let edges: [Edge]
  private let byTask: RowLists

  init(_ recording: Recording) {
    var edges: [Edge] = []
    var owners: [UInt32] = []
    // Only spans ask what caused them.
    let waits = recording.spans.count > 0 ? recording.waits : WaitTable()
    for row in 0..<waits.count where !waits.by[row].isNone && waits.until[row].isKnown {
      let until = waits.until[row].nanoseconds
      switch waits.handoff[row] {
      case .none, .completion: continue
      case .take:
        let since = waits.since[row]
        edges.append(
          Edge(
            time: until, from: waits.task[row],
            sourceTime: since.isKnown ? since.nanoseconds : until, kind: .take))
        owners.append(waits.by[row].raw)
      case .send, .close, .cond, .select, .coroutine, .wake:
        edges.append(
          Edge(time: until, from: waits.by[row], sourceTime: until, kind: waits.handoff[row]))
        owners.append(waits.task[row].raw)
      }
    }
    var lists = RowLists(owners: edges.isEmpty ? 0 : recording.tasks.count, rows: edges.count) {
      Int(owners[$0])
    }
    let tasks = recording.tasks
    lists.sortEach { first, second in
      let a = edges[Int(first)]
      let b = edges[Int(second)]
      if a.time != b.time { return a.time < b.time }
      return (tasks.number(a.from) ?? 0) < (tasks.number(b.from) ?? 0)
    }
    byTask = lists
    self.edges = edges
  }

  /// Where the hand-offs that reached a task stand in the list of all, in the order of time.
  private func places(of task: TaskIndex) -> Range<Int> {
    edges.isEmpty ? 0..<0 : byTask.range(task.index)
  }

  private func edge(at place: Int) -> Edge { edges[Int(byTask.list[place])] }

  /// The first of these places whose hand-off came after `time`.
  private func first(of places: Range<Int>, after time: Int64) -> Int {
    var low = places.lowerBound
    var high = places.upperBound
    while low < high {
      let middle = (low + high) / 2
      if edge(at: middle).time <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The latest hand-off that reached a task at `time` or before.
  func latest(_ task: TaskIndex, at time: Int64) -> Edge? {
    let places = places(of: task)
    let next = first(of: places, after: time)
    return next > places.lowerBound ? edge(at: next - 1) : nil
  }

  /// How many hand-offs reached a task.
  func count(_ task: TaskIndex) -> Int { places(of: task).count }

  /// The hand-off of this number, in the order of time.
  func edge(_ task: TaskIndex, _ number: Int) -> Edge? {
    let places = places(of: task)
    return number >= 0 && number < places.count ? edge(at: places.lowerBound + number) : nil
  }

  /// When the first hand-off after `time` reached a task; the end of time if none did.
  func nextTime(_ task: TaskIndex, after time: Int64) -> Int64 {
    let places = places(of: task)
    let next = first(of: places, after: time)
    return next < places.upperBound ? edge(at: next).time : .max
  }
}
