/// Format v1 (Go 1.11 to 1.21).
extension GoTraceAnalysis {
  private static let depthLimit = 1000

  /// Reads a whole trace of format v1. `bytes` is what stands behind the header; some texts are
  /// added to it. `isCut` says that its end is missing.
  mutating func read(flat bytes: inout [UInt8], isCut: Bool, _ recording: inout Recording) {
    let base = UInt64(GoTraceVersion.headerSize)
    let end = base &+ UInt64(bytes.count)
    var scan = GoTraceV1Scan(base: base, bytes: bytes.count, version: version)
    scan.run(bytes.span)
    for problem in scan.problems {
      report(problem.code, problem.offset, problem.message, &recording)
    }
    if isCut, !scan.problems.contains(where: { $0.code == "truncated-trace" }) {
      report("truncated-trace", end, "the end of the file is missing", &recording)
    }
    if scan.frequency == nil {
      let text =
        "the file ends before its footer: nothing in it has a time or a stack, no function a name"
      report("missing-footer", end, text, &recording)
    }
    var strings = scan.strings
    let reasons = Self.addReasons(&strings, to: &bytes)
    let stacks = readStacks(scan, strings, bytes.span, base: base, &recording)
    limitHistory(bytes.count, &recording)
    replay.lives.beginGeneration(afterGap: false)
    replay.scribe.beginGeneration(GoTraceNames(strings: strings, stacks: stacks))
    var walk = GoTraceV1Walk(
      replay: replay, clock: GoTraceClock(frequency: scan.frequency), reasons: reasons,
      merge: GoTraceV1Merge(scan, bytes.span))
    // Moved, so that it is not copied.
    replay = GoTraceReplay(lives: GoTraceLives(process: process), scribe: .init(replay.scribe))
    walk.run(bytes.span, &recording)
    walk.settle(bytes.span, &recording)
    walk.replay.endGeneration(bytes.span, &recording)
    replay = walk.replay
    (first, last) = walk.extent
    eventCount = scan.eventCount
    judge(walk, hasFooter: scan.frequency != nil, end: end, &recording)
  }

  /// Adds the reasons of blocks to the texts of the file; gives the row of each event's reason.
  private static func addReasons(
    _ strings: inout GoTraceStrings, to bytes: inout [UInt8]
  ) -> [UInt32] {
    (0..<UInt8(64)).map { id in
      guard let text = GoTraceV1Event(rawValue: id)?.blockReason, !text.isEmpty else { return 0 }
      let start = bytes.count
      bytes.append(contentsOf: text.utf8)
      return strings.insert(at: start..<bytes.count)
    }
  }

  private mutating func readStacks(
    _ scan: GoTraceV1Scan, _ strings: GoTraceStrings, _ bytes: Span<UInt8>, base: UInt64,
    _ recording: inout Recording
  ) -> GoTraceStacks {
    var stacks = GoTraceStacks(bytes: bytes.count)
    for place in scan.stacks {
      var cursor = ByteCursor(place)
      guard
        let reason = stacks.readStack(
          &cursor, bytes, depthLimit: Self.depthLimit, strings: strings)
      else { continue }
      report("malformed-event", base &+ UInt64(place.lowerBound), reason, &recording)
    }
    return stacks
  }

  /// Reports what does not fit together.
  private mutating func judge(
    _ walk: GoTraceV1Walk, hasFooter: Bool, end: UInt64, _ recording: inout Recording
  ) {
    let missing = walk.missingStacks + walk.replay.scribe.names.stacks.missingNames
    if hasFooter, missing > 0 {
      // The footer comes last, so what it lacks shows a cut.
      report("truncated-trace", end, "the footer lacks \(missing) of the names used", &recording)
    }
    if walk.unorderedEvents > 0 {
      let text =
        "no order exists for \(walk.unorderedEvents) events from here on; they tell who created "
        + "whom, but no states"
      report("unordered-events", walk.firstUnordered, text, &recording)
    }
    let stray = walk.strayEvents + walk.replay.scribe.misfits
    if stray > 0 {
      let text = "\(stray) events do not follow from those before"
      report("malformed-trace", UInt64(GoTraceVersion.headerSize), text, &recording)
    }
    if hasFooter, walk.lateEvents > 0 {
      recording.diagnostics.report(
        "time-disorder", .warning, input: path, count: walk.lateEvents,
        "\(walk.lateEvents) events have earlier times than those that they follow; moved to them")
    }
  }
}
