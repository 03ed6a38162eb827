/// The times of the outputs: nanoseconds after the origin of the run.
struct TopologyClock: Sendable {
  /// The first time that the logs of the run know, as Unix nanoseconds; where no clock is known, the
  /// first event of the log on its own clock.
  private(set) var origin = Timestamp(0)
  /// The last time seen, on the clock of the origin.
  private(set) var end = Timestamp(0)
  /// For each process row the time from which its tasks count: the origin, or its own first event
  /// where nothing ties its clock to the others.
  private var base: [Timestamp]

  init(_ recording: Recording, clocks: [ClockMap]) {
    var first = Timestamp.unknown
    var last = Timestamp.unknown
    let note = { (time: Timestamp) in
      guard time.isKnown else { return }
      if !first.isKnown || time.nanoseconds < first.nanoseconds { first = time }
      if !last.isKnown || time.nanoseconds > last.nanoseconds { last = time }
    }
    for row in 0..<recording.spans.count {
      note(recording.spans.start[row])
      note(recording.spans.end[row])
    }
    for extent in recording.logExtents where clocks[extent.process.index].source != .none {
      note(extent.first)
      note(extent.last)
    }
    var span = last.since(first) ?? 0
    base = Array(repeating: first, count: clocks.count)
    for extent in recording.logExtents where clocks[extent.process.index].source == .none {
      base[extent.process.index] = extent.first
      span = max(span, extent.last.since(extent.first) ?? 0)
      if !first.isKnown || (last == .unknown && extent.first.nanoseconds < first.nanoseconds) {
        first = extent.first
      }
    }
    origin = first.isKnown ? first : Timestamp(0)
    end = origin.shifted(by: span)
    for row in 0..<base.count where !base[row].isKnown { base[row] = origin }
  }

  init() { base = [] }

  /// A time of a span after the origin; nil if it is unknown.
  func span(_ time: Timestamp) -> Int64? { time.since(origin) }

  /// A time of a task of this process row.
  func task(_ time: Timestamp, of process: ProcessIndex) -> Int64? {
    time.since(process.index < base.count ? base[process.index] : origin)
  }
}
