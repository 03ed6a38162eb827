/// One goroutine between two events.
struct GoTraceLife: Sendable {
  /// The id that the log gave it.
  var id: UInt64
  /// Its row; the row of its last incarnation if it carries calls from C.
  var row: TaskIndex
  /// The sequence number that the last step had, if `isAnchored`.
  var anchor: UInt32 = 0
  /// Since when it is in `state`.
  var since = Timestamp.unknown
  /// Since when it runs (system calls included) or waits; meaningful in those states.
  var stretch = Timestamp.unknown
  /// What it has spent and the recording does not know yet.
  var spent = TaskTime()
  var waitReason = StringID.empty
  var waitSite = SiteID.none
  /// Rows of the generation that tell where it waits, if `isWaitUnread`.
  var waitString: UInt32 = 0
  var waitStack: UInt32 = 0
  /// The last generation that mentions it and the one before that, 0 for none.
  var epoch: UInt32 = 0
  var epochBefore: UInt32 = 0
  /// A region of it is open: the last one, as a row of `GoTraceScribe.openRegions`.
  var openRegion = UInt32.max
  /// Its steps that wait for their turn, see `GoTraceHeldSteps`.
  var firstHeld = GoTraceHeldSteps.none
  var lastHeld = GoTraceHeldSteps.none
  var heldCount: UInt32 = 0
  var state = TaskState.unknown
  var block = GoBlockKind.other
  /// A step of the generation is in place.
  var isAnchored = false
  /// The trace shows its creation.
  var isCreated = false
  /// It carries calls from C, so its id may come back to life.
  var isCallback = false
  /// What it runs is not known yet.
  var needsEntry = true
  /// Some stack of it shows code of the program.
  var runsProgram = false
  /// It does the scheduler's housekeeping, as far as its first function tells; see `needsEntry`.
  var isHousekeeping = false
  /// The reason and the place of its wait are not looked up yet.
  var isWaitUnread = false

  /// Nothing more can happen to it.
  var isOver: Bool {
    @inline(__always) get { state == .ended && heldCount == 0 && !isCallback }
  }

  var isOnThread: Bool {
    @inline(__always) get { state == .running || state == .syscall }
  }
}

/// What is known of the goroutines and user tasks of one trace, from generation to generation.
///
/// Only goroutines that may do something yet have a slot; of one that has ended the row is left.
///
///     handles    id ─▶ slot                  alive
///                id ─▶ row, with `endedBit`   ended
struct GoTraceLives: Sendable {
  private static let endedBit: UInt32 = 1 << 31

  var slots: [GoTraceLife] = []
  private var freeSlots: [UInt32] = []
  private var handles = GoTraceHandles()
  /// The number of the current generation, counted from 1; it jumps where generations are missing.
  private(set) var epoch: UInt32 = 0
  private var origin: UInt32?
  var userTasks = GoTraceNumbers()
  var userTaskRows: [TaskIndex] = []
  var children: [GoTraceUserTaskChild] = []
  /// The last label that the runtime gave a goroutine, and when.
  private var labels: [TaskIndex: (time: Timestamp, text: StringID)] = [:]
  let process: ProcessIndex

  init(process: ProcessIndex) { self.process = process }

  /// Whether a goroutine can have this id: 0 and all ones mean "none".
  @inline(__always)
  static func isGoroutine(_ id: UInt64) -> Bool { id != 0 && id != .max }

  /// Starts a generation. After a gap nothing is known of what the goroutines did in between.
  mutating func beginGeneration(afterGap: Bool) {
    epoch &+= afterGap && epoch > 0 ? 2 : 1
  }

  /// The slot of a goroutine, with a row if it is new.
  @inline(__always)
  mutating func slot(of id: UInt64, _ recording: inout Recording) -> Int {
    let place = handles.place(of: id)
    let handle = handles[place]
    if handle & Self.endedBit == 0 { return Int(handle) }
    return open(id, place, handle, &recording)
  }

  @inline(never)
  private mutating func open(
    _ id: UInt64, _ place: Int, _ handle: UInt32, _ recording: inout Recording
  ) -> Int {
    let life = handle == GoTraceHandles.none ? new(id, &recording) : revived(handle, id)
    return open(life, place)
  }

  /// The slot of a goroutine that is born here; `nil` if the trace mentioned it before.
  @inline(__always)
  mutating func born(
    _ id: UInt64, _ birth: GoTraceBirth, _ creation: GoTraceCreation, _ recording: inout Recording
  ) -> Int? {
    let place = handles.place(of: id)
    guard handles[place] == GoTraceHandles.none, id != 1 else { return nil }
    var life = GoTraceLife(
      id: id,
      row: recording.tasks.append(
        number: id, kind: .goroutine, at: creation.time, by: creation.creator,
        creation.kind, origin: birth.origin))
    life.isCreated = true
    life.epoch = epoch
    life.needsEntry = birth.needsEntry
    life.isHousekeeping = birth.isHousekeeping
    return open(life, place)
  }

