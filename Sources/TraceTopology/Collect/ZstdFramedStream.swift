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
  /// The message in progress behind room for its length, or the one that waits to be given out:
  ///
  ///     message   [ length' | bytes that were unpacked | not used yet ]
  ///                ^ 0       ^ headerSize               ^ messageEnd
  private var message: [UInt8] = Array(repeating: 0, count: 256 << 10)
  private var messageEnd = ZstdFramedStream.headerSize
  /// Of a message that waits, where what is left of it begins; the same as `readyEnd` if none does.
  private var readyStart = 0
  private var readyEnd = 0
  private(set) var warnings: [StreamProblem] = []

  init?(windowLog: Int) {
    guard let frames = ZstdStream(windowLog: windowLog) else { return nil }
    self.frames = frames
  }

  /// The last step used all room, so there may be more to come without further input.
  private var isFull = false

  /// Whether a message is in progress or not given out yet.
  var isInside: Bool { !header.isEmpty || frames.isInFrame || holdsOutput }

  var holdsOutput: Bool { holdsMessage || isFull }

  private var holdsMessage: Bool { readyStart < readyEnd }

  /// Forgets the message in progress: a frame begins at the next byte, without its length.
  mutating func restart() {
    frames.restart()
    header.removeAll(keepingCapacity: true)
    messageEnd = Self.headerSize
    isFull = false
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
    if holdsMessage {
      let count = min(readyEnd - readyStart, limit - outputEnd)
      output.replaceSubrange(
        outputEnd..<outputEnd + count, with: message[readyStart..<readyStart + count])
      readyStart += count
      outputEnd += count
      return .progress
    }
    while !isHeadless, header.count < Self.headerSize, inputStart < inputEnd {
      header.append(input[inputStart])
      inputStart += 1
    }
    guard isFull || (isHeadless || header.count == Self.headerSize) && inputStart < inputEnd else {
      return .progress
    }
    return unpack(input, &inputStart, inputEnd, fileOffset)
  }

  private mutating func unpack(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, _ fileOffset: UInt64
  ) -> UnpackStep {
    let start = inputStart
    if messageEnd == message.count {
      message.append(contentsOf: repeatElement(0, count: message.count))
    }
    let step = frames.step(
      input, &inputStart, inputEnd, into: &message, &messageEnd, limit: message.count,
      fileOffset: fileOffset)
    used &+= UInt64(inputStart - start)
    isFull = step == .progress && messageEnd == message.count
    guard messageEnd - Self.headerSize <= Self.messageLimit else {
      messageEnd = Self.headerSize
      return .failed(
        StreamProblem(
          code: "message-too-large", severity: .error, offset: fileOffset,
          message: "a message of more than \(Self.messageLimit) bytes"))
    }
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
    let content = Self.headerSize..<messageEnd
    messageEnd = Self.headerSize
    guard !content.isEmpty else { return }
    let first = message[content].first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    readyStart = 0
    readyEnd = content.upperBound
    if first == 0x7B {
      readyStart = Self.headerSize
      if readyEnd == message.count { message.append(0) }
      message[readyEnd] = 0x0A
      readyEnd += 1
    } else {
      let count = UInt32(truncatingIfNeeded: content.count)
      for place in 0..<Self.headerSize {
        message[place] = UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * place))
      }
    }
  }
}
