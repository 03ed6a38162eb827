import Glibc

/// Tells how much of the process is in memory: the second number of `/proc/self/statm`, in pages (proc(5)).
///
/// Unsafe corner: raw memory for the text. Contract: it is mapped once and for good, and every access is
/// bounded by what was read. Nothing is allocated.
@safe struct ResidentMemory {
  private static let page = Int(getpagesize())
  private static let textSize = 128

  private let descriptor: Int32
  private let text: UnsafeMutablePointer<UInt8>

  /// Nil if the system does not tell.
  init?() {
    descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, let room = unsafe LastingMemory.pages(Self.textSize) else { return nil }
    unsafe text = room.assumingMemoryBound(to: UInt8.self)
  }

  /// Bytes that are in memory now.
  func bytes() -> Int {
    let got = unsafe pread(descriptor, text, Self.textSize, 0)
    var fields = 0
    var pages = 0
    var place = 0
    while place < got, fields < 2 {
      let byte = unsafe text[place]
      if byte == 0x20 {
        fields += 1
      } else if fields == 1 {
        pages = pages &* 10 &+ Int(byte & 15)
      }
      place += 1
    }
    return pages &* Self.page
  }
}
