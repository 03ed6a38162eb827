import CZstd

/// A zstd stream of any number of frames, skippable ones included.
///
/// Format: RFC 8878. Checksums are verified where frames carry them.
/// Unsafe corner: libzstd reads `input[inputStart ..< inputEnd]` and writes below `limit`; both
/// ranges are checked against their arrays before each call.
@safe struct ZstdStream: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer
  private let windowLog: Int
  private(set) var isInFrame = false
  /// The first bytes of the frame in progress; steps may cut its header anywhere.
  private var header: [UInt8] = []
  private static let headerLimit = 18

  /// - Parameter windowLog: the largest window accepted, as a power of two.
  init?(windowLog: Int) {
    guard let made = unsafe ZSTD_createDCtx() else { return nil }
    unsafe context = unsafe made
    self.windowLog = windowLog
    _ = unsafe ZSTD_DCtx_setParameter(made, ZSTD_d_windowLogMax, Int32(clamping: windowLog))
  }

  deinit {
    unsafe _ = ZSTD_freeDCtx(context)
  }

  /// Forgets the frame in progress, to begin anew at another place of the file.
  mutating func restart() {
    _ = unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    isInFrame = false
    header.removeAll(keepingCapacity: true)
  }

  /// Unpacks from `input[inputStart...]` to `output[outputEnd ..< limit]` and moves both positions.
  mutating func step(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, into output: inout [UInt8],
    _ outputEnd: inout Int, limit: Int, fileOffset: UInt64
  ) -> UnpackStep {
    if header.count < Self.headerLimit {
      let end = min(inputEnd, inputStart + Self.headerLimit - header.count)
      header.append(contentsOf: input[inputStart..<end])
    }
    let code = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var from = unsafe ZSTD_inBuffer(
          src: source.baseAddress, size: min(inputEnd, source.count), pos: inputStart)
        var to = unsafe ZSTD_outBuffer(
          dst: target.baseAddress, size: min(limit, target.count), pos: outputEnd)
        let code = unsafe ZSTD_decompressStream(context, &to, &from)
        inputStart = unsafe from.pos
        outputEnd = unsafe to.pos
        return code
      }
    }
    guard ZSTD_isError(code) == 0 else {
      return .failed(describe(code, fileOffset: fileOffset))
    }
    isInFrame = code != 0
    if code == 0 { header.removeAll(keepingCapacity: true) }
    return code == 0 ? .boundary : .progress
  }

  private func describe(_ code: Int, fileOffset: UInt64) -> StreamProblem {
    let text = unsafe String(cString: ZSTD_getErrorName(code))
    var problem = StreamProblem(
      code: "corrupt-frame", severity: .error, offset: fileOffset, message: "zstd: \(text)")
    switch ZSTD_getErrorCode(code) {
    case ZSTD_error_frameParameter_windowTooLarge:
      let needed = Self.windowLog(ofFrame: header)
      problem.code = "window-too-large"
      problem.message =
        "zstd: the frame needs a window of \(needed.map { "2^\($0)" } ?? "more") bytes, the limit is "
        + "2^\(windowLog); raise it with --zstd-window-log \(needed.map(String.init) ?? "N")"
    case ZSTD_error_dictionary_wrong:
      problem.code = "dictionary-needed"
      problem.message = "zstd: the frame was compressed with a dictionary, which is not supported"
    case ZSTD_error_checksum_wrong:
      problem.code = "checksum-mismatch"
      problem.message = "zstd: the checksum of the frame does not match its content"
    case ZSTD_error_prefix_unknown:
      problem.code = "trailing-bytes"
      problem.message = "zstd: bytes between frames that begin no frame"
    default: break
    }
    return problem
  }

  /// The window of the frame that begins with these bytes, as a power of two, rounded up.
  private static func windowLog(ofFrame bytes: [UInt8]) -> Int? {
    guard bytes.count >= 6, bytes[0] == 0x28 else { return nil }
    let descriptor = bytes[4]
    guard descriptor & 0x20 != 0 else {
      let window = bytes[5]
      return 10 + Int(window >> 3) + (window & 7 == 0 ? 0 : 1)
    }
    let sizeBytes = [1, 2, 4, 8][Int(descriptor >> 6)]
    let first = 5 + [0, 1, 2, 4][Int(descriptor & 3)]
    var size: UInt64 = 0
    for index in 0..<sizeBytes where first + index < bytes.count {
      size |= UInt64(bytes[first + index]) << UInt64(8 * index)
    }
    return size == 0 ? nil : UInt64.bitWidth - (size - 1).leadingZeroBitCount
  }
}
