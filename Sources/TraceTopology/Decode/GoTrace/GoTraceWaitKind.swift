/// Waits of one generation that are alike, as rows of its strings and stacks, with the row of the
/// profile that counts them.
struct GoTraceWaitKind: Sendable {
  fileprivate static let mask = 1023
  static let room = mask + 1
  static let none = GoTraceWaitKind(reason: 0, stack: 0, waker: 0, isByTask: false, row: .max)

  var reason: UInt32
  var stack: UInt32
  /// The stack of the task that ended the wait.
  var waker: UInt32
  var isByTask: Bool
  /// All ones if it is not known yet.
  var row: UInt32

  @inline(__always)
  var place: Int { Int((stack &* 31 &+ waker) &* 31 &+ reason) & Self.mask }

  @inline(__always)
  func isAlike(_ other: GoTraceWaitKind) -> Bool {
    stack == other.stack && waker == other.waker && reason == other.reason
      && isByTask == other.isByTask && row != .max
  }
}

extension GoTraceScribe {
  /// Counts a wait that has ended.
  @inline(__always)
  mutating func profileWait(
    until time: Timestamp, _ step: GoTraceStep, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    let kind = GoTraceWaitKind(
      reason: life.waitString, stack: life.waitStack, waker: step.stack,
      isByTask: !step.other.isNone, row: .max)
    let known = names.waitKinds[kind.place]
    let row =
      life.isWaitUnread && known.isAlike(kind)
      ? known.row : waitRow(kind, &life, bytes, &recording)
    recording.waitProfile.note(time.since(life.stretch), in: row)
  }

  /// Counts a wait of which the end is not in the log, or nobody says how it came.
  @inline(never)
  mutating func profileCutWait(
    _ life: inout GoTraceLife, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    readWait(&life, bytes, &recording)
    let key = WaitProfile.Key(
      process: recording.tasks.process(life.row), reason: life.waitReason, site: life.waitSite,
      wakerSite: .none, wakerEntry: .empty, isByTask: false)
    recording.waitProfile.note(nil, in: recording.waitProfile.row(key))
  }

  @inline(never)
  private mutating func waitRow(
    _ kind: GoTraceWaitKind, _ life: inout GoTraceLife, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> UInt32 {
    // What an earlier generation told of the wait is known by names, not by rows.
    let isFresh = life.isWaitUnread
    readWait(&life, bytes, &recording)
    let waker = kind.isByTask ? names.waitSite(kind.waker, bytes, &recording) : .none
    let row = recording.waitProfile.row(
      WaitProfile.Key(
        process: recording.tasks.process(life.row), reason: life.waitReason, site: life.waitSite,
        wakerSite: waker, wakerEntry: .empty, isByTask: kind.isByTask))
    if isFresh {
      var known = kind
      known.row = row
      names.waitKinds[kind.place] = known
    }
    return row
  }
}
