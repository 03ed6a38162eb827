import Glibc

/// Memory that the system may back with large pages: where memory is at hand it takes a fraction of the
/// time to touch tables of hundreds of megabytes for the first time. In a virtual machine that gives
/// free memory back it takes several times as long as with small pages; the first page tells.
///
/// Unsafe corner: `madvise`. Contract: the advice covers whole pages inside one array's own storage
/// and changes no byte of it; a system that does not know it refuses, which is no matter.
enum LargePages {
  private static let size = 2 << 20

  /// Makes room for `capacity` elements in an array, in large pages where that pays.
  static func reserve<Element>(_ capacity: Int, in array: inout [Element]) {
    array.reserveCapacity(capacity)
    let length = capacity * MemoryLayout<Element>.stride
    guard length >= 2 * size, !MemoryLimit.isSet else { return }
    unsafe array.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let base = UnsafeMutableRawPointer(start)
      let first = unsafe base.alignedUp(toMultipleOf: size)
      let skipped = unsafe first - base
      let rest = length - skipped
      guard rest >= size else { return }
      _ = unsafe madvise(first, rest / size * size, MADV_HUGEPAGE)
      if unsafe !isCheap(first) { _ = unsafe madvise(first, rest / size * size, MADV_NOHUGEPAGE) }
    }
  }

  /// Whether the first large page came as fast as clearing it takes.
  private static func isCheap(_ page: UnsafeMutableRawPointer) -> Bool {
    let begin = ContinuousClock.now
    _ = unsafe madvise(page, size, populateWrite)
    return ContinuousClock.now - begin < limit
  }

  /// `MADV_POPULATE_WRITE` of Linux 5.14.
  private static let populateWrite: Int32 = 23
  /// Clearing a large page takes a quarter of this at most, fetching it from a hypervisor many times this.
  private static let limit = Duration.milliseconds(1)

  /// Makes room for `capacity` elements in an array that has grown: what it holds is moved to where it
  /// is in large pages as well.
  static func grow<Element>(_ array: inout [Element], to capacity: Int) {
    guard capacity * MemoryLayout<Element>.stride >= 2 * size else {
      return array.reserveCapacity(capacity)
    }
    var larger: [Element] = []
    reserve(capacity, in: &larger)
    larger.append(contentsOf: array)
    array = larger
  }

  /// An array of one element many times.
  static func filled<Element>(_ element: Element, count: Int) -> [Element] {
    var array: [Element] = []
    reserve(count, in: &array)
    array.append(contentsOf: repeatElement(element, count: count))
    return array
  }
}
