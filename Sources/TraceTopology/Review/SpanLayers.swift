/// Which span was the innermost open one on each task, at any time.
struct SpanLayers: Sendable {
  private var first: [Int] = [0]
  private var from: [Int64] = []
  private var span: [SpanIndex] = []

  /// None.
  init() {}

  init(_ run: ReviewFacts) {
    guard run.recording.tasks.count > 0 else { return }
    let spans = run.recording.spans
    let byTask = RowLists(owners: run.recording.tasks.count, rows: spans.count) { row in
      let task = run.task(of: SpanIndex(row))
      guard run.isListed(row), !task.isNone, spans.start[row].isKnown, spans.end[row].isKnown else {
        return nil
      }
      return task.index
    }
    var isClosed = Array(repeating: false, count: spans.count)
    var bounds: [(time: Int64, isStart: Bool, row: Int)] = []
    var open: [Int] = []
    for task in 0..<run.recording.tasks.count {
      defer { first.append(from.count) }
      guard !byTask[task].isEmpty else { continue }
      bounds.removeAll(keepingCapacity: true)
      open.removeAll(keepingCapacity: true)
      for row in byTask[task].map({ Int($0) }) {
        bounds.append((spans.start[row].nanoseconds, true, row))
        bounds.append((spans.end[row].nanoseconds, false, row))
      }
      bounds.sort { a, b in
        if a.time != b.time { return a.time < b.time }
        return a.isStart != b.isStart ? a.isStart : a.row < b.row
      }
      for bound in bounds {
        if bound.isStart { open.append(bound.row) } else { isClosed[bound.row] = true }
        while let last = open.last, isClosed[last] { open.removeLast() }
        put(bound.time, open.last.map { SpanIndex($0) } ?? .none)
      }
    }
  }

  private mutating func put(_ time: Int64, _ top: SpanIndex) {
    let isFirst = from.count == first.last
    if !isFirst, from[from.count - 1] == time {
      span[span.count - 1] = top
    } else if isFirst || span[span.count - 1] != top {
      from.append(time)
      span.append(top)
    }
  }

  /// The innermost span open on a task just before a time, and since when it is.
  func layer(before time: Int64, of task: TaskIndex) -> (span: SpanIndex, from: Int64) {
    guard task.index + 1 < first.count else { return (.none, .min) }
    var low = first[task.index]
    var high = first[task.index + 1]
    while low < high {
      let middle = (low + high) / 2
      if from[middle] < time { low = middle + 1 } else { high = middle }
    }
    guard low > first[task.index] else { return (.none, .min) }
    return (span[low - 1], from[low - 1])
  }
}
