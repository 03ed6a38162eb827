/// Fits the clocks of scheduler logs against the spans that name their task.
struct ClockRefinement {
  /// A part of a recording is asked by itself with this many ends of spans at least.
  private static let partSize = 256
  /// Parts of a recording at most.
  private static let partLimit = 16
  /// Ends of spans that are asked for the coarse line at most.
  private static let coarseLimit = 4096
  /// Shifts of two parts that differ by less than this tell no drift.
  private static let noise: Int64 = 1_000

  let recording: Recording
  let runs: RunIndex

  /// What is to be added to the times of each process row; `clocks` gets what that means.
  ///
  /// - Parameters:
  ///   - ends: for each scheduler log tasks, each with a time at which it must have been running.
  ///   - clocks: one for each process row.
  /// - Returns: one for each process row, the identity where nothing was found.
  func shifts(
    _ ends: [Int: [(task: TaskIndex, time: Int64)]], _ clocks: inout [ClockMap]
  ) -> [ClockMap] {
    var shifts = clocks.map { ClockMap(source: $0.source, offset: 0, uncertainty: nil) }
    for (log, moments) in ends {
      let sorted = moments.sorted {
        ($0.time, recording.tasks[$0.task].number ?? 0)
          < ($1.time, recording.tasks[$1.task].number ?? 0)
      }
      guard let found = fit(sorted) else { continue }
      shifts[log] = found
      clocks[log].source = .fitted
      clocks[log].offset = clocks[log].offset.addingSaturated(found.offset)
      clocks[log].drift += found.drift
      clocks[log].uncertainty = found.uncertainty
    }
    return shifts
  }

  /// One shift for all and, where the recording shows that one does not do, a drift.
  ///
  /// A long recording is a line before it is a shift: the coarse line comes from the ends that fit one
  /// stretch only, the finer one from the shifts of the parts of what the coarse line left.
  private func fit(_ ends: [(task: TaskIndex, time: Int64)]) -> ClockMap? {
    guard let reference = ends.first.map({ Timestamp($0.time) }) else { return nil }
    var drift = 0.0
    var steady = ends
    for line in [coarse, fine] {
      guard let more = line(steady) else { continue }
      drift += more
      steady = ends.map { end in
        let gained = ClockMap.product(drift, Timestamp(end.time).since(reference) ?? 0)
        return (task: end.task, time: end.time.subtractingSaturated(gained))
      }
    }
    if drift != 0, let found = ClockFit.shift(ends: steady, runs: runs) {
      return ClockMap(
        source: .fitted, offset: found.shift, uncertainty: found.uncertainty, drift: drift,
        reference: reference)
    }
    return ClockFit.shift(ends: ends, runs: runs).map {
      ClockMap(source: .fitted, offset: $0.shift, uncertainty: $0.uncertainty)
    }
  }

  private func coarse(_ ends: [(task: TaskIndex, time: Int64)]) -> Double? {
    let step = ends.count / Self.coarseLimit + 1
    var points: [(time: Int64, offset: Int64)] = []
    for place in stride(from: 0, to: ends.count, by: step) {
      let end = ends[place]
      let near = runs.stretches(
        of: end.task, from: end.time.subtractingSaturated(ClockFit.reach),
        to: end.time.addingSaturated(ClockFit.reach))
      guard near.count == 1, near[0].end != .max else { continue }
      let middle = near[0].start.addingSaturated(
        near[0].end.subtractingSaturated(near[0].start) / 2)
      points.append((end.time, end.time.subtractingSaturated(middle)))
    }
    guard points.count >= 32 else { return nil }
    return DriftLine.fit(points, noise: Self.noise).flatMap { $0.drift == 0 ? nil : $0.drift }
  }

  private func fine(_ ends: [(task: TaskIndex, time: Int64)]) -> Double? {
    let parts = min(Self.partLimit, ends.count / Self.partSize)
    guard parts >= 3 else { return nil }
    var points: [(time: Int64, offset: Int64)] = []
    for part in 0..<parts {
      let slice = Array(ends[ends.count * part / parts..<ends.count * (part + 1) / parts])
      guard let found = ClockFit.shift(ends: slice, runs: runs) else { continue }
      points.append((slice[slice.count / 2].time, found.shift))
    }
    guard points.count >= 3 else { return nil }
    return DriftLine.fit(points, noise: Self.noise).flatMap { $0.drift == 0 ? nil : $0.drift }
  }
}
