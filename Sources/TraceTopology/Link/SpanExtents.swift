/// How many spans each process has, and between which of their starts they lie.
///
/// Measured only where the run holds a scheduler log: what nothing can be joined to needs no extent.
struct SpanExtents: Sendable {
  /// For each process row the number of its spans; zeros when nothing was measured.
  private var counts: [Int]
  /// For each process row the first and the last known start of its spans, in nanoseconds; `nil` when
  /// none of its spans tells its start.
  private var starts: [ClosedRange<Int64>?]

  init(_ recording: Recording) {
    let processes = recording.processes
    counts = Array(repeating: 0, count: processes.count)
    starts = Array(repeating: nil, count: processes.count)
    guard processes.source.contains(where: { $0 != .spans }) else { return }
    for row in 0..<recording.spans.count {
      let process = recording.spans.process[row]
      guard !process.isNone else { continue }
      counts[process.index] += 1
      let start = recording.spans.start[row]
      guard start.isKnown else { continue }
      widen(process.index, to: start.nanoseconds)
    }
  }

  private mutating func widen(_ process: Int, to start: Int64) {
    let known = starts[process] ?? start...start
    starts[process] = min(known.lowerBound, start)...max(known.upperBound, start)
  }

  /// How many spans the process has; none when there is no process.
  func count(of process: ProcessIndex) -> Int { process.isNone ? 0 : counts[process.index] }

  /// Whether a span of the process begins between two moments, or may: some begin before and some after.
  func overlaps(_ process: Int, _ first: Timestamp, _ last: Timestamp) -> Bool {
    starts[process].map {
      $0.lowerBound <= last.nanoseconds && first.nanoseconds <= $0.upperBound
    } ?? false
  }
}
