/// Reads Go execution traces of Go 1.11 to 1.27. Those of Go 1.22 and later:
///
///     file        = "go 1.26 trace\0\0\0" generation*
///     generation  = batch* [end mark]              about a second each, whole in itself
///     batch       = generation number, thread, time, size, bytes
///
/// 1. `GoTraceBatchHeader` cuts the stream into batches; their bytes wait until the generation
///    closes, because the strings, stacks and the clock that events need come last.
/// 2. `GoTraceStrings`, `GoTraceStacks`, `GoTraceSync` read the tables of the generation.
/// 3. `GoTraceWalk` reads the events, all threads side by side: who created whom, who woke whom, user
///    tasks.
/// 4. `GoTraceReplay` lives what happens to each goroutine, in the order of its life: states, waits,
///    ends.
///
/// Older ones (format v1) are one flat sequence of events whose tables stand at the very end: their
/// bytes wait for the end of the file, see `GoTraceV1Scan`.
///
/// Damage costs as little as possible: an impossible event the rest of its batch, lost framing the
/// rest of the file, a cut the names of the last generation. Whatever is lost, the log then is not
/// complete and nothing is concluded from what it lacks.
struct GoTraceDecoder: RecordDecoder {
  /// What the next bytes of the stream are.
  private enum Position: Sendable {
    case fileHeader
    case batchHeader
    /// Bytes of the batch with this header; so many are missing.
    case payload(GoTraceBatchHeader, missing: Int)
    /// Format v1.
    case flat
    /// Nothing can be read from here on.
    case lost
  }

  let setting: DecodeSetting
  private var position = Position.fileHeader
  /// The beginning of a header that the block before cut.
  private var head: [UInt8] = []
  /// Bytes of the file that were read so far.
  private(set) var offset: UInt64 = 0
  private(set) var version = GoTraceVersion(minor: 0)
  private(set) var generation: GoTraceGeneration?
  /// The room of the generation before, for the next one.
  private var spare: [UInt8] = []
  /// All bytes behind the header, of format v1.
  private var flat: [UInt8] = []
  private var trace: GoTraceAnalysis
  /// Puts all events into one order beside the decoding, where that was asked for.
  var verifier: GoTraceVerifier?
  /// Where and why the framing was lost, where the verifier is to be told later.
  var lostFraming: (rule: String, offset: UInt64)?

  init(setting: DecodeSetting) {
    self.setting = setting
    trace = GoTraceAnalysis(path: setting.path, historyLimit: setting.historyLimit)
    verifier = setting.verifies ? GoTraceVerifier() : nil
  }

  /// True for any version, so that one which cannot be read is named.
  static func probe(_ prefix: Span<UInt8>) -> Bool { GoTraceVersion(header: prefix) != nil }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    let bytes = block.bytes.span
    var next = block.start
    while next < block.end {
      let start = next
      switch position {
      case .fileHeader: next = readFileHeader(bytes, next..<block.end, &recording)
      case .batchHeader: next = readBatchHeader(bytes, next..<block.end, &recording)
      case .payload(let header, let missing):
        next = min(block.end, next + missing)
        generation?.append(block.bytes[start..<next])
        expect(missing - (next - start), of: header)
      case .flat:
        next = block.end
        flat.append(contentsOf: block.bytes[start..<next])
      case .lost: return
      }
      offset &+= UInt64(next - start)
    }
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    decodeEnd(isCut: isCut, into: &recording)
    conclude(&recording)
  }

  private mutating func decodeEnd(isCut: Bool, into recording: inout Recording) {
    var isShort = isCut
    switch position {
    case .fileHeader:
      trace.report("truncated-trace", offset, "the file ends inside its header", &recording)
      verifier?.fail("bad file format: not a Go execution trace?", at: offset)
    case .batchHeader where head.isEmpty:
      // Newer versions mark the end of a generation; in older ones the file just ends.
      isShort = isShort || generation != nil && version.hasEndOfGeneration
    case .batchHeader:
      isShort = true
      loseFraming("error reading batch gen/M ID/timestamp/size: EOF", at: offset)
    case .payload(let header, let missing):
      isShort = true
      loseFraming(
        "failed to read full batch: read \(header.size - missing) but wanted \(header.size)",
        at: generation?.batches.last?.fileOffset ?? offset)
      generation?.closeBatch(header, version: version, isCut: true)
    case .flat:
      trace.read(flat: &flat, isCut: isCut, &recording)
      return trace.finish(at: offset, &recording)
    case .lost: break
    }
    guard version.isSupported else { return }
    if isShort {
      trace.report("truncated-trace", offset, "the file ends inside a generation", &recording)
    }
    verifyEnd(isCut: isCut)
    closeGeneration(isLast: true, &recording)
    trace.finish(at: offset, &recording)
  }
}

// MARK: - Framing

