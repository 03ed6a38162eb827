/// What each event needs and does (§6.3).
extension GoTraceScheduler {
  /// Applies the next event of a thread, if it may come now.
  mutating func apply(
    _ event: GoTraceTimedEvent, on thread: Int, _ bytes: Span<UInt8>
  ) -> Verdict {
    transitions.removeAll(keepingCapacity: true)
    switch GoTraceEvent(rawValue: event.id) {
    case .procStatus: return procStatus(event, thread)
    case .procStart: return procStart(event, thread)
    case .procStop: return procStop(thread)
    case .procSteal: return procSteal(event, thread)
    case .goStatus, .goStatusStack: return goStatus(event, thread)
    case .goCreate: return goCreate(event, thread, .runnable)
    case .goCreateBlocked: return goCreate(event, thread, .waiting)
    case .goCreateSyscall: return goCreateSyscall(event, thread)
    case .goStart: return goStart(event, thread)
    case .goStop: return goLeave(event, thread, .runnable)
    case .goBlock: return goLeave(event, thread, .waiting)
    case .goDestroy: return goLeave(event, thread, .gone)
    case .goUnblock: return goUnblock(event)
    case .goSwitch: return goSwitch(event, thread, .waiting)
    case .goSwitchDestroy: return goSwitch(event, thread, .gone)
    case .goSyscallBegin: return syscallBegin(event, thread)
    case .goSyscallEnd: return syscallEnd(event, thread)
    case .goSyscallEndBlocked: return syscallEndBlocked(event, thread)
    case .goDestroySyscall: return destroySyscall(event, thread)
    case .userTaskBegin: return taskBegin(event, thread)
    case .userTaskEnd:
      activeTasks.remove(event.a)
      return user(thread)
    case .userRegionBegin: return regionBegin(event, thread, bytes)
    case .userRegionEnd: return regionEnd(event, thread, bytes)
    case .userLog, .goLabel, .procsChange: return user(thread)
    case .heapAlloc, .heapGoal: return check(lack(thread, proc: .must, goroutine: .may))
    case nil: return check(lack(thread, proc: .may, goroutine: .may))
    default: return applyCollector(event, thread)
    }
  }

  func sequence(_ number: UInt64) -> GoTraceSequence {
    GoTraceSequence(generation: generation, number: number)
  }

  mutating func check(_ lack: String?) -> Verdict {
    guard let lack else { return .ready }
    return broken(lack)
  }

  mutating func user(_ thread: Int) -> Verdict { check(lackOfUser(thread)) }
}

// MARK: - Processors

extension GoTraceScheduler {
  private mutating func procStatus(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    let id = event.a
    guard event.b <= 4, let status = GoTraceProcStatus(rawValue: UInt8(event.b)) else {
      return broken("invalid status for proc \(id): \(event.b)")
    }
    let row: Int
    if let known = proc(id) {
      row = known
      let old = procs[known].status
      // A processor in a system call may be called abandoned by whoever is about to take it.
      let isAbandoned = status == .abandoned && old == .syscall
      guard old == status || isAbandoned else {
        return broken(
          "inconsistent status for proc \(id): old \(old.name) vs. new \(status.name)")
      }
      guard !isAbandoned || threads.contains(where: { $0.proc == known }) else {
        return broken("failed to find sched context for proc \(id) that's about to be stolen")
      }
      procs[known].sequence = sequence(0)
      change(proc: old.state, old.state)
    } else {
      row = procNumbers.number(of: id)
      procs.append(Proc(status: status, sequence: sequence(0)))
      change(proc: isFirstGeneration ? .undetermined : .notExist, status.state)
    }
    if status == .running || status == .syscall, thread >= 0 { threads[thread].proc = row }
    return .ready
  }

  private mutating func procStart(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    guard let row = proc(event.a), procs[row].status == .idle,
      sequence(event.b).follows(procs[row].sequence), thread < 0 || threads[thread].proc < 0
    else { return .notReady }
    if let lack = lack(thread, proc: .mustNot, goroutine: .may) { return broken(lack) }
    procs[row].status = .running
    procs[row].sequence = sequence(event.b)
    threads[thread].proc = row
    change(proc: .idle, .running)
    return .ready
  }

  private mutating func procStop(_ thread: Int) -> Verdict {
    guard thread >= 0, threads[thread].proc >= 0 else {
      return broken("event ProcStop for proc (-1) that doesn't exist; expected the thread's own")
    }
    let row = threads[thread].proc
    guard procs[row].status == .running || procs[row].status == .syscall else {
      return broken(
        "ProcStop event for proc that's not Running or Syscall: \(procNumbers.ids[row]) "
          + "is \(procs[row].status.name)")
    }
    procs[row].status = .idle
    threads[thread].proc = -1
    change(proc: .running, .idle)
    return .ready
  }

  private mutating func procSteal(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    guard let row = proc(event.a),
      procs[row].status == .syscall || procs[row].status == .abandoned,
      sequence(event.b).follows(procs[row].sequence)
    else { return .notReady }
    if let lack = lack(thread, proc: .may, goroutine: .may) { return broken(lack) }
    let old = procs[row].status
    procs[row].status = .idle
    procs[row].sequence = sequence(event.b)
    change(proc: old.state, .idle)
    if old == .abandoned { return .ready }
    guard let victim = threadNumbers.find(event.c) else {
      return broken("stole proc from non-existent thread \(event.c)")
    }
    guard threads[victim].proc == row else {
      let held = threads[victim].proc
      let name = held < 0 ? "none" : "\(procNumbers.ids[held])"
      return broken(
        "tried to steal proc \(event.a) from thread \(event.c), but got proc \(name) instead")
    }
    threads[victim].proc = -1
    return .ready
  }
}

