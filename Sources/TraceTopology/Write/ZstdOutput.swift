import CZstd

/// Packs an output as one zstd frame while it is written, on a thread of the library's own.
///
/// Format: RFC 8878, with a checksum. The lowest level: more would take longer than all that is written.
///
/// Unsafe corner: libzstd reads the array that is given and writes into `packed`; both counts are the
/// arrays', and no pointer outlives a call.
@safe final class ZstdOutput {
  private let context: OpaquePointer
  private let target: OutputTarget
  private var packed: [UInt8]

  /// Whether an output of this name is packed.
  static func packs(_ path: String) -> Bool { path.hasSuffix(".zst") }

  init(_ target: OutputTarget) throws(OutputError) {
    guard let made = unsafe ZSTD_createCCtx() else {
      throw OutputError(
        path: target.path, reason: "no memory for the compressor", kind: .cannotWrite)
    }
    unsafe context = unsafe made
    self.target = target
    packed = Array(repeating: 0, count: ZSTD_CStreamOutSize())
    _ = unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_compressionLevel, 1)
    _ = unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_checksumFlag, 1)
    // A library without threads refuses, and packs all the same.
    _ = unsafe ZSTD_CCtx_setParameter(made, ZSTD_c_nbWorkers, 1)
  }

  deinit { _ = unsafe ZSTD_freeCCtx(context) }

  /// Packs these bytes behind those before.
  func write(_ bytes: Span<UInt8>) throws(OutputError) {
    var done = 0
    while done < bytes.count { _ = try step(bytes, &done, ZSTD_e_continue) }
  }

  /// Ends the frame.
  func finish() throws(OutputError) {
    var done = 0
    while try step(Span(), &done, ZSTD_e_end) > 0 {}
  }

  /// Gives how many bytes the library still holds.
  private func step(_ bytes: Span<UInt8>, _ done: inout Int, _ mode: ZSTD_EndDirective)
    throws(OutputError) -> Int
  {
    var count = 0
    let left = unsafe bytes.withUnsafeBytes { source in
      unsafe packed.withUnsafeMutableBytes { room in
        var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: done)
        var to = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        let left = unsafe ZSTD_compressStream2(context, &to, &from, mode)
        done = unsafe from.pos
        count = unsafe to.pos
        return left
      }
    }
    guard ZSTD_isError(left) == 0 else {
      let text = unsafe String(cString: ZSTD_getErrorName(left))
      throw OutputError(path: target.path, reason: "zstd: \(text)", kind: .cannotWrite)
    }
    let text = Array(packed[..<count])
    try target.write(text.span)
    return left
  }
}
