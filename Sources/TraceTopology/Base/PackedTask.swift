/// What many tasks have in common: stored once for all of them.
struct TaskOrigin: Hashable, Sendable {
  var process = ProcessIndex.none
  var entry = StringID.empty
  var spawnSite = SiteID.none
  /// The creator's stack at the spawn, innermost frame first.
  var creationStack = StackID.none
  var stackDepth: UInt32 = 0
}

/// What few tasks have.
struct TaskAside: Equatable, Sendable {
  /// The id or name that the log gave it, where that is text.
  var label = StringID.empty
  var waitReason = StringID.empty
  var waitSite = SiteID.none
  /// 0 for none.
  var blockedMinutes: UInt32 = 0
  /// The runtime found that nothing can ever wake it.
  var isFoundLeaked = false
}

/// Numbers of a task that do not all fit into 32 bits.
struct WideTask: Sendable {
  /// All ones for none.
  var number: UInt64
  var end: Timestamp
  var time: TaskTime
}

/// One row of a `TaskTable`.
///
/// The end is told from the start; numbers that do not fit are those of a row of `WideTask`.
struct PackedTask: Sendable {
  private var rawStart = Timestamp.unknown.nanoseconds
  /// All ones for none.
  var number = UInt32.max
  /// From the start to the end; the row of the wide numbers if there are such.
  var length: UInt32 = 0
  private var running: UInt32 = 0
  private var runnable: UInt32 = 0
  private var waiting: UInt32 = 0
  private var syscall: UInt32 = 0
  var parent = TaskIndex.none.raw
  var origin: UInt32
  /// Row of `TaskAside`; all ones for none.
  var aside = UInt32.max
  /// Bits 0–1 kind, 2–3 source of the parent, 4 system, 5–6 outcome, 7–9 last state, 10 end is known,
  /// 11 wide, 12–14 creation.
  private var traits: UInt16 = 0

  init(origin: UInt32) {
    self.origin = origin
    kind = .task
    outcome = .unknown
  }

  var start: Timestamp {
    get { Timestamp(rawStart) }
    set { rawStart = newValue.nanoseconds }
  }

  /// The end, where it is told from the start.
  var end: Timestamp { hasEnd ? start.shifted(by: Int64(length)) : .unknown }

  /// The times, where they are not wide.
  var time: TaskTime {
    TaskTime(
      running: Int64(running), runnable: Int64(runnable), waiting: Int64(waiting),
      syscall: Int64(syscall))
  }

  /// Ends. False, and nothing is changed, if a number does not fit or some time was spent before.
  @inline(__always)
  mutating func end(at time: Timestamp, after spent: TaskTime, isSystem: Bool) -> Bool {
    guard !isWide, (running | runnable | waiting | syscall) == 0, pack(end: time, time: spent)
    else { return false }
    outcome = .ended
    lastState = .ended
    self.isSystem = isSystem
    return true
  }

  /// Moves the times. False, and nothing is changed, if that takes more than a sum.
  @inline(__always)
  mutating func move(by offset: Int64) -> Bool {
    let (moved, overflow) = rawStart.addingReportingOverflow(offset)
    let (_, isFar) = moved.addingReportingOverflow(Int64(length))
    guard !overflow, !isFar, moved != .min, start.isKnown, !isWide else { return false }
    rawStart = moved  // The end is told from the start.
    return true
  }

  /// Takes these numbers in. False, and nothing is changed, if they do not fit.
  mutating func pack(number: UInt64, end: Timestamp, time: TaskTime) -> Bool {
    let short = UInt32(truncatingIfNeeded: number)
    guard number == .max || (UInt64(short) == number && short != .max) else { return false }
    guard pack(end: end, time: time) else { return false }
    self.number = short
    return true
  }

  @inline(__always)
  mutating func pack(end: Timestamp, time: TaskTime) -> Bool {
    var wanted: UInt32 = 0
    if end.isKnown {
      guard let length = end.since(start), let short = UInt32(exactly: length) else { return false }
      wanted = short
    }
    guard pack(time: time) else { return false }
    length = wanted
    hasEnd = end.isKnown
    return true
  }

