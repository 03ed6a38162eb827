import CLinux
import Glibc

/// What the C library's allocator has mapped (malloc/malloc.c and malloc/arena.c of the GNU C library).
///
/// Large arrays have pages of their own, in front of them two words: zero, and the size, its lowest bits
/// `10` (`malloc_chunk`, `IS_MMAPPED`). All that is small and comes from other threads than the first one
/// lies in heaps at multiples of 64 MiB, in front of them four words or more: the arena, the heap before,
/// the size in use, and the size that can be written to (`heap_info`). The memory of threads and of
/// this limiter itself is neither.
///
/// Unsafe corner: reads those words. Contract: the range is mapped and readable, and nobody gives any
/// of it back meanwhile.
enum AllocatorMemory {
  /// Arrays from this size on have pages of their own.
  static let threshold = 256 << 10

  /// Tells the allocator to keep to that size, and to give back early what is free at its end.
  static func fix() {
    _ = mallopt(Int32(M_MMAP_THRESHOLD), Int32(threshold))
    _ = mallopt(Int32(M_TRIM_THRESHOLD), 1 << 20)
    _ = mallopt(Int32(M_MMAP_MAX), 1 << 20)
  }

  /// The size of the chunk or heap that begins at `start`, the first address of a page; 0 if none does.
  static func size(at start: UInt, before end: UInt, page: UInt) -> UInt {
    guard let words = unsafe UnsafePointer<UInt>(bitPattern: start) else { return 0 }
    let first = unsafe words[0]
    let second = unsafe words[1]
    if first == 0, second & 7 == 2 {
      let size = second & ~7
      return size >= UInt(threshold) && size % page == 0 && size <= end &- start ? size : 0
    }
    guard start % heapSize == 0, first != 0, first % 16 == 0 else { return 0 }
    let used = unsafe words[2]
    let writable = unsafe words[3]
    let isHeap = used > 0 && used <= writable && used % page == 0 && writable % page == 0
    return isHeap && writable <= min(end &- start, heapSize) ? writable : 0
  }

  /// Whether it is a heap that begins there, and no chunk.
  static func isHeap(at start: UInt) -> Bool {
    guard let words = unsafe UnsafePointer<UInt>(bitPattern: start) else { return true }
    return unsafe words[0] != 0
  }

  /// How much of a chunk or heap may be parked: `realloc` would let a chunk that is one mapping of a file grow
  /// into what others have there (mremap(2)). It leaves one that is two mappings, and copies.
  static func parkable(_ size: UInt, at start: UInt, page: UInt) -> UInt {
    guard let words = unsafe UnsafePointer<UInt>(bitPattern: start) else { return 0 }
    return unsafe words[0] == 0 ? size - min(page, size) : size
  }

  /// How large it is likely to become where it stands.
  static func reach(_ size: UInt, at start: UInt) -> UInt {
    guard let words = unsafe UnsafePointer<UInt>(bitPattern: start) else { return size }
    return unsafe words[0] == 0 ? size : max(min(2 * size, heapSize), size)
  }

  /// `HEAP_MAX_SIZE` where addresses have 64 bits.
  private static let heapSize: UInt = 64 << 20
}
