/// User annotations and the garbage collector (§6.3).
extension GoTraceScheduler {
  mutating func taskBegin(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    guard activeTasks.insert(event.a).inserted else {
      return broken("task ID conflict: \(event.a) is active already")
    }
    guard let bad = badString(event.c, event.id) else { return user(thread) }
    return broken(bad)
  }

  private func badString(_ id: UInt64, _ event: UInt8) -> String? {
    id == 0 || strings.row(id) != 0
      ? nil : "invalid string ID \(id) for \(GoTraceSpec.name(event)) event"
  }

  mutating func regionBegin(
    _ event: GoTraceTimedEvent, _ thread: Int, _ bytes: Span<UInt8>
  ) -> Verdict {
    if let lack = lackOfUser(thread) ?? badString(event.b, event.id) { return broken(lack) }
    let region = Region(task: event.a, name: text(event.b, bytes))
    regions[threads[thread].goroutine, default: []].append(region)
    return .ready
  }

  mutating func regionEnd(
    _ event: GoTraceTimedEvent, _ thread: Int, _ bytes: Span<UInt8>
  ) -> Verdict {
    if let lack = lackOfUser(thread) ?? badString(event.b, event.id) { return broken(lack) }
    let region = Region(task: event.a, name: text(event.b, bytes))
    let row = threads[thread].goroutine
    // Without any open region it began before the trace.
    guard let open = regions[row]?.last else { return .ready }
    guard open == region else {
      return broken(
        "misuse of region in goroutine \(goroutineNumbers.ids[row]): "
          + "region end \"\(text(region.name))\" of task \(region.task) when the inner-most active "
          + "region is \"\(text(open.name))\" of task \(open.task)")
    }
    regions[row]?.removeLast()
    if regions[row]?.isEmpty == true { regions[row] = nil }
    return .ready
  }

  mutating func applyCollector(_ event: GoTraceTimedEvent, _ thread: Int) -> Verdict {
    switch GoTraceEvent(rawValue: event.id) {
    case .stwBegin:
      return rangeBegin(event, thread, OpenRange(isAssist: false, kind: event.a))
    case .gcMarkAssistBegin: return rangeBegin(event, thread, OpenRange(isAssist: true, kind: 0))
    case .stwEnd: return rangeEnd(event, thread, isAssist: false)
    case .gcMarkAssistEnd: return rangeEnd(event, thread, isAssist: true)
    case .gcMarkAssistActive: return assistActive(event)
    case .gcSweepBegin: return sweep(event, thread, begins: true)
    case .gcSweepEnd: return sweep(event, thread, begins: false)
    case .gcSweepActive: return sweepActive(event)
    case .gcActive: return collectorActive(event, thread)
    case .gcBegin: return collectorBegin(event, thread)
    default: return collectorEnd(event, thread)
    }
  }
}

// MARK: - Ranges of goroutines and processors

extension GoTraceScheduler {
  private func twice(_ event: UInt8) -> String {
    "discovered event already in-flight for when starting event \(GoTraceSpec.name(event))"
  }

  /// The events that end a range have the number after those that begin it.
  private func notOpen(_ end: UInt8) -> String {
    "tried to end event \(GoTraceSpec.name(end &- 1)), but not in-flight"
  }

  private mutating func rangeBegin(
    _ event: GoTraceTimedEvent, _ thread: Int, _ range: OpenRange
  ) -> Verdict {
    if let lack = lackOfUser(thread) { return broken(lack) }
    let row = threads[thread].goroutine
    guard ranges[row]?.contains(range) != true else { return broken(twice(event.id)) }
    ranges[row, default: []].append(range)
    return .ready
  }

  private mutating func rangeEnd(
    _ event: GoTraceTimedEvent, _ thread: Int, isAssist: Bool
  ) -> Verdict {
    if let lack = lackOfUser(thread) { return broken(lack) }
    let row = threads[thread].goroutine
    guard let place = ranges[row]?.firstIndex(where: { $0.isAssist == isAssist }) else {
      return broken(notOpen(event.id))
    }
    ranges[row]?.remove(at: place)
    if ranges[row]?.isEmpty == true { ranges[row] = nil }
    return .ready
  }

  private mutating func assistActive(_ event: GoTraceTimedEvent) -> Verdict {
    guard let row = goroutine(event.a) else {
      return broken("uninitialized goroutine \(event.a) found during GCMarkAssistActive")
    }
    let range = OpenRange(isAssist: true, kind: 0)
    let isOpen = ranges[row]?.contains(range) == true
    guard isOpen != isFirstGeneration else { return broken(wrongActive(event.id, isOpen)) }
    if isFirstGeneration { ranges[row, default: []].append(range) }
    return .ready
  }

