/// What the name of a function says about it.
enum GoFunctionKind: UInt8, Sendable {
  /// Not looked at yet.
  case unseen
  /// It has no name.
  case unnamed
  case send, receive, select, close
  case waitGroup
  /// The scheduler stopped the goroutine where it stood; a caller may be missing below.
  case preemption
  /// Another function of package `runtime`.
  case runtime
  /// The tracer itself: package `runtime/trace`.
  case tracer
  /// Packages on which a program waits but which are not the program: `sync`, `time`, `internal/…`.
  case plumbing
  case program

  /// The names that stand on top of a stack taken inside an operation. Closing shows no frame of its
  /// own, unless it is done by reflection.
  private static let operations: [String: GoFunctionKind] = [
    "runtime.chansend": .send, "runtime.chansend1": .send, "runtime.selectnbsend": .send,
    "reflect.chansend0": .send, "runtime.chanrecv": .receive, "runtime.chanrecv1": .receive,
    "runtime.chanrecv2": .receive, "runtime.selectnbrecv": .receive, "reflect.chanrecv": .receive,
    "runtime.selectgo": .select, "reflect.rselect": .select, "runtime.closechan": .close,
    "runtime.chanclose": .close, "reflect.chanclose": .close, "sync.(*WaitGroup).Add": .waitGroup,
    "sync.(*WaitGroup).Done": .waitGroup, "runtime.asyncPreempt": .preemption,
  ]
  private static let plumbingPrefixes = ["sync.", "sync/", "time.", "internal/", "runtime/"]

  init(name: String) {
    if name.isEmpty {
      self = .unnamed
    } else if let operation = Self.operations[name] {
      self = operation
    } else if name.hasPrefix("runtime/trace.") {
      self = .tracer
    } else if name.hasPrefix("runtime.") {
      self = .runtime
    } else if name.hasPrefix("sync.(*WaitGroup).Go.") {
      self = .waitGroup
    } else {
      self = Self.plumbingPrefixes.contains { name.hasPrefix($0) } ? .plumbing : .program
    }
  }

  /// Whether a goroutine that begins with the function of this name does the scheduler's or the
  /// tracer's housekeeping.
  static func isHousekeeping(entry name: String) -> Bool {
    switch name {
    case "runtime.main", "runtime.corostart", "runtime.handleAsyncEvent": false
    default: name.hasPrefix("runtime.") || name.hasPrefix("runtime/trace.")
    }
  }
}

/// Why a goroutine blocked, as far as it matters for cause.
enum GoBlockKind: UInt8, Sendable {
  case unseen
  case other
  case receive, send, select
  case sync
  case cond

  init(reason: String) {
    switch reason {
    case "chan receive": self = .receive
    case "chan send": self = .send
    case "select": self = .select
    case "sync": self = .sync
    case "sync.(*Cond).Wait": self = .cond
    default: self = .other
    }
  }
}

extension Handoff {
  /// What a wake-up says, from why the sleeper slept and what is on top of its waker's stack.
  init(sleeper: GoBlockKind, waker: GoFunctionKind) {
    switch (sleeper, waker) {
    case (.receive, .send), (.select, .send), (.receive, .select): self = .send
    case (.send, .receive), (.select, .receive), (.send, .select): self = .take
    case (.select, .select): self = .select
    case (.receive, .close), (.select, .close), (.send, .close),
      (.receive, .program), (.select, .program), (.send, .program),
      (.receive, .plumbing), (.select, .plumbing), (.send, .plumbing):
      self = .close
    case (.cond, _): self = .cond
    case (.sync, .waitGroup): self = .completion
    default: self = .none
    }
  }
}

/// Strings and stacks of one generation with what they mean, worked out when asked for.
struct GoTraceNames: Sendable {
  var strings: GoTraceStrings
  var stacks: GoTraceStacks
  private var functionKinds: [GoFunctionKind]
  private var blockKinds: [GoBlockKind]
  private var waitSites: [SiteID?]
  private var topSites: [SiteID?]
  private var wholeStacks: [StackID?]
  /// The births met last, each at a place that follows from its stacks.
  private var births: [GoTraceBirth?] = Array(repeating: nil, count: GoTraceBirth.room)

  init(strings: GoTraceStrings, stacks: GoTraceStacks) {
    self.strings = strings
    self.stacks = stacks
    functionKinds = Array(repeating: .unseen, count: strings.count)
    blockKinds = Array(repeating: .unseen, count: strings.count)
    waitSites = Array(repeating: nil, count: stacks.count)
    topSites = waitSites
    wholeStacks = Array(repeating: nil, count: stacks.count)
  }

  /// The kinds of waits met last, each at a place that follows from its rows.
  var waitKinds: [GoTraceWaitKind] = Array(
    repeating: .none, count: GoTraceWaitKind.room)

  /// The names of no generation.
  static let none = GoTraceNames(strings: GoTraceStrings(bytes: 0), stacks: GoTraceStacks(bytes: 0))

