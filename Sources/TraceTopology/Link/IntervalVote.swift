/// Finds the value that most intervals hold.
enum IntervalVote {
  /// The widest agreement: the range of values that lie in the most intervals, and how many those are.
  struct Plateau: Sendable, Equatable {
    var low: Int64
    var high: Int64
    var height: Int

    var middle: Int64 { low.addingSaturated(high.subtractingSaturated(low) / 2) }
    var halfWidth: Int64 { high.subtractingSaturated(low) / 2 }
  }

  /// Sweeps over the ends of closed intervals: n log n. Of plateaus of one height the one nearest to
  /// `preferred`; nil if there is no interval.
  static func plateau(_ intervals: [(low: Int64, high: Int64)], preferred: Int64 = 0) -> Plateau? {
    var ends: [(value: Int64, isEnd: Bool)] = []
    ends.reserveCapacity(intervals.count * 2)
    for interval in intervals where interval.low <= interval.high {
      ends.append((interval.low, false))
      ends.append((interval.high, true))
    }
    ends.sort { $0.value != $1.value ? $0.value < $1.value : !$0.isEnd && $1.isEnd }
    var height = 0
    var best: Plateau?
    for index in 0..<ends.count {
      guard !ends[index].isEnd else {
        height -= 1
        continue
      }
      height += 1
      // The plateau of this height ends where the next interval does.
      guard index + 1 < ends.count, ends[index + 1].isEnd else { continue }
      let found = Plateau(low: ends[index].value, high: ends[index + 1].value, height: height)
      if let known = best {
        let isNearer = distance(found, preferred) < distance(known, preferred)
        if height > known.height || (height == known.height && isNearer) { best = found }
      } else {
        best = found
      }
    }
    return best
  }

  private static func distance(_ plateau: Plateau, _ value: Int64) -> Int64 {
    max(0, plateau.low.subtractingSaturated(value), value.subtractingSaturated(plateau.high))
  }
}
