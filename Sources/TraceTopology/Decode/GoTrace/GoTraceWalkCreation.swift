/// Where goroutines come from and what they run.
extension GoTraceWalk {
  @inline(never)
  mutating func create(
    _ id: UInt64, entry: UInt64, stack: UInt64, _ state: TaskState, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    var kind = GoTraceCreation.kind(by: thread.current.row, stack: stack, state)
    if kind == .timer, thread.isBehindLoss { kind = .unknown }
    let creation = GoTraceCreation(
      time: time, creator: thread.current.row, kind: kind,
      entry: replay.scribe.names.stacks.row(entry),
      stack: replay.scribe.names.stacks.row(stack))
    let slot: Int
    let unknown = replay.lives.unknownOrigin(&recording)
    if let birth = replay.scribe.names.birth(creation, before: unknown),
      let born = replay.lives.born(id, birth, creation, &recording)
    {
      slot = born
    } else {
      slot = replay.mention(id, bytes, &recording)
      let life = replay.lives.slots[slot]
      guard !life.isCreated, life.epochBefore == 0 else {
        strayEvents += 1
        return true
      }
      replay.lives.note(creation, of: slot, &replay.scribe.names, bytes, &recording)
    }
    _ = stackOfCurrent(stack, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: 0, kind: .create)
    step.state = state
    take(step, of: slot, bytes, &recording)
    return true
  }

  /// A thread of C calls into Go. The goroutine that carries the call keeps its id from call to
  /// call; each call is a task of its own.
  mutating func createCallback(
    _ id: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let slot = replay.mention(id, bytes, &recording)
    let life = replay.lives.slots[slot]
    var row = life.row
    if life.isCreated || life.epochBefore != 0 {
      row = recording.tasks.append(
        TaskRecord(process: replay.lives.process, kind: .goroutine, number: id))
    }
    replay.lives.slots[slot].isCreated = true
    replay.lives.slots[slot].isCallback = true
    replay.lives.slots[slot].needsEntry = false
    recording.tasks[row].start = time
    recording.tasks.setCreation(row, .callback)
    var step = GoTraceStep(time: time, sequence: 0, kind: .callback)
    step.state = .syscall
    step.other = row
    take(step, of: slot, bytes, &recording)
    setCurrent(slot, 0)
    return true
  }

  /// The row of a stack of the goroutine that the thread runs, if it is known which one that is.
  @inline(__always)
  mutating func stackOfCurrent(
    _ id: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> UInt32 {
    guard id != 0 else { return 0 }
    let slot = thread.current.isNone ? -1 : currentSlot(bytes, &recording)
    return stack(id, of: slot, bytes, &recording)
  }

  /// The row of a stack. It may tell what its owner runs: the outermost frame is what the goroutine
  /// began with, unless the stack is not whole.
  @inline(__always)
  mutating func stack(
    _ id: UInt64, of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> UInt32 {
    guard id != 0 else { return 0 }
    let row = replay.scribe.names.stacks.row(id)
    if row == 0 { missingStacks += 1 }
    guard row != 0, slot >= 0, replay.lives.slots[slot].needsEntry else { return row }
    learnEntry(of: slot, from: row, bytes, &recording)
    return row
  }

  @inline(never)
  private mutating func learnEntry(
    of slot: Int, from stack: UInt32, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let stacks = replay.scribe.names.stacks
    let frames = stacks.frames(of: stack)
    guard let last = frames.last else { return }
    let isDeep = frames.count >= GoTraceStacks.depthLimit
    guard !isDeep, !isPreempted(frames, bytes, &recording) else {
      for frame in frames
      where replay.scribe.names.functionKind(stacks.frames[frame].function, bytes, &recording)
        == .program
      {
        replay.lives.slots[slot].runsProgram = true
        break
      }
      return
    }
    let entry = replay.scribe.names.string(stacks.frames[last].function, bytes, &recording)
    guard entry != .empty else { return }
    replay.lives.setEntry(entry, of: slot, &recording)
  }

  /// Whether the outermost frame stands right below the frames of the scheduler's interruption. A
  /// function that was stopped anywhere hides its caller, so that frame may not be the first one.
  private mutating func isPreempted(
    _ frames: Range<Int>, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard frames.count > 1 else { return false }
    let inner = replay.scribe.names.stacks.frames[frames.upperBound - 2]
    return replay.scribe.names.functionKind(inner.function, bytes, &recording) == .preemption
  }
}
