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
