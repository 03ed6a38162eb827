/// What events of goroutines need and do (§6.3).
extension GoTraceScheduler {
  mutating func goStatus(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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
  mutating func bind(_ row: Int, to holder: UInt64, from thread: Int) -> Verdict {
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

  mutating func goCreate(
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

  mutating func goCreateSyscall(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
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

  mutating func goStart(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    guard let row = isNext(event.a, event.b, .runnable) else { return .notReady }
    if let lack = lack(thread, proc: .must, goroutine: .mustNot) { return broken(lack) }
    goroutines[row].sequence = sequence(event.b)
    goroutines[row].status = .running
    threads[thread].goroutine = row
    change(goroutine: .runnable, .running)
    return .ready
  }

  mutating func goLeave(
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

  mutating func goUnblock(_ event: GoTraceTimedEvent) -> Verdict {
    guard let row = isNext(event.a, event.b, .waiting) else { return .notReady }
    goroutines[row].sequence = sequence(event.b)
    goroutines[row].status = .runnable
    change(goroutine: .waiting, .runnable)
    return .ready
  }

  mutating func goSwitch(
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
