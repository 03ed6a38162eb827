/// Lives the steps of all goroutines, each goroutine's in the order of its life.
///
/// That order is (sequence number, position in the thread's stream), never time: clocks of two
/// threads may disagree. A numbered step (start, wake-up, switch) must carry the number after the one
/// before; the first one of a generation follows a status or a creation. Steps arrive nearly in that
/// order, because threads are read side by side by time. One that arrives before its turn is held
/// until the steps before it have arrived.
///
/// What is still held when the generation ends lacks a step: nothing is paired across that hole, and
/// the state is unknown until a step states it.
struct GoTraceReplay: Sendable {
  /// A life with more held steps than this has lost one: it waits for the end of the generation.
  private static let heldLimit: UInt32 = 64

  var lives: GoTraceLives
  var scribe: GoTraceScribe
  private var held = GoTraceHeldSteps()
  /// Slots that may have held steps.
  private var holders: [Int] = []

  init(lives: GoTraceLives, scribe: GoTraceScribe) {
    self.lives = lives
    self.scribe = scribe
  }

  /// The slot of a goroutine that the current generation mentions, with a row if it is new.
  @inline(__always)
  mutating func mention(
    _ id: UInt64, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Int {
    let slot = lives.slot(of: id, &recording)
    if lives.slots[slot].epoch != lives.epoch { renew(slot, bytes, &recording) }
    return slot
  }

  @inline(never)
  private mutating func renew(_ slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording) {
    lives.renew(slot)
    if lives.isStale(slot), lives.slots[slot].state != .ended {
      scribe.forget(&lives.slots[slot], bytes, &recording)
    }
  }

  /// What a step came to.
  private enum Outcome {
    case lived
    /// It came before its turn.
    case early
    /// It was lived, and others that were held may follow; or it ended the life.
    case eventful
  }

  /// Takes a step of a goroutine: lives it, or holds it until its turn has come.
  @inline(__always)
  mutating func take(
    _ step: GoTraceStep, of slot: Int, thread: Int, _ bytes: Span<UInt8>,
    _ recording: inout Recording
  ) {
    switch Self.live(step, &lives.slots[slot], &scribe, bytes, &recording) {
    case .lived: break
    case .early: hold(step, of: slot, thread: thread)
    case .eventful:
      if lives.slots[slot].heldCount > 0 { releaseHeld(of: slot, bytes, &recording) }
      closeIfOver(slot)
    }
  }

  /// Lives a step if it comes next.
  @inline(__always)
  private static func live(
    _ step: GoTraceStep, _ life: inout GoTraceLife, _ scribe: inout GoTraceScribe,
    _ bytes: Span<UInt8>, _ recording: inout Recording
  ) -> Outcome {
    guard step.isNext(in: life) else { return .early }
    switch step.kind {
    case .status, .create, .callback:
      life.isAnchored = true
      life.anchor = 0
    case .start, .unblock, .switchIn: life.anchor = step.sequence
    default: break
    }
    scribe.follow(step, &life, bytes, &recording)
    return life.heldCount > 0 || step.kind == .end ? .eventful : .lived
  }

  @inline(never)
  private mutating func hold(_ step: GoTraceStep, of slot: Int, thread: Int) {
    let last = lives.slots[slot].lastHeld
    let place = held.append(step, thread: thread, behind: last)
    lives.slots[slot].lastHeld = place
    if last == GoTraceHeldSteps.none {
      lives.slots[slot].firstHeld = place
      holders.append(slot)
    }
    lives.slots[slot].heldCount += 1
  }

  @inline(never)
  private mutating func releaseHeld(
    of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    guard lives.slots[slot].heldCount <= Self.heldLimit else { return }
    while let step = held.takeNext(of: &lives.slots[slot]) {
      _ = Self.live(step, &lives.slots[slot], &scribe, bytes, &recording)
    }
  }

  @inline(__always)
  private mutating func closeIfOver(_ slot: Int) {
    guard lives.slots[slot].isOver else { return }
    lives.close(slot)
  }

  /// Ends a generation: lives what is held, and looks up what only the generation can tell.
  mutating func endGeneration(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    for slot in holders where lives.slots[slot].heldCount > 0 {
      for step in held.takeAll(of: &lives.slots[slot]) {
        place(step, of: slot, bytes, &recording)
        scribe.follow(step, &lives.slots[slot], bytes, &recording)
      }
      closeIfOver(slot)
    }
    holders.removeAll(keepingCapacity: true)
    readWaits(bytes, &recording)
  }

  private mutating func readWaits(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    for slot in lives.slots.indices where lives.slots[slot].isWaitUnread {
      if lives.slots[slot].state == .waiting {
        scribe.readWait(&lives.slots[slot], bytes, &recording)
      }
      lives.slots[slot].isWaitUnread = false
    }
  }

  /// Checks whether steps are missing before this one.
  private mutating func place(
    _ step: GoTraceStep, of slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    let life = lives.slots[slot]
    let isFree = life.isCallback && life.isAnchored
    switch step.kind {
    case .status, .create, .callback:
      lives.slots[slot].isAnchored = true
      lives.slots[slot].anchor = 0
    case .start, .unblock, .switchIn:
      if life.isAnchored, step.sequence == life.anchor &+ 1 {
        lives.slots[slot].anchor = step.sequence
      } else if !isFree {
        lose(step, slot, bytes, &recording)
      }
    default:
      let isPlaced = life.isAnchored && life.anchor == step.sequence
      if !isPlaced, !isFree { lose(step, slot, bytes, &recording) }
    }
  }

  private mutating func lose(
    _ step: GoTraceStep, _ slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    scribe.misfits += 1
    lives.slots[slot].isAnchored = true
    lives.slots[slot].anchor = step.sequence
    forget(slot, bytes, &recording)
  }
}

// MARK: - One step at a time

extension GoTraceReplay {
  /// Lives one step of a goroutine whose steps come in the order of its life already; sequence
  /// numbers are not looked at.
  mutating func live(
    _ step: GoTraceStep, ofOrdered slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording
  ) {
    scribe.follow(step, &lives.slots[slot], bytes, &recording)
    closeIfOver(slot)
  }

  /// Nothing is known any more of what the goroutines do, except that some have ended.
  mutating func forgetAll(_ bytes: Span<UInt8>, _ recording: inout Recording) {
    for slot in lives.slots.indices where !lives.slots[slot].row.isNone {
      forget(slot, bytes, &recording)
    }
  }

  /// Nothing is known any more of what a goroutine does, unless it has ended.
  mutating func forget(_ slot: Int, _ bytes: Span<UInt8>, _ recording: inout Recording) {
    guard lives.slots[slot].state != .ended else { return }
    scribe.forget(&lives.slots[slot], bytes, &recording)
  }
}
