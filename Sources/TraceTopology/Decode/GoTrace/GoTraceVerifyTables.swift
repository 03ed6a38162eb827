/// The tables of one generation, read as strictly as Go's reader reads them (§3, §5.3).
struct GoTraceStrictTables: Sendable {
  /// One profile sample.
  struct Sample: Sendable {
    var time: Int64
    var stack: UInt64
    var offset: UInt64
  }

  private(set) var strings: GoTraceStrings
  private(set) var stacks: GoTraceStacks
  private(set) var sync = GoTraceSync()
  /// In the order of time.
  private(set) var samples: [Sample] = []
  /// The first thing that is wrong.
  private(set) var finding: GoTraceFinding?
  private let generation: UInt64

  var clock: GoTraceClock { GoTraceClock(frequency: sync.frequency) }

  init(_ generation: GoTraceGeneration) {
    func size(_ kind: GoTraceBatch.Kind) -> Int {
      generation.batches.reduce(0) { $0 + ($1.kind == kind ? $1.payload.count : 0) }
    }
    self.generation = generation.number
    strings = GoTraceStrings(bytes: size(.strings))
    stacks = GoTraceStacks(bytes: size(.stacks), isStrict: true)
  }

  /// Reads all tables. Of several things that are wrong with the bytes, the first in the file
  /// counts; then, if the generation has all its batches, what is missing.
  mutating func read(
    _ generation: GoTraceGeneration, _ bytes: Span<UInt8>, version: GoTraceVersion, isWhole: Bool
  ) {
    // Stacks name strings, and samples need the clock.
    for kind in [GoTraceBatch.Kind.strings, .sync, .stacks, .samples] {
      for batch in generation.batches where batch.kind == kind && !batch.isCut {
        let problem =
          switch kind {
          case .strings: strings.read(bytes, in: batch.payload)
          case .stacks: stacks.read(bytes, in: batch.payload, strings: strings)
          case .sync: sync.read(bytes, batch)
          default: readSamples(bytes, batch)
          }
        guard let problem else { continue }
        note(problem.reason, at: batch.fileOffset(of: problem.offset))
        break
      }
    }
    if finding == nil, isWhole { checkWhole(generation, version: version) }
    samples.sort { ($0.time, $0.offset) < ($1.time, $1.offset) }
  }

  /// Whether an event may name this stack; 0 is none.
  func hasStack(_ id: UInt64) -> Bool { id == 0 || stacks.row(id) != 0 }

  /// Whether an event may name this string; 0 is the empty one.
  func hasString(_ id: UInt64) -> Bool { id == 0 || strings.row(id) != 0 }

  private mutating func note(_ rule: String, at offset: UInt64) {
    guard offset < finding?.offset ?? .max else { return }
    finding = GoTraceFinding(generation: generation, offset: offset, rule: rule)
  }

  private mutating func checkWhole(_ generation: GoTraceGeneration, version: GoTraceVersion) {
    let place = generation.fileOffset
    if sync.frequency == nil {
      note("no frequency event found; every generation must state its clock", at: place)
    } else if version.hasClockSnapshots, sync.snapshots.isEmpty {
      note("no clock snapshot event found; every generation must hold one", at: place)
    } else if sync.snapshots.count > 1 {
      note("found multiple clock snapshot events; expected one", at: place)
    } else if let missing = stacks.firstMissing {
      let kind = missing.isFile ? "file" : "func"
      let batch = generation.batches.first {
        $0.kind == .stacks && $0.payload.contains(missing.offset)
      }
      note(
        "found invalid \(kind) string ID \(missing.string) for stack \(missing.stack); "
          + "the generation has no such string",
        at: batch?.fileOffset(of: missing.offset) ?? place)
    }
  }

  private mutating func readSamples(
    _ bytes: Span<UInt8>, _ batch: GoTraceBatch
  ) -> (offset: Int, reason: String)? {
    var cursor = ByteCursor(batch.payload)
    _ = cursor.byte(bytes)
    while !cursor.isAtEnd {
      let start = cursor.offset
      guard cursor.byte(bytes) == GoTraceMark.sample else {
        return (start, "expected a CPU sample event in a batch of CPU samples")
      }
      let time = cursor.varint(bytes)
      for _ in 0..<3 { _ = cursor.varint(bytes) }  // Thread, processor and goroutine.
      let stack = cursor.varint(bytes)
      guard cursor.failure == nil else { return (start, "a CPU sample is cut short") }
      samples.append(
        Sample(time: clock.span(time), stack: stack, offset: batch.fileOffset(of: start)))
    }
    return nil
  }
}
