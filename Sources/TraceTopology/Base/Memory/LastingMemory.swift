import Glibc

/// Memory of the limiter itself, which is never parked and never given back: mappings that are shared, which
/// `AddressSpace` leaves out.
///
/// Unsafe corner: `mmap`. Contract: the pages are zero, and belong to whoever asked for them.
enum LastingMemory {
  /// Room for so many bytes, of which those count that are touched; nil if there is none, and then `errno` says why.
  static func pages(_ count: Int) -> UnsafeMutableRawPointer? {
    let room = unsafe mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return unsafe room == MAP_FAILED ? nil : room
  }
}
