/// How far the clocks of two processes are apart, as far as recorded calls between them show.
///
/// A called span lies within the span that calls it. Each recorded pair therefore bounds the offset
/// from both sides, as the exchanges of NTP do:
///
///     end of callee − end of caller  ≤  offset  ≤  start of callee − start of caller
///
/// The tightest bounds are taken, but for the outermost twentieth, which may be calls that do not
/// wait. Spans of one process have no offset.
struct ProcessOffsets: Sendable {
  private var offsets: [UInt64: Int64] = [:]

  private static let sampleSize = 4096

  init() {}

  init(_ recording: Recording, _ forest: SpanForest) {
    let spans = recording.spans
    var calls: [UInt64: Int] = [:]
    let pair = { (row: Int) -> UInt64? in
      let parent = forest.parent[row]
      guard !forest.isAbsorbed[row], !parent.isNone,
        spans.process[parent.index] != spans.process[row]
      else { return nil }
      return Self.key(spans.process[parent.index], spans.process[row])
    }
    for row in 0..<spans.count {
      if let key = pair(row) { calls[key, default: 0] += 1 }
    }
    var bounds: [UInt64: (low: [Int64], high: [Int64])] = [:]
    for row in 0..<spans.count {
      guard let key = pair(row), let count = calls[key],
        spans.spanID[row].isSampled(Self.sampleSize, of: count)
      else { continue }
      let parent = forest.parent[row]
      if let high = spans.start[row].since(spans.start[parent.index]) {
        bounds[key, default: ([], [])].high.append(high)
      }
      if let low = spans.end[row].since(spans.end[parent.index]) {
        bounds[key, default: ([], [])].low.append(low)
      }
    }
    for (key, bound) in bounds {
      let high = bound.high.sorted()
      let low = bound.low.sorted()
      guard high.count >= 4, low.count >= 4 else { continue }
      let upper = high[high.count / 20]
      let lower = low[low.count - 1 - low.count / 20]
      // Calls that do not wait give no lower bound worth having; their delays are short.
      offsets[key] = lower <= upper ? lower + (upper - lower) / 2 : upper
    }
  }

  /// The time on the clock of one process that another's clock calls `time`.
  func time(_ time: Int64, of process: ProcessIndex, in other: ProcessIndex) -> Int64 {
    guard process != other, !process.isNone, !other.isNone else { return time }
    if let offset = offsets[Self.key(other, process)] { return time.subtractingSaturated(offset) }
    if let offset = offsets[Self.key(process, other)] { return time.addingSaturated(offset) }
    return time
  }

  private static func key(_ caller: ProcessIndex, _ callee: ProcessIndex) -> UInt64 {
    UInt64(caller.raw) << 32 | UInt64(callee.raw)
  }
}