  mutating func string(
    _ row: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> StringID {
    strings.intern(row, bytes, into: &recording.strings)
  }

  mutating func functionKind(
    _ row: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> GoFunctionKind {
    let index = Int(row)
    guard index < functionKinds.count else { return .unnamed }
    if functionKinds[index] == .unseen {
      let name = string(row, bytes, &recording)
      functionKinds[index] = GoFunctionKind(name: recording.strings.text(name))
    }
    return functionKinds[index]
  }

  mutating func blockKind(
    _ row: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> GoBlockKind {
    let index = Int(row)
    guard index < blockKinds.count else { return .other }
    if blockKinds[index] == .unseen {
      let reason = string(row, bytes, &recording)
      blockKinds[index] = GoBlockKind(reason: recording.strings.text(reason))
    }
    return blockKinds[index]
  }

  /// The place of one frame; nameless frames are a place, too.
  mutating func site(
    _ frame: GoTraceFrame, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> SiteID {
    let function = string(frame.function, bytes, &recording)
    let file = string(frame.file, bytes, &recording)
    return recording.sites.intern(Site(function: function, file: file, line: frame.line))
  }

  /// The place of a frame; `none` if it has no name.
  private mutating func namedSite(
    _ frame: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> SiteID {
    let frame = stacks.frames[frame]
    if frame.function == 0, frame.file == 0 { return .none }
    return site(frame, bytes, &recording)
  }

  /// The place of the innermost frame; `none` if the stack is empty or nameless.
  mutating func topSite(
    _ stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> SiteID {
    guard let top = stacks.frames(of: stack).first else { return .none }
    if let known = topSites[Int(stack)] { return known }
    let found = namedSite(top, bytes, &recording)
    topSites[Int(stack)] = found
    return found
  }

  /// Where the program waits: the first frame that is the program's, else the innermost one.
  mutating func waitSite(
    _ stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> SiteID {
    guard Int(stack) < waitSites.count else { return .none }
    if let known = waitSites[Int(stack)] { return known }
    let range = stacks.frames(of: stack)
    var chosen = range.lowerBound
    for index in range
    where functionKind(stacks.frames[index].function, bytes, &recording) == .program {
      chosen = index
      break
    }
    let found = range.isEmpty ? .none : namedSite(chosen, bytes, &recording)
    waitSites[Int(stack)] = found
    return found
  }

  /// The first place outside package `runtime/trace`: where the program called it.
  mutating func callerOfTracer(
    _ stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> SiteID {
    for index in stacks.frames(of: stack)
    where functionKind(stacks.frames[index].function, bytes, &recording) != .tracer {
      return namedSite(index, bytes, &recording)
    }
    return .none
  }

  mutating func wholeStack(
    _ stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> StackID {
    guard Int(stack) < wholeStacks.count else { return .none }
    if let known = wholeStacks[Int(stack)] { return known }
    var frames: [SiteID] = []
    for index in stacks.frames(of: stack) {
      frames.append(site(stacks.frames[index], bytes, &recording))
    }
    let id: StackID = frames.isEmpty ? .none : recording.stacks.intern(frames)
    wholeStacks[Int(stack)] = id
    return id
  }

  /// What is on top of a stack: what its owner was doing.
  mutating func topKind(
    _ stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> GoFunctionKind {
    let range = stacks.frames(of: stack)
    guard let top = range.first else { return .unnamed }
    return functionKind(stacks.frames[top].function, bytes, &recording)
  }
}

// MARK: - Births

/// What the stacks of a creation say of the goroutine.
struct GoTraceBirth: Sendable {
  fileprivate static let room = 1024

  fileprivate var entry: UInt32
  fileprivate var stack: UInt32
  fileprivate var before: UInt32
  /// Row of a `TaskOrigin`.
  var origin: UInt32
  /// The creation does not tell what the goroutine runs.
  var needsEntry: Bool
  /// It tells that what the goroutine runs has no name.
  var isUnnamed: Bool
  /// What it runs is the scheduler's housekeeping.
  var isHousekeeping: Bool

  @inline(__always)
  fileprivate static func place(_ creation: GoTraceCreation) -> Int {
    Int(creation.entry &* 31 &+ creation.stack) & (room - 1)
  }
}

extension GoTraceNames {
  /// What is known from an earlier creation with the same stacks; `before` is the row of the
  /// goroutine's origin so far.
  @inline(__always)
  func birth(_ creation: GoTraceCreation, before: UInt32) -> GoTraceBirth? {
    guard let known = births[GoTraceBirth.place(creation)], known.entry == creation.entry,
      known.stack == creation.stack, known.before == before
    else { return nil }
    return known
  }

  @inline(never)
  mutating func learnBirth(
    _ creation: GoTraceCreation, before: UInt32, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> GoTraceBirth {
    var origin = recording.tasks.origin(before)
    var needsEntry = true
    var isUnnamed = false
    if let frame = stacks.frames(of: creation.entry).first {
      origin.entry = string(stacks.frames[frame].function, bytes, &recording)
      isUnnamed = origin.entry == .empty
      needsEntry = isUnnamed
    }
    if creation.stack != 0 {
      origin.spawnSite = topSite(creation.stack, bytes, &recording)
      origin.creationStack = wholeStack(creation.stack, bytes, &recording)
      origin.stackDepth = UInt32(clamping: stacks.frames(of: creation.stack).count)
    }
    let birth = GoTraceBirth(
      entry: creation.entry, stack: creation.stack, before: before,
      origin: recording.tasks.intern(origin), needsEntry: needsEntry, isUnnamed: isUnnamed,
      isHousekeeping: GoFunctionKind.isHousekeeping(entry: recording.strings.text(origin.entry)))
    births[GoTraceBirth.place(creation)] = birth
    return birth
  }
}
