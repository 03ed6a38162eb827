import Glibc

/// What `/proc/self/pagemap` tells of pages, 64 bits each: bit 63 is set if the page is in memory, 62 if the
/// system has swapped it out, 61 if it is a page of a file and not one of the process's own
/// (Documentation/admin-guide/mm/pagemap.rst of the Linux kernel).
///
/// Unsafe corner: raw memory for the words. Contract: it is mapped once and for good, and every access is
/// bounded by `count`. Nothing is allocated.
@safe struct PageFlags {
  private static let limit = 4096
  private static let page = Int(getpagesize())

  private let descriptor: Int32
  private let words: UnsafeMutablePointer<UInt64>
  private var count = 0

  /// Nil if the system does not tell.
  init?() {
    descriptor = unsafe open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, let room = unsafe LastingMemory.pages(Self.limit * 8) else {
      return nil
    }
    unsafe words = room.bindMemory(to: UInt64.self, capacity: Self.limit)
  }

  /// Looks at pages from an address on; gives how many of them it knows now, counted from there.
  mutating func look(from start: UInt, bytes: Int) -> Int {
    let wanted = min(bytes / Self.page, Self.limit)
    let place = Int(start / UInt(Self.page)) * 8
    let got = unsafe pread(descriptor, words, wanted * 8, place)
    count = max(got / 8, 0)
    return count
  }

  /// Whether there is a page at all.
  func isHere(_ page: Int) -> Bool { word(page) >> 62 != 0 }

  /// Whether it differs from what the file holds, as far as is known.
  func isChanged(_ page: Int) -> Bool { isHere(page) && word(page) >> 61 & 1 == 0 }

  private func word(_ page: Int) -> UInt64 {
    precondition(page >= 0 && page < count)
    return unsafe words[page]
  }
}
