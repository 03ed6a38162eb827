/// Numbers things in order of first mention by an id that the log gave them.
///
/// Open addressing; ids are never taken out.
struct GoTraceNumbers: Sendable {
  private(set) var ids: [UInt64] = []
  private var slots: [UInt32] = Array(repeating: .max, count: 64)

  var count: Int { ids.count }

  func find(_ id: UInt64) -> Int? {
    let number = slots[slot(of: id)]
    return number == .max ? nil : Int(number)
  }

  /// The number of an id; equal to the old `count` if it is new.
  mutating func number(of id: UInt64) -> Int {
    let place = slot(of: id)
    let known = slots[place]
    if known != .max { return Int(known) }
    slots[place] = UInt32(truncatingIfNeeded: ids.count)
    ids.append(id)
    if ids.count * 2 > slots.count { grow() }
    return ids.count - 1
  }

  private func slot(of id: UInt64) -> Int {
    let hash = (id &* 0x9E37_79B9_7F4A_7C15) >> 32
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != .max, ids[Int(slots[slot])] != id { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: .max, count: slots.count * 2)
    for (number, id) in ids.enumerated() {
      slots[slot(of: id)] = UInt32(truncatingIfNeeded: number)
    }
  }
}

/// One goroutine between two events.
struct GoTraceGoroutine: Sendable {
  /// Its row; the row of its last incarnation if it carries calls from C.
  var row: TaskIndex
  var state = TaskState.unknown
  /// The trace shows its creation.
  var isCreated = false
  /// It carries calls from C, so its id may come back to life.
  var isCallback = false
  /// What it runs is not known yet.
  var needsEntry = true
  /// Some stack of it shows code of the program.
  var runsProgram = false
  /// A region of it is open: the last one, as a row of `GoTraceGoroutines.openRegions`.
  var openRegion = UInt32.max
  /// Since when it is in `state`.
  var since = Timestamp.unknown
  /// Since when it runs (system calls included) or waits; meaningful in those states.
  var stretch = Timestamp.unknown
  var block = GoBlockKind.other
  var waitReason = StringID.empty
  var waitSite = SiteID.none
  /// The last generation that mentions it and the one before that, 0 for none.
  var epoch: UInt32
  var epochBefore: UInt32
  /// Its number among the goroutines of generation `epoch`.
  var local: UInt32
}

/// A region that has begun on some goroutine and not ended yet.
struct GoTraceOpenRegion: Sendable {
  /// Row of `Recording.regions`.
  var region: Int
  /// The region around it, `.max` if it is the outermost.
  var outer: UInt32
}

/// What is known of the goroutines and user tasks of one trace, from generation to generation.
///
/// Invariant: `all` and `numbers` have the same count; goroutine n has the id `numbers.ids[n]`.
struct GoTraceGoroutines: Sendable {
  private(set) var numbers = GoTraceNumbers()
  var all = ChunkedArray<GoTraceGoroutine>()
  /// The goroutines that the current generation mentions.
  private(set) var mentioned: [UInt32] = []
  /// The number of the current generation, counted from 1; it jumps where generations are missing.
  private(set) var epoch: UInt32 = 0
  var openRegions: [GoTraceOpenRegion] = []
  var userTasks = GoTraceNumbers()
  var userTaskRows: [TaskIndex] = []
  var children: [GoTraceUserTaskChild] = []
  let process: ProcessIndex

  init(process: ProcessIndex) { self.process = process }

  /// Whether a goroutine can have this id: 0 and all ones mean "none".
  static func isGoroutine(_ id: UInt64) -> Bool { id != 0 && id != .max }

  /// Starts a generation. After a gap nothing is known of what the goroutines did in between.
  mutating func beginGeneration(afterGap: Bool) {
    epoch &+= afterGap && epoch > 0 ? 2 : 1
    mentioned.removeAll(keepingCapacity: true)
  }

  /// The number of a goroutine that the current generation mentions, with a row if it is new.
  mutating func mention(_ id: UInt64, _ recording: inout Recording) -> Int {
    let number = numbers.number(of: id)
    if number == all.count {
      var task = TaskRecord(process: process, kind: .goroutine, number: id)
      let isMain = id == 1
      if isMain { task.entry = recording.strings.intern("main.main") }
      all.append(
        GoTraceGoroutine(
          row: recording.tasks.append(task), needsEntry: !isMain, epoch: 0, epochBefore: 0,
          local: 0))
    }
    if all[number].epoch != epoch {
      all[number].epochBefore = all[number].epoch
      all[number].epoch = epoch
      all[number].local = UInt32(truncatingIfNeeded: mentioned.count)
      mentioned.append(UInt32(truncatingIfNeeded: number))
    }
    return number
  }

  /// Whether the last generation before the current one did not mention this goroutine.
  func isStale(_ number: Int) -> Bool {
    all[number].epochBefore != 0 && all[number].epochBefore &+ 1 != epoch
  }
}

/// What a creation event says, in rows of the tables.
struct GoTraceCreation: Sendable {
  var time: Timestamp
  /// The goroutine that did it; `none` if the scheduler did.
  var creator: TaskIndex
  /// Row of the stack of one frame that names what the new goroutine runs.
  var entry: UInt32
  /// Row of the creator's stack.
  var stack: UInt32
}

extension GoTraceGoroutines {
  /// Writes down the creation of a goroutine.
  mutating func note(
    _ creation: GoTraceCreation, of number: Int, _ names: inout GoTraceNames,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    all[number].isCreated = true
    let row = all[number].row
    recording.tasks[row].start = creation.time
    recording.tasks[row].parent = creation.creator
    if !creation.creator.isNone { recording.tasks[row].parentSource = .spawn }
    noteEntry(creation.entry, of: number, &names, bytes, &recording)
    guard creation.stack != 0 else { return }
    recording.tasks[row].spawnSite = names.topSite(creation.stack, bytes, &recording)
    recording.tasks[row].creationStack = names.wholeStack(creation.stack, bytes, &recording)
    recording.tasks[row].stackDepth = UInt32(
      clamping: names.stacks.frames(of: creation.stack).count)
  }

  /// Writes down what a goroutine runs, from the stack of one frame that names it.
  mutating func noteEntry(
    _ stack: UInt32, of number: Int, _ names: inout GoTraceNames, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    guard let frame = names.stacks.frames(of: stack).first else { return }
    let name = names.string(names.stacks.frames[frame].function, bytes, &recording)
    recording.tasks[all[number].row].entry = name
    all[number].needsEntry = name == .empty
  }
}
