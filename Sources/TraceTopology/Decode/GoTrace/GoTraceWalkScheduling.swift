/// What moves goroutines from state to state.
extension GoTraceWalk {
  @inline(__always)
  mutating func setCurrent(_ slot: Int, _ sequence: UInt64) {
    thread.current = GoTraceCurrent(
      slot: slot, row: replay.lives.slots[slot].row, sequence: UInt32(clamping: sequence))
  }

  /// The slot of the goroutine that the thread runs; it may have ended on another thread if the log is
  /// damaged, and something else be in its slot.
  @inline(__always)
  mutating func currentSlot(_ bytes: Span<UInt8>, _ recording: inout Recording) -> Int {
    let current = thread.current
    if replay.lives.slots[current.slot].row == current.row { return current.slot }
    return returnToCurrent(bytes, &recording)
  }

  @inline(never)
  private mutating func returnToCurrent(
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Int {
    let id = recording.tasks.number(thread.current.row) ?? 0
    thread.current.slot = replay.mention(id, bytes, &recording)
    thread.current.row = replay.lives.slots[thread.current.slot].row
    return thread.current.slot
  }

  @inline(__always)
  mutating func take(
    _ step: GoTraceStep, of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    replay.take(step, of: slot, thread: thread.rank, bytes, &recording)
  }

  @inline(never)
  mutating func start(
    _ id: UInt64, _ sequence: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    if !thread.current.isNone { strayEvents += 1 }
    let slot = replay.mention(id, bytes, &recording)
    setCurrent(slot, sequence)
    take(
      GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .start), of: slot, bytes,
      &recording)
    return true
  }

  /// Something that the current goroutine does, if it is known which one that is.
  @inline(__always)
  mutating func act(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    userTask: UInt64 = 0, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard !thread.current.isNone else {
      strayEvents += 1
      return
    }
    let slot = currentSlot(bytes, &recording)
    let stackRow = self.stack(stack, of: slot, bytes, &recording)
    take(
      GoTraceStep(
        time: time, sequence: thread.current.sequence,
        string: string == 0 ? 0 : replay.scribe.names.strings.row(string), stack: stackRow,
        kind: kind, userTask: userTask), of: slot, bytes, &recording)
  }

  /// Something that takes the current goroutine off its thread.
  @inline(__always)
  mutating func leave(
    _ kind: GoTraceStep.Kind, _ time: Timestamp, string: UInt64 = 0, stack: UInt64 = 0,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    act(kind, time, string: string, stack: stack, bytes, &recording)
    thread.current = GoTraceCurrent()
  }

  @inline(never)
  mutating func block(
    reason: UInt64, stack: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    leave(.block, time, string: reason, stack: stack, bytes, &recording)
    return true
  }

  @inline(never)
  mutating func end(
    _ time: Timestamp, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    leave(.end, time, bytes, &recording)
    return true
  }

  @inline(never)
  mutating func unblock(
    _ id: UInt64, _ sequence: UInt64, stack: UInt64, _ time: Timestamp, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .unblock)
    step.stack = stackOfCurrent(stack, bytes, &recording)
    step.other = thread.current.row
    take(step, of: slot, bytes, &recording)
    return true
  }

  mutating func switchTo(
    _ id: UInt64, _ sequence: UInt64, leaving kind: GoTraceStep.Kind, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    guard GoTraceLives.isGoroutine(id) else { return false }
    let waker = thread.current.row
    act(kind, time, bytes, &recording)
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: UInt32(clamping: sequence), kind: .switchIn)
    step.other = waker
    setCurrent(slot, sequence)
    take(step, of: slot, bytes, &recording)
    return true
  }

  mutating func status(
    _ id: UInt64, _ holder: UInt64, _ code: UInt64, stack: UInt64, _ time: Timestamp,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Bool {
    let states: [TaskState] = [.unknown, .runnable, .running, .syscall, .waiting]
    guard GoTraceLives.isGoroutine(id), code >= 1, code <= 4 else { return false }
    let slot = replay.mention(id, bytes, &recording)
    var step = GoTraceStep(time: time, sequence: 0, kind: .status)
    step.state = states[Int(code)]
    step.stack = self.stack(stack, of: slot, bytes, &recording)
    // The runtime as a whole states what goroutines do on other threads.
    if step.state == .running, thread.id != GoTraceBatch.noThread { setCurrent(slot, 0) }
    if step.state == .syscall, holder == thread.id { setCurrent(slot, 0) }
    take(step, of: slot, bytes, &recording)
    return true
  }
}
