/// What the decoder tells the verifier about the framing (§3, §5.1, §5.2), and what it makes of the
/// result.
extension GoTraceDecoder {
  /// A batch of another generation than the open one begins.
  mutating func verifySplit(before header: GoTraceBatchHeader, at start: UInt64) {
    guard let open = generation else { return }
    if version.hasEndOfGeneration {
      verifier?.reject(
        open,
        "broken trace: missing end-of-generation event, or generations are interleaved: "
          + "a batch of generation \(header.generation) before the end of \(open.number)",
        at: start, generation: open.number)
    } else if header.generation != open.number &+ 1 {
      verifier?.reject(
        open,
        "generations out of order: \(header.generation) after \(open.number), "
          + "expected \(open.number &+ 1)", at: start, generation: open.number)
    }
  }

  /// An end mark ends even a generation without any batch, which then lacks its clock.
  mutating func verifyEndMark(at start: UInt64) {
    guard generation == nil else { return }
    verifier?.reject(
      nil, "no frequency event found; the generation holds nothing but its end mark", at: start,
      generation: nil)
  }

  /// No batch can be read from here on. Versions without end marks deliver what came before.
  mutating func loseFraming(_ rule: String, at offset: UInt64) {
    guard verifier != nil, lostFraming == nil else { return }
    lostFraming = (rule, offset)
  }

  /// The file has ended: the open generation is whole only if nothing marks the end of generations
  /// in this version.
  mutating func verifyEnd(isCut: Bool) {
    guard verifier != nil else { return }
    if isCut, lostFraming == nil {
      lostFraming = ("trace likely truncated: the input is cut", offset)
    }
    let open = generation.flatMap { $0.batches.contains { !$0.isCut } ? $0 : nil }
    if version.hasEndOfGeneration {
      if let lostFraming {
        verifier?.reject(
          open, lostFraming.rule, at: lostFraming.offset, generation: generation?.number)
      } else if let open {
        verifier?.reject(
          open, "incomplete generation found; trace likely truncated: expected the end mark",
          at: offset, generation: open.number)
      }
    } else {
      if let open {
        verifier?.read(open)
      } else if generation == nil, lostFraming == nil, verifier?.generations == 0 {
        verifier?.reject(
          nil, "no frequency event found; the file holds nothing but its header", at: offset,
          generation: nil)
      }
      if let lostFraming {
        verifier?.reject(
          nil, lostFraming.rule, at: lostFraming.offset, generation: generation?.number)
      }
    }
    verifier?.finish()
  }

  /// Says what verification came to.
  func conclude(_ recording: inout Recording) {
    guard let verifier else { return }
    if let finding = verifier.finding {
      recording.verification = finding.text
      recording.diagnostics.report(
        "inconsistent-trace", .error, input: setting.path, offset: finding.offset,
        finding.rule + finding.place)
      return
    }
    let generations = verifier.generations == 1 ? "generation" : "generations"
    let events = verifier.counts.total == 1 ? "event" : "events"
    recording.verification =
      "consistent: \(Self.grouped(verifier.counts.total)) \(events) in \(verifier.generations) "
      + generations
    // The decoder knows where it lost something; what it then says is not the whole.
    guard recording.diagnostics.isEmpty, let difference = verifier.difference(from: recording)
    else { return }
    recording.verification = "events are consistent, but the decoder disagrees: \(difference)"
    recording.diagnostics.report(
      "order-disagreement", .error, input: setting.path, difference)
  }

  /// A number with its thousands apart.
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{2009}" }
      text.append(digit)
    }
    return text
  }
}

extension GoTraceVerifier {
  /// The first way in which a decoded trace differs from the ordered one; `nil` if there is none.
  ///
  /// Compared are the goroutines, their parents, states at the end and stretches of waiting. For
  /// those that carry calls from C only their existence: each call has a row of its own.
  func difference(from recording: Recording) -> String? {
    var rows = [TaskIndex](repeating: .none, count: scheduler.goroutines.count)
    for row in 0..<recording.tasks.count where recording.tasks.rows[row].kind == .goroutine {
      guard let id = recording.tasks.rows[row].number else { continue }
      guard let number = scheduler.goroutineNumbers.find(id) else {
        return "goroutine \(id) is decoded, but not in the ordered events"
      }
      rows[number] = TaskIndex(row)
    }
    var waits = [Int](repeating: 0, count: recording.tasks.count)
    for task in recording.waits.task where !task.isNone { waits[task.index] += 1 }
    for (number, goroutine) in scheduler.goroutines.enumerated() {
      let id = scheduler.goroutineNumbers.ids[number]
      let row = rows[number]
      if row.isNone { return "goroutine \(id) is in the ordered events, but not decoded" }
      if goroutine.isCallback || goroutine.isStale { continue }
      let task = recording.tasks[row]
      let parent = task.parent.isNone ? nil : recording.tasks[task.parent].number
      if parent ?? .max != goroutine.parent {
        return "goroutine \(id) has another parent in the ordered events"
      }
      if task.lastState != goroutine.status.taskState {
        return "goroutine \(id) ends \(task.lastState), in the ordered events "
          + "\(goroutine.status.taskState)"
      }
      if waits[row.index] != goroutine.waits {
        return "goroutine \(id) waits \(waits[row.index]) times, in the ordered events "
          + "\(goroutine.waits) times"
      }
    }
    return nil
  }
}

extension GoTraceGoStatus {
  fileprivate var taskState: TaskState {
    switch self {
    case .bad: .unknown
    case .runnable: .runnable
    case .running: .running
    case .syscall: .syscall
    case .waiting: .waiting
    case .gone: .ended
    }
  }
}