  @inline(__always)
  mutating func pack(time: TaskTime) -> Bool {
    let all = time.running | time.runnable | time.waiting | time.syscall
    guard all >> 32 == 0 else { return false }
    running = UInt32(truncatingIfNeeded: time.running)
    runnable = UInt32(truncatingIfNeeded: time.runnable)
    waiting = UInt32(truncatingIfNeeded: time.waiting)
    syscall = UInt32(truncatingIfNeeded: time.syscall)
    return true
  }
}

extension PackedTask {
  var kind: TaskKind {
    get { TaskKind(rawValue: UInt8(bits(0, 3))) ?? .task }
    set { setBits(0, 3, UInt16(newValue.rawValue)) }
  }

  var parentSource: ParentSource {
    get { ParentSource(rawValue: UInt8(bits(2, 3))) ?? .none }
    set { setBits(2, 3, UInt16(newValue.rawValue)) }
  }

  var creation: CreationKind {
    get { CreationKind(rawValue: UInt8(bits(12, 7))) ?? .unknown }
    set { setBits(12, 7, UInt16(newValue.rawValue)) }
  }

  var isSystem: Bool {
    get { bits(4, 1) == 1 }
    set { setBits(4, 1, newValue ? 1 : 0) }
  }

  var outcome: Outcome {
    get { Outcome(rawValue: UInt8(bits(5, 3))) ?? .unknown }
    set { setBits(5, 3, UInt16(newValue.rawValue)) }
  }

  var lastState: TaskState {
    get { TaskState(rawValue: UInt8(bits(7, 7))) ?? .unknown }
    set { setBits(7, 7, UInt16(newValue.rawValue)) }
  }

  private(set) var hasEnd: Bool {
    get { bits(10, 1) == 1 }
    set { setBits(10, 1, newValue ? 1 : 0) }
  }

  var isWide: Bool {
    get { bits(11, 1) == 1 }
    set { setBits(11, 1, newValue ? 1 : 0) }
  }

  @inline(__always)
  private func bits(_ place: UInt16, _ mask: UInt16) -> UInt16 { (traits >> place) & mask }

  @inline(__always)
  private mutating func setBits(_ place: UInt16, _ mask: UInt16, _ value: UInt16) {
    traits = (traits & ~(mask << place)) | ((value & mask) << place)
  }
}

/// The packed rows, in chunks that do not move. Chunks are large, so that the system may back them
/// with large pages; of a chunk only what was written takes memory.
struct TaskChunks: Sendable {
  private static var shift: Int { 18 }
  private static var size: Int { 1 << shift }

  private var chunks: [[PackedTask]] = []
  private(set) var count = 0

  subscript(row: Int) -> PackedTask {
    @inline(__always) get { chunks[row >> Self.shift][row & (Self.size - 1)] }
    @inline(__always) set { chunks[row >> Self.shift][row & (Self.size - 1)] = newValue }
  }

  /// Changes every row; gives the numbers of those of which that is said not to suffice.
  mutating func updateEach(_ change: (inout PackedTask) -> Bool) -> [Int] {
    var others: [Int] = []
    for number in chunks.indices {
      // In a variable of its own the chunk is asked once whether nobody else holds it.
      var chunk: [PackedTask] = []
      swap(&chunk, &chunks[number])
      for place in chunk.indices where !change(&chunk[place]) {
        others.append(number << Self.shift + place)
      }
      swap(&chunk, &chunks[number])
    }
    return others
  }

  mutating func append(_ row: PackedTask) {
    if count & (Self.size - 1) == 0 {
      chunks.append([])
      // Small tables stay small; from the second chunk on each is made whole at once.
      if count > 0 { LargePages.reserve(Self.size, in: &chunks[chunks.count - 1]) }
    }
    chunks[chunks.count - 1].append(row)
    count += 1
  }
}
