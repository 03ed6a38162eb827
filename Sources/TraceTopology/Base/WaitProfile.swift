/// How long tasks waited where, for what, and who ended it: sums and histograms, whatever the number of
/// waits.
struct WaitProfile: Sendable {
  /// What waits of one row have in common.
  struct Key: Hashable, Sendable {
    var process: ProcessIndex
    var reason: StringID
    var site: SiteID
    /// Where the task that ended the wait did so; `none` if nobody says, or it was no task.
    var wakerSite: SiteID
    /// What that task runs, where its log names no places.
    var wakerEntry: StringID
    /// Whether a task ended the wait, and not a timer, the network or the runtime.
    var isByTask: Bool
  }

  private(set) var keys: [Key] = []
  private(set) var durations = DurationHistograms()
  /// For each row the waits whose beginning or end is not in the log.
  private(set) var cut: [Int] = []
  private var rows: [Key: UInt32] = [:]

  var count: Int { keys.count }

  /// The row of a key.
  mutating func row(_ key: Key) -> UInt32 {
    if let known = rows[key] { return known }
    let row = UInt32(truncatingIfNeeded: keys.count)
    keys.append(key)
    durations.add()
    cut.append(0)
    rows[key] = row
    return row
  }

  /// Notes one wait of a row; the length is nil if the log does not hold all of it.
  @inline(__always)
  mutating func note(_ length: Int64?, in row: UInt32) {
    if let length {
      durations.note(length, in: Int(row))
    } else {
      cut[Int(row)] += 1
    }
  }

  mutating func append(_ other: WaitProfile, _ move: (Key) -> Key) {
    for theirs in 0..<other.count {
      let ours = Int(row(move(other.keys[theirs])))
      durations.merge(other.durations, theirs, into: ours)
      cut[ours] += other.cut[theirs]
    }
  }
}
