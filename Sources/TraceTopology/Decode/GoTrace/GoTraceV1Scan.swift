/// The first reading of a trace of format v1: cuts the flat sequence of events into batches and
/// collects what stands anywhere among them: strings, stacks, the frequency of the clock.
///
///     file    = "go 1.21 trace\0\0\0" batch* footer
///     batch   = its P, the time, events        ends where the next one begins
///     footer  = frequency, stacks and the strings that they name
///
/// Events do not mark their place, so one bad byte loses the way. The scan then looks for the next
/// place that reads like a batch. What lies between is lost, for every P: the batches behind it are
/// good for what each event says of itself, not for an order.
struct GoTraceV1Scan: Sendable {
  /// Events that must be well-formed behind the place where reading goes on.
  private static let proof = 8
  /// How far, in clock units, the time of a batch may lie from that of the batch before it where
  /// reading goes on.
  private static let reach: UInt64 = 1 << 44
  /// After so many problems the rest is not worth reading.
  private static let lossLimit = 1000
  private static let processorLimit: UInt64 = 1 << 20

  /// In the order of the file; `thread` is the P, all ones for none.
  private(set) var batches: [GoTraceBatch] = []
  /// The number of batches in front of the first loss.
  private(set) var wholeBatches = Int.max
  private(set) var strings: GoTraceStrings
  /// The numbers of each stack event.
  private(set) var stacks: [Range<Int>] = []
  /// Clock units per second, of the footer.
  private(set) var frequency: UInt64?
  private(set) var problems: [GoTraceProblem] = []
  private(set) var eventCount = 0

  /// Where the bytes begin in the file.
  private let base: UInt64
  private let version: GoTraceVersion
  private var isInBatch = false

  init(base: UInt64, bytes: Int, version: GoTraceVersion) {
    self.base = base
    self.version = version
    strings = GoTraceStrings(bytes: bytes)
  }

  mutating func run(_ bytes: Span<UInt8>) {
    var cursor = ByteCursor(0..<bytes.count)
    while !cursor.isAtEnd {
      let start = cursor.offset
      let reading = read(&cursor, bytes)
      guard case .record(let record) = reading else {
        endBatch(at: start)
        wholeBatches = min(wholeBatches, batches.count)
        let isHopeless = problems.count >= Self.lossLimit
        let next = isHopeless ? nil : nextBatch(from: start + 1, bytes)
        note(reading, at: start, isEnd: next == nil)
        guard let next else { return }
        cursor = ByteCursor(next..<bytes.count)
        continue
      }
      take(record, end: cursor.offset)
    }
    endBatch(at: bytes.count)
  }

  /// Reads an event, and sees to it that this version has it and that it stands in a batch.
  private func read(_ cursor: inout ByteCursor, _ bytes: Span<UInt8>) -> GoTraceV1Record.Reading {
    let reading = GoTraceV1Record.read(&cursor, bytes)
    guard case .record(let record) = reading else { return reading }
    if record.id == GoTraceV1Event.sample.rawValue, !version.hasSamples {
      return .malformed("event \(record.id) is unknown")
    }
    if batches.isEmpty, record.id != GoTraceV1Event.batch.rawValue {
      return .malformed("expected a batch, found event \(record.id)")
    }
    return reading
  }

  private mutating func take(_ record: GoTraceV1Record, end: Int) {
    switch GoTraceV1Event(rawValue: record.id) {
    case .batch:
      endBatch(at: record.start)
      isInBatch = true
      batches.append(
        GoTraceBatch(
          kind: .events, thread: record.delta, time: record.a, payload: end..<end,
          fileOffset: base &+ UInt64(end)))
    case .string:
      if !strings.insert(record.delta, at: record.text) {
        report("malformed-event", record.start, "two strings have the id \(record.delta)")
      }
    case .stack: stacks.append(record.text)
    case .frequency:
      if record.delta == 0 {
        report("malformed-event", record.start, "the clock has no frequency")
      } else {
        frequency = record.delta
      }
    default: eventCount += 1
    }
  }

  private mutating func endBatch(at end: Int) {
    guard isInBatch, let last = batches.indices.last else { return }
    isInBatch = false
    batches[last].payload = batches[last].payload.lowerBound..<end
  }

  private mutating func note(
    _ reading: GoTraceV1Record.Reading, at start: Int, isEnd: Bool
  ) {
    let rest = isEnd ? "the rest of the file" : "what stands before the next batch"
    switch reading {
    case .malformed(let reason):
      let code = reason.hasSuffix("is unknown") ? "unknown-event" : "malformed-event"
      report(code, start, "\(reason); \(rest) is skipped")
    case .cut where isEnd: report("truncated-trace", start, "the file ends inside an event")
    default: report("malformed-event", start, "an event is too long; \(rest) is skipped")
    }
  }

  private mutating func report(_ code: String, _ position: Int, _ message: String) {
    guard problems.count <= Self.lossLimit else { return }
    problems.append(
      GoTraceProblem(code: code, offset: base &+ UInt64(position), message: message))
  }
}

// MARK: - Finding the way again

extension GoTraceV1Scan {
  /// The next place that reads like the beginning of a batch.
  private func nextBatch(from start: Int, _ bytes: Span<UInt8>) -> Int? {
    let mark = GoTraceV1Event.batch.rawValue | 1 << 6
    var place = start
    while place < bytes.count {
      if bytes[place] == mark, readsLikeBatch(place, bytes) { return place }
      place += 1
    }
    return nil
  }

  private func readsLikeBatch(_ place: Int, _ bytes: Span<UInt8>) -> Bool {
    var cursor = ByteCursor(place..<bytes.count)
    guard case .record(let batch) = GoTraceV1Record.read(&cursor, bytes),
      batch.delta < Self.processorLimit || batch.delta == GoTraceBatch.noThread
    else { return false }
    if let before = batches.last {
      let distance = batch.a > before.time ? batch.a - before.time : before.time - batch.a
      guard distance < Self.reach else { return false }
    }
    var count = 0
    while count < Self.proof, !cursor.isAtEnd {
      guard case .record = GoTraceV1Record.read(&cursor, bytes) else { return false }
      count += 1
    }
    return count > 0
  }
}