extension GoTraceDecoder {
  private mutating func readFileHeader(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ recording: inout Recording
  ) -> Int {
    var next = range.lowerBound
    while next < range.upperBound, head.count < GoTraceVersion.headerSize {
      head.append(bytes[next])
      next += 1
    }
    guard head.count == GoTraceVersion.headerSize else { return next }
    position = .lost
    let found = GoTraceVersion(header: head.span)
    head.removeAll()
    guard let found else {
      verifier?.fail("bad file format: not a Go execution trace?", at: 0)
      trace.report("unsupported-version", 0, "this is no Go execution trace", &recording)
      return next
    }
    if !recording.inputs.isEmpty { recording.inputs[0].formatVersion = found.text }
    version = readAs(found, &recording)
    guard version.isSupported else {
      let text =
        "version \(found.text) of the Go trace format is not supported (Go 1.11 to 1.27 are)"
      trace.report("unsupported-version", 0, text, &recording)
      if found.isOlderFamily {
        verifier = nil
      } else {
        verifier?.fail("unknown or unsupported trace version go \(found.text)", at: 0)
      }
      return next
    }
    trace.begin(version, &recording)
    if version.isFlat {
      verifier = nil
      position = .flat
    } else {
      verifier?.begin(version)
      position = .batchHeader
    }
    return next
  }

  /// The version by which a file is read: its own, or for an unknown one that the user wants to be
  /// read the one to assume. Versions before 1.11 are not like any that is known.
  private func readAs(
    _ found: GoTraceVersion, _ recording: inout Recording
  ) -> GoTraceVersion {
    guard !found.isSupported, found.minor > GoTraceVersion.supported[0],
      let wanted = setting.assumeVersion
    else { return found }
    let given = GoTraceVersion(minor: wanted)
    let assumed = given.isSupported ? given : GoTraceVersion(minor: GoTraceVersion.newest)
    recording.diagnostics.report(
      "assumed-version", .warning, input: setting.path, offset: 0,
      "version \(found.text) of the Go trace format is unknown; it is read as \(assumed.text)")
    return assumed
  }

  private mutating func readBatchHeader(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ recording: inout Recording
  ) -> Int {
    let kept = head.count
    let reading: GoTraceBatchHeader.Reading
    if kept == 0 {
      reading = GoTraceBatchHeader.read(bytes, in: range, version: version)
    } else {
      let wanted = min(range.count, GoTraceBatchHeader.sizeLimit - kept)
      for index in range.prefix(wanted) { head.append(bytes[index]) }
      reading = GoTraceBatchHeader.read(head.span, in: 0..<head.count, version: version)
    }
    let start = offset &- UInt64(kept)
    let length: Int
    switch reading {
    case .incomplete:
      if kept == 0 { for index in range { head.append(bytes[index]) } }
      return range.upperBound
    case .malformed(let reason):
      trace.report("malformed-batch", start, reason, &recording)
      loseFraming(reason, at: start)
      position = .lost
      length = kept + range.count
    case .endOfGeneration:
      verifyEndMark(at: start)
      closeGeneration(isLast: false, &recording)
      length = 1
    case .batch(let header, let size):
      begin(header, at: start, size: size, &recording)
      length = size
    }
    head.removeAll(keepingCapacity: true)
    return range.lowerBound + length - kept
  }

  /// Opens a batch, and a generation if it is the first of one.
  private mutating func begin(
    _ header: GoTraceBatchHeader, at start: UInt64, size: Int, _ recording: inout Recording
  ) {
    let isDropped = header.generation < (generation?.number ?? 0)
    if let open = generation, open.number != header.generation {
      // Older versions do not mark the end of a generation: the next number is the mark.
      if isDropped || version.hasEndOfGeneration {
        trace.report(
          "malformed-generation", start,
          "a batch of generation \(header.generation) stands in generation \(open.number)",
          &recording)
      }
      verifySplit(before: header, at: start)
      if !isDropped { closeGeneration(isLast: false, &recording) }
    }
    var open = generation ?? newGeneration(header.generation, at: start)
    generation = nil
    let place = open.payload.count
    open.batches.append(
      GoTraceBatch(
        kind: isDropped ? .hole : .ignored, thread: header.thread, time: header.time,
        payload: place..<place, fileOffset: start &+ UInt64(size)))
    generation = open
    expect(header.size, of: header)
  }

  private mutating func newGeneration(_ number: UInt64, at start: UInt64) -> GoTraceGeneration {
    var new = GoTraceGeneration(number: number, fileOffset: start)
    swap(&new.payload, &spare)
    return new
  }

  /// Notes how many bytes of the open batch are missing still.
  private mutating func expect(_ missing: Int, of header: GoTraceBatchHeader) {
    if missing > 0 {
      position = .payload(header, missing: missing)
    } else {
      generation?.closeBatch(header, version: version, isCut: false)
      position = .batchHeader
    }
  }

  private mutating func closeGeneration(isLast: Bool, _ recording: inout Recording) {
    guard var whole = generation else { return }
    generation = nil
    if !isLast { verifier?.read(whole) }
    trace.read(whole, isLast: isLast, &recording)
    whole.payload.removeAll(keepingCapacity: true)
    spare = whole.payload
  }
}