  @inline(__always)
  private mutating func open(_ life: GoTraceLife, _ place: Int) -> Int {
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = Int(free)
      slots[slot] = life
    } else {
      slot = slots.count
      slots.append(life)
    }
    handles[place] = UInt32(truncatingIfNeeded: slot)
    return slot
  }

  private mutating func new(_ id: UInt64, _ recording: inout Recording) -> GoTraceLife {
    var life = GoTraceLife(
      id: id,
      row: recording.tasks.append(number: id, kind: .goroutine, origin: unknownOrigin(&recording)))
    if id == 1 {
      let entry = recording.strings.intern("main.main")
      recording.tasks[life.row].entry = entry
      life.needsEntry = false
    }
    return life
  }

  /// Where a goroutine comes from of which nothing is known.
  @inline(__always)
  mutating func unknownOrigin(_ recording: inout Recording) -> UInt32 {
    if let origin { return origin }
    let row = recording.tasks.intern(TaskOrigin(process: process))
    origin = row
    return row
  }

  /// A goroutine that has ended; whatever mentions it now is a mistake.
  private func revived(_ handle: UInt32, _ id: UInt64) -> GoTraceLife {
    var life = GoTraceLife(id: id, row: TaskIndex(raw: handle & ~Self.endedBit))
    life.state = .ended
    life.isCreated = true
    life.needsEntry = false
    life.epoch = epoch
    life.epochBefore = epoch
    return life
  }

  /// Gives up the slot of a goroutine that has ended.
  @inline(__always)
  mutating func close(_ slot: Int) {
    let place = handles.place(of: slots[slot].id)
    handles[place] = slots[slot].row.raw | Self.endedBit
    slots[slot].row = .none
    freeSlots.append(UInt32(truncatingIfNeeded: slot))
  }

  /// Notes that the current generation mentions a goroutine.
  mutating func renew(_ slot: Int) {
    slots[slot].epochBefore = slots[slot].epoch
    slots[slot].epoch = epoch
    slots[slot].isAnchored = false
  }

  /// Whether the last generation before the current one did not mention this goroutine.
  func isStale(_ slot: Int) -> Bool {
    slots[slot].epochBefore != 0 && slots[slot].epochBefore &+ 1 != epoch
  }
}

extension GoTraceLife {
  /// Whether it is the scheduler's own work: what it runs tells, or that nothing is ever seen of it.
  var isSystem: Bool {
    @inline(__always) get { needsEntry ? !isCreated && !runsProgram : isHousekeeping }
  }
}

/// What a creation event says, in rows of the tables.
struct GoTraceCreation: Sendable {
  var time: Timestamp
  /// The goroutine that did it; `none` if the scheduler did, or if nobody knows.
  var creator: TaskIndex
  var kind: CreationKind
  /// Row of the stack of one frame that names what the new goroutine runs.
  var entry: UInt32
  /// Row of the creator's stack.
  var stack: UInt32
}

extension GoTraceLives {
  /// Notes a label; of several the last one counts.
  mutating func note(label text: StringID, at time: Timestamp, of row: TaskIndex) {
    if let known = labels[row], known.time.nanoseconds > time.nanoseconds { return }
    labels[row] = (time, text)
  }

  /// Writes the labels into the recording, when the trace is read.
  func writeLabels(_ recording: inout Recording) {
    guard !labels.isEmpty else { return }
    let key = recording.strings.intern("runtime.label")
    for (row, label) in labels.sorted(by: { $0.key.raw < $1.key.raw }) {
      recording.taskLabels.append(TaskLabel(task: row, key: key, value: label.text))
    }
  }
}

extension GoTraceCreation {
  /// What a creation event says of the kind: by whom, in which state, and the id of the creator's
  /// stack, 0 for none. The scheduler has no stack; a goroutine has one, known or not.
  @inline(__always)
  static func kind(by creator: TaskIndex, stack: UInt64, _ state: TaskState) -> CreationKind {
    if state == .waiting { return .coroutine }
    if !creator.isNone { return .spawn }
    return stack == 0 ? .timer : .unknown
  }
}

extension GoTraceLives {
  /// Writes down the creation of a goroutine.
  @inline(__always)
  mutating func note(
    _ creation: GoTraceCreation, of slot: Int, _ names: inout GoTraceNames,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    slots[slot].isCreated = true
    let row = slots[slot].row
    let before = recording.tasks.originRow(row)
    let known = names.birth(creation, before: before)
    let birth = known ?? names.learnBirth(creation, before: before, bytes, &recording)
    if !birth.needsEntry || birth.isUnnamed {
      slots[slot].needsEntry = birth.needsEntry
      slots[slot].isHousekeeping = birth.isHousekeeping
    }
    recording.tasks.spawn(
      row, at: creation.time, by: creation.creator, creation.kind, origin: birth.origin)
  }

  /// Writes down what a goroutine runs.
  mutating func setEntry(_ name: StringID, of slot: Int, _ recording: inout Recording) {
    recording.tasks[slots[slot].row].entry = name
    slots[slot].needsEntry = name == .empty
    slots[slot].isHousekeeping = GoFunctionKind.isHousekeeping(entry: recording.strings.text(name))
  }

  /// Writes down what a goroutine runs, from the stack of one frame that names it.
  mutating func noteEntry(
    _ stack: UInt32, of slot: Int, _ names: inout GoTraceNames, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    guard let frame = names.stacks.frames(of: stack).first else { return }
    let name = names.string(names.stacks.frames[frame].function, bytes, &recording)
    setEntry(name, of: slot, &recording)
  }
}
