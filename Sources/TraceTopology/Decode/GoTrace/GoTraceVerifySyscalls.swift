/// What events of system calls need and do (§6.3).
extension GoTraceScheduler {
  mutating func syscallBegin(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    if let lack = lackOfUser(thread) ?? mismatch(thread, event.id, .running) {
      return broken(lack)
    }
    let row = threads[thread].proc
    guard sequence(event.a).follows(procs[row].sequence) else {
      return broken(
        "failed to advance GoSyscallBegin: can't make sequence: "
          + "\(procs[row].sequence) -> \(sequence(event.a))")
    }
    goroutines[threads[thread].goroutine].status = .syscall
    procs[row].status = .syscall
    procs[row].sequence = sequence(event.a)
    change(goroutine: .running, .syscall)
    return .ready
  }

  mutating func syscallEnd(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    if let lack = lackOfUser(thread) ?? mismatch(thread, event.id, .syscall) {
      return broken(lack)
    }
    let row = threads[thread].proc
    guard procs[row].status == .syscall else {
      return broken(
        "expected proc \(procNumbers.ids[row]) to be in state Syscall, "
          + "but is \(procs[row].status.name) instead")
    }
    procs[row].status = .running
    goroutines[threads[thread].goroutine].status = .running
    change(goroutine: .syscall, .running)
    return .ready
  }

  mutating func syscallEndBlocked(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    if thread >= 0, threads[thread].proc >= 0, procs[threads[thread].proc].status == .syscall {
      return .notReady
    }
    if let lack = lack(thread, proc: .may, goroutine: .must)
      ?? mismatch(thread, event.id, .syscall)
    {
      return broken(lack)
    }
    goroutines[threads[thread].goroutine].status = .runnable
    threads[thread].goroutine = -1
    change(goroutine: .syscall, .runnable)
    return .ready
  }

  mutating func destroySyscall(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    if let lack = lack(thread, proc: .may, goroutine: .must)
      ?? mismatch(thread, event.id, .syscall)
    {
      return broken(lack)
    }
    enter(threads[thread].goroutine, .gone)
    threads[thread].goroutine = -1
    let row = threads[thread].proc
    if row >= 0 {
      guard procs[row].status == .syscall else {
        return broken(
          "expected proc \(procNumbers.ids[row]) to be in state Syscall, "
            + "but is \(procs[row].status.name) instead")
      }
      procs[row].status = .abandoned
      threads[thread].proc = -1
      change(proc: .running, .idle)
    }
    change(goroutine: .syscall, .notExist)
    return .ready
  }
}
