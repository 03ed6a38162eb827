import CZstd

/// A zstd stream of any number of frames, skippable ones included.
///
/// Format: RFC 8878. Checksums are verified where frames carry them. The only importer of libzstd.
/// Unsafe corner: libzstd reads `input[inputStart ..< inputEnd]` and writes below `limit`; both
/// ranges are checked against their arrays before each call.
@safe struct ZstdStream: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer
  private let windowLog: Int
  private(set) var isInFrame = false

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
  }

  /// Unpacks from `input[inputStart...]` to `output[outputEnd ..< limit]` and moves both positions.
  mutating func step(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, into output: inout [UInt8],
    _ outputEnd: inout Int, limit: Int, fileOffset: UInt64
  ) -> UnpackStep {
    let frame = inputStart
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
      let problem = describe(code, header: input, at: frame, fileOffset: fileOffset)
      return .failed(problem)
    }
    isInFrame = code != 0
    return code == 0 ? .boundary : .progress
  }

  private func describe(_ code: Int, header: [UInt8], at position: Int, fileOffset: UInt64)
    -> StreamProblem
  {
    let text = unsafe String(cString: ZSTD_getErrorName(code))
    var problem = StreamProblem(
      code: "corrupt-frame", severity: .error, offset: fileOffset, message: "zstd: \(text)")
    switch ZSTD_getErrorCode(code) {
    case ZSTD_error_frameParameter_windowTooLarge:
      let needed = Self.windowLog(ofFrame: header, at: position).map(String.init) ?? "a larger one"
      problem.code = "window-too-large"
      problem.message =
        "zstd: the frame needs a window of 2^\(needed) bytes, the limit is 2^\(windowLog); "
        + "raise it with --zstd-window-log \(needed)"
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

  /// The window of the frame that begins at `position`, as a power of two, rounded up.
  private static func windowLog(ofFrame bytes: [UInt8], at position: Int) -> Int? {
    guard position + 18 <= bytes.count, bytes[position] == 0x28 else { return nil }
    let descriptor = bytes[position + 4]
    guard descriptor & 0x20 != 0 else {
      let window = bytes[position + 5]
      return 10 + Int(window >> 3) + (window & 7 == 0 ? 0 : 1)
    }
    let sizeBytes = [1, 2, 4, 8][Int(descriptor >> 6)]
    let first = position + 5 + [0, 1, 2, 4][Int(descriptor & 3)]
    var size: UInt64 = 0
    for index in 0..<sizeBytes where first + index < bytes.count {
      size |= UInt64(bytes[first + index]) << UInt64(8 * index)
    }
    return size == 0 ? nil : UInt64.bitWidth - (size - 1).leadingZeroBitCount
  }
}