  private func wrongActive(_ event: UInt8, _ isOpen: Bool) -> String {
    isOpen
      ? twice(event)
      : "\(GoTraceSpec.name(event)): expected the range to be active since an earlier generation"
  }

  private mutating func sweep(
    _ event: GoTraceTimedEvent, _ thread: Int, begins: Bool
  ) -> Verdict {
    if let lack = lack(thread, proc: .must, goroutine: .may) { return broken(lack) }
    let row = threads[thread].proc
    guard procs[row].isSweeping != begins else {
      return broken(begins ? twice(event.id) : notOpen(event.id))
    }
    procs[row].isSweeping = begins
    return .ready
  }

  private mutating func sweepActive(_ event: GoTraceTimedEvent) -> Verdict {
    guard let row = proc(event.a) else {
      return broken("encountered GCSweepActive for unknown proc \(event.a)")
    }
    guard procs[row].isSweeping != isFirstGeneration else {
      return broken(wrongActive(event.id, procs[row].isSweeping))
    }
    procs[row].isSweeping = true
    return .ready
  }
}

// MARK: - Cycles of the collector

extension GoTraceScheduler {
  private func isNextCycle(_ number: UInt64) -> Bool { number == collectorSequence &+ 1 }

  private mutating func collectorActive(
    _ event: GoTraceTimedEvent, _ thread: Int
  ) -> Verdict {
    if isFirstGeneration {
      guard collector == .unknown else {
        return broken("GCActive in the first generation isn't first GC event")
      }
      collector = .running
      collectorSequence = event.a
      return .ready
    }
    guard isNextCycle(event.a) else { return .notReady }
    guard collector == .running else {
      return broken("encountered GCActive while GC was not in progress")
    }
    collectorSequence = event.a
    return user(thread)
  }

  private mutating func collectorBegin(
    _ event: GoTraceTimedEvent, _ thread: Int
  ) -> Verdict {
    guard collector != .unknown else {
      collector = .running
      collectorSequence = event.a
      return .ready
    }
    guard isNextCycle(event.a) else { return .notReady }
    guard collector == .idle else {
      return broken("encountered GCBegin while GC was already in progress")
    }
    collector = .running
    collectorSequence = event.a
    return user(thread)
  }

  private mutating func collectorEnd(
    _ event: GoTraceTimedEvent, _ thread: Int
  ) -> Verdict {
    guard isNextCycle(event.a) else { return .notReady }
    switch collector {
    case .running: break
    case .idle: return broken("encountered GCEnd when GC was not in progress")
    case .unknown: return broken("encountered GCEnd when GC was in an undetermined state")
    }
    collector = .idle
    collectorSequence = event.a
    return user(thread)
  }
}

// MARK: - What an event waits for

extension GoTraceScheduler {
  /// Why an event cannot come yet, for a person.
  func obstacle(_ event: GoTraceTimedEvent, on thread: Int) -> String {
    switch GoTraceEvent(rawValue: event.id) {
    case .goStart: return wanted(event.a, event.b, .runnable)
    case .goUnblock, .goSwitch, .goSwitchDestroy: return wanted(event.a, event.b, .waiting)
    case .procStart:
      if thread >= 0, threads[thread].proc >= 0 {
        return
          "the thread must have lost proc \(procNumbers.ids[threads[thread].proc]), and has not"
      }
      return wantedProc(event.a, event.b, "Idle")
    case .procSteal: return wantedProc(event.a, event.b, "Syscall")
    case .goSyscallEndBlocked:
      return "the thread must have lost its proc in the system call, and has not"
    default:
      return "the GC event before must have number \(event.a &- 1), "
        + "the last one has \(collectorSequence)"
    }
  }

  private func wanted(_ id: UInt64, _ number: UInt64, _ status: GoTraceGoStatus) -> String {
    let wish = "goroutine \(id) must be \(status.name) at sequence \(generation).\(number &- 1)"
    guard let row = goroutine(id) else { return wish + " and does not exist" }
    return wish + " and is \(goroutines[row].status.name) at \(goroutines[row].sequence)"
  }

  private func wantedProc(_ id: UInt64, _ number: UInt64, _ status: String) -> String {
    let wish = "proc \(id) must be \(status) at sequence \(generation).\(number &- 1)"
    guard let row = proc(id) else { return wish + " and does not exist" }
    return wish + " and is \(procs[row].status.name) at \(procs[row].sequence)"
  }
}
