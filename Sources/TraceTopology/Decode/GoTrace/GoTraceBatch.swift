/// One batch of a generation: bytes that one thread, or the runtime as a whole, wrote in one go.
struct GoTraceBatch: Sendable {
  /// What the bytes are.
  enum Kind: UInt8, Sendable {
    case events
    case strings
    case stacks
    case sync
    /// Profile samples: only the verifier reads them.
    case samples
    /// Experiments: not needed here.
    case ignored
    /// A batch of this thread was lost or dropped: what the thread ran is unknown from here on.
    case hole
  }

  var kind: Kind
  /// The thread that wrote it; `GoTraceBatch.noThread` for the runtime as a whole.
  var thread: UInt64
  /// In units of the trace clock.
  var time: UInt64
  /// Where its bytes stand in the generation's buffer.
  var payload: Range<Int>
  /// Where its bytes stand in the file.
  var fileOffset: UInt64
  /// The file ends inside it.
  var isCut = false

  static let noThread = UInt64.max
  static let sizeLimit: UInt64 = 65536

  /// The place in the file of a position in the generation's buffer.
  func fileOffset(of position: Int) -> UInt64 {
    fileOffset &+ UInt64(max(0, position - payload.lowerBound))
  }
}

/// What stands in front of a batch, or the mark that ends a generation.
struct GoTraceBatchHeader: Sendable {
  /// The longest one: two bytes and four numbers of ten bytes.
  static let sizeLimit = 42

  /// What a read of a header came to.
  enum Reading: Sendable {
    case batch(GoTraceBatchHeader, length: Int)
    case endOfGeneration
    /// The bytes end inside the header.
    case incomplete
    case malformed(String)
  }

  var isExperiment: Bool
  var generation: UInt64
  var thread: UInt64
  var time: UInt64
  var size: Int

  /// Reads the header that begins at `range.lowerBound`.
  static func read(
    _ bytes: Span<UInt8>, in range: Range<Int>, version: GoTraceVersion
  ) -> Reading {
    var cursor = ByteCursor(range)
    let mark = cursor.byte(bytes)
    guard cursor.failure == nil else { return .incomplete }
    let isExperiment = mark == GoTraceMark.experiment && version.hasExperiments
    if mark == GoTraceMark.endOfGeneration, version.hasEndOfGeneration {
      return .endOfGeneration
    }
    guard mark == GoTraceMark.batch || isExperiment else {
      return .malformed("expected batch event, got event \(mark)")
    }
    if isExperiment { _ = cursor.byte(bytes) }
    let generation = cursor.varint(bytes)
    let thread = cursor.varint(bytes)
    let time = cursor.varint(bytes)
    let size = cursor.varint(bytes)
    switch cursor.failure {
    case .endOfData: return .incomplete
    case .overlongVarint:
      return .malformed("error reading batch gen/M ID/timestamp/size: more than 64 bits")
    case nil: break
    }
    guard size <= GoTraceBatch.sizeLimit else {
      return .malformed("invalid batch size \(size), maximum is \(GoTraceBatch.sizeLimit)")
    }
    guard generation > 0 else { return .malformed("invalid generation number 0") }
    return .batch(
      GoTraceBatchHeader(
        isExperiment: isExperiment, generation: generation, thread: thread, time: time,
        size: Int(size)), length: cursor.offset - range.lowerBound)
  }

  /// What a batch with this header and this first byte of payload is.
  func kind(firstByte: UInt8, version: GoTraceVersion) -> GoTraceBatch.Kind {
    if isExperiment { return .ignored }
    switch firstByte {
    case GoTraceMark.strings: return .strings
    case GoTraceMark.stacks: return .stacks
    case GoTraceMark.samples: return .samples
    case version.syncMark: return .sync
    default: return .events
    }
  }
}

/// A problem of one trace, kept until the recording is at hand.
struct GoTraceProblem: Sendable {
  var code: String
  var offset: UInt64
  var message: String
}

/// The batches of one generation, with their bytes, until the generation closes.
struct GoTraceGeneration: Sendable {
  var number: UInt64
  /// Where its first batch stands in the file.
  var fileOffset: UInt64
  var payload: [UInt8] = []
  var batches: [GoTraceBatch] = []

  /// Adds bytes of the batch added last.
  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if payload.count + bytes.count > payload.capacity {
      LargePages.reserve(max(payload.count + bytes.count, payload.capacity * 2), in: &payload)
    }
    payload.append(contentsOf: bytes)
  }

  /// The bytes of the batch added last are all there: says what they are.
  mutating func closeBatch(_ header: GoTraceBatchHeader, version: GoTraceVersion, isCut: Bool) {
    guard let last = batches.indices.last, batches[last].kind != .hole else { return }
    let start = batches[last].payload.lowerBound
    guard start < payload.count else { return }
    batches[last].payload = start..<payload.count
    batches[last].kind = header.kind(firstByte: payload[start], version: version)
    batches[last].isCut = isCut
  }
}
