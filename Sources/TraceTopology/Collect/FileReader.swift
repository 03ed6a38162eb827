import Glibc

/// An open file or the standard input, read once from front to back.
///
/// Unsafe corner: `read` into an array. Contract: at most `limit` bytes are written at `position`,
/// and `position + limit` lies within the array.
final class FileReader: ByteSource {
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  /// Bytes read so far.
  private(set) var offset: UInt64 = 0
  /// A file ends where it ends.
  let isCut = false

  /// Opens a file; `-` is the standard input.
  init(path: String) throws(InputError) {
    if path == "-" {
      descriptor = STDIN_FILENO
      ownsDescriptor = false
      return
    }
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw .system(errno) }
    descriptor = opened
    ownsDescriptor = true
  }

  deinit {
    if ownsDescriptor { close(descriptor) }
  }

  /// Fills `buffer` from `position` on; gives the number of bytes read, 0 at the end of the file.
  func read(into buffer: inout [UInt8], at position: Int, limit: Int)
    throws(InputError) -> Int
  {
    let room = min(limit, buffer.count - position)
    guard room > 0 else { return 0 }
    while true {
      let got = unsafe buffer.withUnsafeMutableBytes { bytes in
        let free = unsafe UnsafeRawBufferPointer(rebasing: bytes[position..<position + room])
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe MemoryLimit.retried(free) {
          unsafe Glibc.read(descriptor, base + position, room)
        }
      }
      if got >= 0 {
        offset &+= UInt64(got)
        return got
      }
      if errno != EINTR { throw .system(errno) }
    }
  }
}