// MARK: - Goroutines

extension GoTraceScheduler {
  private mutating func goStatus(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    let id = event.a
    guard event.c <= 4, let status = GoTraceGoStatus(rawValue: UInt8(event.c)) else {
      return broken("invalid status for goroutine \(id): \(event.c)")
    }
    if let known = goroutine(id) {
      let old = goroutines[known].status
      guard old == status else {
        return broken(
          "inconsistent status for goroutine \(id): old \(old.name) vs. new \(status.name)")
      }
      goroutines[known].sequence = sequence(0)
      if epoch - goroutines[known].epoch > 1 { goroutines[known].isStale = true }
      goroutines[known].epoch = epoch
      change(goroutine: status.state, status.state)
    } else if isFirstGeneration {
      create(id, status, parent: .max)
      change(goroutine: .undetermined, status.state)
    } else {
      return broken(
        "found goroutine status for new goroutine after the first generation: "
          + "id=\(id) status=\(status.name); expected its creation before")
    }
    let row = goroutineNumbers.number(of: id)
    if status == .running, thread >= 0 { threads[thread].goroutine = row }
    return status == .syscall ? bind(row, to: event.b, from: thread) : .ready
  }

  /// A status says that a goroutine is in a system call on a thread.
  private mutating func bind(_ row: Int, to holder: UInt64, from thread: Int) -> Verdict {
    let id = goroutineNumbers.ids[row]
    guard holder != GoTraceBatch.noThread else {
      return broken("found goroutine \(id) in syscall without a thread")
    }
    let isOwn = thread >= 0 && threadNumbers.ids[thread] == holder
    if let known = threadNumbers.find(holder), !(isOwn && isFirstGeneration) {
      guard threads[known].goroutine == row else {
        let held = threads[known].goroutine
        let name = held < 0 ? "none" : "\(goroutineNumbers.ids[held])"
        return broken(
          "inconsistent thread for syscalling goroutine \(id): thread \(holder) has goroutine "
            + name)
      }
      return .ready
    }
    threads[self.thread(holder)].goroutine = row
    return .ready
  }

  private mutating func goCreate(
    _ event: GoTraceTimedEvent, _ thread: Int, _ status: GoTraceGoStatus
  ) -> Verdict {
    if let lack = lack(thread, proc: .must, goroutine: .may) { return broken(lack) }
    let current = threads[thread].goroutine
    if current >= 0, goroutines[current].status != .gone,
      let mismatch = mismatch(thread, event.id, .running)
    {
      return broken(mismatch)
    }
    guard goroutine(event.a) == nil else {
      return broken("tried to create goroutine (\(event.a)) that already exists")
    }
    create(event.a, status, parent: current < 0 ? .max : goroutineNumbers.ids[current])
    change(goroutine: .notExist, status.state)
    return .ready
  }

  private mutating func goCreateSyscall(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    if let lack = lack(thread, proc: .may, goroutine: .mustNot) { return broken(lack) }
    guard goroutine(event.a) == nil else {
      return broken("tried to create goroutine (\(event.a)) in syscall that already exists")
    }
    create(event.a, .syscall, parent: .max)
    let row = goroutineNumbers.number(of: event.a)
    goroutines[row].isCallback = true
    threads[thread].goroutine = row
    change(goroutine: .notExist, .syscall)
    return .ready
  }

  /// Whether a goroutine is in this state and this is its next numbered event.
  private func isNext(_ id: UInt64, _ number: UInt64, _ status: GoTraceGoStatus) -> Int? {
    guard let row = goroutine(id), goroutines[row].status == status,
      sequence(number).follows(goroutines[row].sequence)
    else { return nil }
    return row
  }

  private mutating func goStart(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    guard let row = isNext(event.a, event.b, .runnable) else { return .notReady }
    if let lack = lack(thread, proc: .must, goroutine: .mustNot) { return broken(lack) }
    goroutines[row].sequence = sequence(event.b)
    goroutines[row].status = .running
    threads[thread].goroutine = row
    change(goroutine: .runnable, .running)
    return .ready
  }

  private mutating func goLeave(
    _ event: GoTraceTimedEvent, _ thread: Int, _ status: GoTraceGoStatus
  ) -> Verdict {
    if let lack = lackOfUser(thread) ?? mismatch(thread, event.id, .running) {
      return broken(lack)
    }
    enter(threads[thread].goroutine, status)
    threads[thread].goroutine = -1
    change(goroutine: .running, status.state)
    return .ready
  }

  private mutating func goUnblock(_ event: GoTraceTimedEvent) -> Verdict {
    guard let row = isNext(event.a, event.b, .waiting) else { return .notReady }
    goroutines[row].sequence = sequence(event.b)
    goroutines[row].status = .runnable
    change(goroutine: .waiting, .runnable)
    return .ready
  }

  private mutating func goSwitch(
    _ event: GoTraceTimedEvent, _ thread: Int, _ status: GoTraceGoStatus
  ) -> Verdict {
    if let lack = lackOfUser(thread) ?? mismatch(thread, event.id, .running) {
      return broken(lack)
    }
    guard let row = isNext(event.a, event.b, .waiting) else { return .notReady }
    enter(threads[thread].goroutine, status)
    goroutines[row].sequence = sequence(event.b)
    goroutines[row].status = .running
    threads[thread].goroutine = row
    change(goroutine: .waiting, .runnable)
    change(goroutine: .running, status.state)
    change(goroutine: .runnable, .running)
    return .ready
  }
}

// MARK: - System calls

extension GoTraceScheduler {
  private mutating func syscallBegin(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  private mutating func syscallEnd(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  private mutating func syscallEndBlocked(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  private mutating func destroySyscall(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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
