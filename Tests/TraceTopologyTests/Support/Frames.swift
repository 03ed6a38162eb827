/// Compressed bytes made by hand: what is stored, not squeezed, is easy to write.
enum Frames {
  static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// A zstd frame of one raw block that states its content's size (at most 255 bytes).
  static func zstd(_ text: String) -> [UInt8] {
    magic + [0x20, UInt8(text.utf8.count)] + rawBlock(Array(text.utf8), isLast: true)
  }

  /// A zstd frame of unknown content size and several blocks, with this window byte.
  static func zstd(blocks: [String], window: UInt8 = 0) -> [UInt8] {
    var bytes = magic + [0x00, window]
    for (index, text) in blocks.enumerated() {
      bytes += rawBlock(Array(text.utf8), isLast: index == blocks.count - 1)
    }
    return bytes
  }

  /// A zstd frame of one raw block and of blocks that are runs of one byte.
  static func zstd(_ text: String, thenRuns runs: [(byte: UInt8, count: Int)]) -> [UInt8] {
    // The smallest window that blocks of 128 KiB need.
    var bytes = magic + [0x00, 7 << 3] + rawBlock(Array(text.utf8), isLast: runs.isEmpty)
    for (place, run) in runs.enumerated() {
      let header = UInt32(run.count) << 3 | 2 | (place == runs.count - 1 ? 1 : 0)
      bytes += littleEndian(header).dropLast() + [run.byte]
    }
    return bytes
  }

  /// What `zstd` itself writes for `alpha\nbeta\n`, its checksum included.
  static let checked: [UInt8] =
    magic + [0x24, 0x0B, 0x59, 0x00, 0x00] + Array("alpha\nbeta\n".utf8) + [0x74, 0x6C, 0x52, 0x07]

  static func skippable(_ payload: [UInt8]) -> [UInt8] {
    [0x5A, 0x2A, 0x4D, 0x18] + littleEndian(UInt32(payload.count)) + payload
  }

  private static func rawBlock(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    let header = UInt32(bytes.count) << 3 | (isLast ? 1 : 0)
    return littleEndian(header).dropLast() + bytes
  }

  /// A gzip member of one stored block.
  static func gzip(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    let size = UInt16(bytes.count)
    let length = [UInt8(size & 0xFF), UInt8(size >> 8), UInt8(~size & 0xFF), UInt8(~size >> 8)]
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1] + length + bytes
      + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
}
