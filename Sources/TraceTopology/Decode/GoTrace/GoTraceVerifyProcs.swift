/// What events of processors need and do (§6.3).
extension GoTraceScheduler {
  mutating func procStatus(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  mutating func procStart(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  mutating func procStop(_ thread: Int) -> Verdict {
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

  mutating func procSteal(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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
