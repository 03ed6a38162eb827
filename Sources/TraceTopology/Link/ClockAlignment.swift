/// Finds the offset of a scheduler log without a wall clock from what must hold: a span begins and
/// ends while its goroutine runs, and the runtime task of a span begins just after the span.
struct ClockAlignment {
  /// What an alignment found.
  struct Found: Sendable, Equatable {
    /// What is added to a time of the log.
    var offset: Int64
    var uncertainty: Int64
    /// The share of the moments asked that the offset explains.
    var share: Double
    /// The lower edge of the offsets on which the moments agree.
    var low: Int64
    /// How the offset changes with the time of the log, in seconds for each second.
    var drift = 0.0
    /// The time of the log at which the offset holds.
    var reference = Timestamp.unknown
  }

  /// Pairs of moments at most: more add cost and no certainty.
  static let pairLimit = 1_000_000
  /// Fewer moments than this could agree by chance.
  private static let fewest = 16
  /// A line from which the offsets stray further than this is none, in nanoseconds.
  private static let widest: Int64 = 5_000_000
  /// How far the offset of a part may lie from the line through all of them.
  private static let stray: Int64 = 10_000

  let recording: Recording
  let runs: RunIndex

  /// Where one offset does not explain a whole recording, because the clocks drift apart: asks for
  /// parts of it and lays a line through what they say.
  ///
  /// - Parameters:
  ///   - moments: what is asked, in order of time.
  ///   - time: the wall-clock time of a moment.
  ///   - find: the offset that explains some of the moments, from so many pairs of them at most.
  /// - Returns: nil if the parts do not lie on one line.
  func inParts<Moment>(
    _ moments: [Moment], time: (Moment) -> Int64, _ find: ([Moment], _ pairs: Int) -> Found?
  ) -> Found? {
    for parts in [4, 16, 64] where moments.count >= parts * Self.fewest {
      var points: [(time: Int64, offset: Int64)] = []
      var share = 0.0
      for part in 0..<parts {
        let slice = Array(
          moments[moments.count * part / parts..<moments.count * (part + 1) / parts])
        guard let found = find(slice, Self.pairLimit / parts) else { continue }
        let middle = time(slice[slice.count / 2])
        points.append((middle.subtractingSaturated(found.offset), found.offset))
        share += found.share
      }
      guard points.count * 2 > parts, let line = DriftLine.fit(points, noise: 1_000) else {
        continue
      }
      let near = points.count { point in
        let away = Timestamp(point.time).since(line.reference) ?? 0
        let expected = line.offset.addingSaturated(ClockMap.product(line.drift, away))
        return point.offset.subtractingSaturated(expected).magnitude <= UInt64(Self.stray)
      }
      guard near * 10 >= points.count * 9 else { continue }
      return Found(
        offset: line.offset, uncertainty: max(line.uncertainty, 64),
        share: share / Double(points.count), low: line.offset, drift: line.drift,
        reference: line.reference)
    }
    return nil
  }

  /// From goroutines that ran only once: each of their spans names one offset, and a line through those
  /// follows a clock that drifts. It holds if it puts the other spans into their stretches, too.
  func byLine(_ ends: [(task: TaskIndex, time: Int64)]) -> Found? {
    var points: [(time: Int64, offset: Int64)] = []
    for end in ends where runs.count(of: end.task) == 1 {
      guard let stretch = runs.stretches(of: end.task).first else { continue }
      let length = stretch.end.subtractingSaturated(stretch.start)
      let middle = stretch.start.addingSaturated(length / 2)
      points.append((middle, end.time.subtractingSaturated(middle)))
    }
    guard points.count >= 2 * Self.fewest, let line = DriftLine.fit(points, noise: 1_000),
      line.uncertainty < Self.widest
    else { return nil }
    let fitting = ends.count { end in
      let rough = Timestamp(end.time.subtractingSaturated(line.offset))
      let gained = ClockMap.product(line.drift, rough.since(line.reference) ?? 0)
      let time = rough.nanoseconds.subtractingSaturated(gained)
      return runs.isRunning(end.task, at: time, slack: line.uncertainty)
    }
    guard fitting * 10 >= ends.count * 9 else { return nil }
    return Found(
      offset: line.offset, uncertainty: max(line.uncertainty, 64),
      share: Double(fitting) / Double(ends.count), low: line.offset, drift: line.drift,
      reference: line.reference)
  }

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
  func byNames(_ spans: [SpanIndex], _ tasks: [TaskIndex], pairs limit: Int = pairLimit) -> Found? {
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
      guard pairs <= limit * 4 else { break }
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
