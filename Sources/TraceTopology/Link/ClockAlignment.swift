/// Finds the offset of a scheduler log without a wall clock from what must hold: a span begins and
/// ends while its goroutine runs, and the runtime task of a span begins just after the span.
struct ClockAlignment {
  /// What an alignment found.
  struct Found: Sendable {
    /// What is added to a time of the log.
    var offset: Int64
    var uncertainty: Int64
    /// The share of the moments asked that the offset explains.
    var share: Double
    /// The lower edge of the offsets on which the moments agree.
    var low: Int64
  }

  /// Pairs of moments at most: more add cost and no certainty.
  private static let pairLimit = 1_000_000
  /// Fewer moments than this could agree by chance.
  private static let fewest = 16

  let recording: Recording
  let runs: RunIndex

  /// From spans whose goroutine is known: each end of a span votes for the offsets that put it into a
  /// stretch in which that goroutine ran.
  func byRuns(_ ends: [(task: TaskIndex, time: Int64)]) -> Found? {
    guard ends.count >= Self.fewest else { return nil }
    // Goroutines that ran seldom first: they say most for the least work.
    let order = ends.filter { runs.count(of: $0.task) > 0 }.sorted {
      let a = runs.count(of: $0.task)
      let b = runs.count(of: $1.task)
      return a != b ? a < b : ($0.time, $0.task.raw) < ($1.time, $1.task.raw)
    }
    var votes: [(low: Int64, high: Int64)] = []
    var asked = 0
    for end in order {
      let stretches = runs.stretches(of: end.task)
      if asked >= Self.fewest, votes.count + stretches.count > Self.pairLimit { break }
      asked += 1
      for stretch in stretches {
        votes.append(
          (end.time.subtractingSaturated(stretch.end), end.time.subtractingSaturated(stretch.start))
        )
      }
    }
    guard asked >= Self.fewest else { return nil }
    return settle(votes, asked: asked, least: 0.8)
  }

  /// From runtime tasks: each span votes for the offsets at which a task of its name begins and ends
  /// within a few microseconds of it, and never before it.
  func byNames(_ spans: [SpanIndex], _ tasks: [TaskIndex]) -> Found? {
    let begun = Dictionary(grouping: tasks.filter { recording.tasks[$0].start.isKnown }) {
      recording.tasks[$0].entry
    }
    // Names with few spans first: they say most for the least work.
    let groups = Dictionary(grouping: spans) { recording.spans.name[$0.index] }
      .map { (name: $0.key, spans: $0.value) }
      .filter { begun[$0.name] != nil }
      .sorted {
        $0.spans.count != $1.spans.count
          ? $0.spans.count < $1.spans.count
          : recording.strings.isOrderedBefore($0.name, $1.name)
      }
    var votes: [(low: Int64, high: Int64)] = []
    var asked = 0
    var pairs = 0
    for group in groups {
      guard let tasks = begun[group.name] else { continue }
      pairs += group.spans.count * tasks.count
      guard pairs <= Self.pairLimit * 4 else { break }
      for span in group.spans where recording.spans.start[span.index].isKnown {
        asked += 1
        for task in tasks {
          if let vote = vote(span, recording.tasks[task]) { votes.append(vote) }
        }
      }
    }
    guard asked >= Self.fewest, var found = settle(votes, asked: asked, least: 0.6) else {
      return nil
    }
    // The lower edge is where the quickest of all tasks began or ended: some 0.1 µs after its span.
    found.offset = found.low.addingSaturated(100)
    found.uncertainty = 500
    return found
  }

  /// The offsets at which this task belongs to this span: begin and end come 0 to 10 µs late.
  private func vote(_ span: SpanIndex, _ task: TaskRecord) -> (low: Int64, high: Int64)? {
    guard let begin = recording.spans.start[span.index].since(task.start) else { return nil }
    let end = recording.spans.end[span.index].since(task.end) ?? begin
    let low = max(begin, end)
    let high = min(begin, end).addingSaturated(10_000)
    return low <= high ? (low, high) : nil
  }

  /// The offset on which most votes agree, if they are enough and no other offset comes near.
  private func settle(_ votes: [(low: Int64, high: Int64)], asked: Int, least: Double) -> Found? {
    guard let best = IntervalVote.plateau(votes) else { return nil }
    guard Double(best.height) >= least * Double(asked) else { return nil }
    let apart: Int64 = 1_000_000
    let others = votes.filter {
      $0.high < best.low.subtractingSaturated(apart) || $0.low > best.high.addingSaturated(apart)
    }
    if let rival = IntervalVote.plateau(others), rival.height * 10 > best.height * 9 { return nil }
    return Found(
      offset: best.middle, uncertainty: max(best.halfWidth, 64),
      share: Double(best.height) / Double(asked), low: best.low)
  }
}
