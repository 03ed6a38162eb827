import CZlib

/// A gzip stream of any number of members.
///
/// Format: RFC 1952; each member's CRC-32 and size are verified. The only importer of zlib.
/// Unsafe corner: zlib reads `input[inputStart ..< inputEnd]` and writes below `limit`; both ranges
/// are checked against their arrays before each call, and no pointer outlives it.
@safe struct GzipStream: ~Copyable, @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isInMember = false
  /// Whether a whole member was read before.
  private var hasMember = false

  init?() {
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 window bits; + 16: gzip framing only.
    let code = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { return nil }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  /// Forgets the member in progress, to begin anew at another place of the file.
  mutating func restart() {
    unsafe inflateReset(stream)
    isInMember = false
  }

  /// Unpacks from `input[inputStart...]` to `output[outputEnd ..< limit]` and moves both positions.
  mutating func step(
    _ input: [UInt8], _ inputStart: inout Int, _ inputEnd: Int, into output: inout [UInt8],
    _ outputEnd: inout Int, limit: Int, fileOffset: UInt64
  ) -> UnpackStep {
    let code = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        let from = min(inputEnd, source.count) - inputStart
        let room = min(limit, target.count) - outputEnd
        guard from >= 0, room > 0, let head = source.baseAddress, let tail = target.baseAddress
        else { return Z_OK }
        let bytes = unsafe UnsafeMutablePointer(
          mutating: (head + inputStart).assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.next_in = unsafe bytes
        unsafe stream.pointee.avail_in = UInt32(clamping: from)
        unsafe stream.pointee.next_out = (tail + outputEnd).assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: room)
        let code = unsafe inflate(stream, Z_NO_FLUSH)
        inputStart += from - Int(unsafe stream.pointee.avail_in)
        outputEnd += room - Int(unsafe stream.pointee.avail_out)
        return code
      }
    }
    switch code {
    case Z_STREAM_END:
      unsafe inflateReset(stream)
      isInMember = false
      hasMember = true
      return .boundary
    case Z_OK, Z_BUF_ERROR:
      isInMember = true
      return .progress
    case Z_DATA_ERROR where hasMember && (unsafe stream.pointee.total_in) <= 2:
      return .failed(
        StreamProblem(
          code: "trailing-bytes", severity: .error, offset: fileOffset,
          message: "gzip: bytes behind a member that begin no member"))
    default:
      let text = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(code)"
      return .failed(
        StreamProblem(
          code: "corrupt-frame", severity: .error, offset: fileOffset, message: "gzip: \(text)"))
    }
  }
}
