/// What the sync batches of a generation say: its clock, and what a wall clock showed.
struct GoTraceSync: Sendable {
  /// One look at the wall clock.
  struct Snapshot: Sendable {
    /// In units of the trace clock.
    var time: UInt64
    var wall: Timestamp
  }

  /// Clock units per second.
  private(set) var frequency: UInt64?
  private(set) var snapshots: [Snapshot] = []

  /// Reads one sync batch; gives what is wrong with it, if anything, and where.
  mutating func read(
    _ bytes: Span<UInt8>, _ batch: GoTraceBatch
  ) -> (offset: Int, reason: String)? {
    var cursor = ByteCursor(batch.payload)
    while !cursor.isAtEnd {
      let start = cursor.offset
      switch cursor.byte(bytes) {
      case GoTraceMark.sync where start == batch.payload.lowerBound: continue
      case GoTraceMark.frequency:
        let value = cursor.varint(bytes)
        guard cursor.failure == nil, value > 0 else { return (start, "the clock has no frequency") }
        guard frequency == nil else { return (start, "found multiple frequency events") }
        frequency = value
      case GoTraceMark.clock:
        let delta = cursor.varint(bytes)
        _ = cursor.varint(bytes)  // The monotonic clock: the trace clock already is one.
        let seconds = cursor.varint(bytes)
        let nanoseconds = cursor.varint(bytes)
        guard cursor.failure == nil, seconds < 1 << 33, nanoseconds < 1_000_000_000 else {
          return (start, "a clock snapshot is damaged")
        }
        let wall = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
        snapshots.append(Snapshot(time: batch.time &+ delta, wall: Timestamp(wall)))
      case let other: return (start, "expected frequency or clock snapshot event, got \(other)")
      }
    }
    return nil
  }
}
