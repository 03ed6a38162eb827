/// Messages that were packed one by one: each is a zstd frame behind the frame's length (32 bits, most
/// significant byte first). The Collector's file exporter with `compression: zstd` writes it so;
/// `zstd -d` refuses it.
///
///     stored   length | frame | length | frame | …
///     given    {…} \n {…} \n …                      messages of JSON
///              length' | message | length' | …      messages of protobuf
///
/// What is given is what the exporter writes without compression. A message of JSON has no line feed
/// of its own, so one is put behind it; a message of protobuf says nowhere how long it is, so its own
/// length is put in front of it.
///
/// Frames end by themselves. A length that is wrong is reported and otherwise not needed.
struct ZstdFramedStream: ~Copyable, Sendable {
  /// The largest message that is unpacked.
  static let messageLimit = 256 << 20
  private static let headerSize = 4

  private var frames: ZstdStream
  /// The bytes of the length in front of a frame that were read.
  private var header: [UInt8] = []
  /// Stored bytes of the frame in progress that were used.
  private var used: UInt64 = 0
  /// Whether the next bytes are a frame without its length, after damage.
  private var isHeadless = false
  private var message: [UInt8] = []
  private var buffer: [UInt8] = Array(repeating: 0, count: 128 << 10)
  /// What was unpacked and waits for room.
  private var ready: [UInt8] = []
  private var readyStart = 0
  private(set) var warnings: [StreamProblem] = []

  init?(windowLog: Int) {
    guard let frames = ZstdStream(windowLog: windowLog) else { return nil }
    self.frames = frames
  }

  /// Whether a message is in progress or not given out yet.
  var isInside: Bool { !header.isEmpty || frames.isInFrame || holdsOutput }

  var holdsOutput: Bool { readyStart < ready.count }

  /// Forgets the message in progress: a frame begins at the next byte, without its length.
  mutating func restart() {
    frames.restart()
    header.removeAll(keepingCapacity: true)
    message.removeAll()
    isHeadless = true
    used = 0
  }

  mutating func takeWarnings() -> [StreamProblem] {
    guard !warnings.isEmpty else { return [] }
    defer { warnings.removeAll() }
    return warnings
  }

  /// Unpacks from `input[inputStart ..< inputEnd]` to `output[outputEnd ..< limit]` and moves both
  /// positions.
  mutating func step(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, into output: inout [UInt8],
    _ outputEnd: inout Int, limit: Int, fileOffset: UInt64
  ) -> UnpackStep {
    if holdsOutput {
      let count = min(ready.count - readyStart, limit - outputEnd)
      output.replaceSubrange(
        outputEnd..<outputEnd + count, with: ready[readyStart..<readyStart + count])
      readyStart += count
      outputEnd += count
      return .progress
    }
    while !isHeadless, header.count < Self.headerSize, inputStart < inputEnd {
      header.append(input[inputStart])
      inputStart += 1
    }
    guard isHeadless || header.count == Self.headerSize, inputStart < inputEnd else {
      return .progress
    }
    return unpack(input, &inputStart, inputEnd, fileOffset)
  }

  private mutating func unpack(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, _ fileOffset: UInt64
  ) -> UnpackStep {
    let start = inputStart
    var end = 0
    let step = frames.step(
      input, &inputStart, inputEnd, into: &buffer, &end, limit: buffer.count,
      fileOffset: fileOffset)
    used &+= UInt64(inputStart - start)
    guard message.count + end <= Self.messageLimit else {
      message.removeAll()
      return .failed(
        StreamProblem(
          code: "message-too-large", severity: .error, offset: fileOffset,
          message: "a message of more than \(Self.messageLimit) bytes"))
    }
    message.append(contentsOf: buffer[0..<end])
    if step == .boundary { finishMessage(fileOffset) }
    return step
  }

  private mutating func finishMessage(_ fileOffset: UInt64) {
    let length = header.reduce(0) { $0 << 8 | UInt64($1) }
    if !isHeadless, length != used {
      warnings.append(
        StreamProblem(
          code: "wrong-length", severity: .warning, offset: fileOffset,
          message: "a frame of \(used) bytes behind a length of \(length)"))
    }
    header.removeAll(keepingCapacity: true)
    isHeadless = false
    used = 0
    let first = message.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    ready.removeAll(keepingCapacity: true)
    readyStart = 0
    if first == 0x7B {
      ready.append(contentsOf: message)
      ready.append(0x0A)
    } else if !message.isEmpty {
      let count = UInt32(truncatingIfNeeded: message.count)
      for shift in [24, 16, 8, 0] as [UInt32] {
        ready.append(UInt8(truncatingIfNeeded: count >> shift))
      }
      ready.append(contentsOf: message)
    }
    message.removeAll(keepingCapacity: true)
  }
}
