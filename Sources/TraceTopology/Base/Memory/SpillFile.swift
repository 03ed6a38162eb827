import CLinux
import Glibc

/// A nameless temporary file that takes the place of memory: the bytes stay where they are in the
/// address space, and the system may forget the pages behind them.
///
///     before   pages ─▶ memory
///     after    pages ─▶ file, in memory as far as they were touched since
///              changed pages ─▶ memory, until they are written to the file
///
/// Pages are the process's own as soon as they are changed: a mapping that is shared with the file asks the
/// file system at the first change of each page, which takes several times as long.
///
/// Nobody who holds an array there notices: addresses and contents stay, reads and writes go on, and
/// giving the memory back ends the mapping as always.
///
/// Unsafe corner: memory is mapped anew under its owner. Contract: a range is whole pages that are mapped,
/// private, readable and writable, and nobody writes to it or gives it back during a call. The file is
/// written in full before it is mapped, so that a full disk is an error and no signal. Nothing is
/// allocated.
struct SpillFile {
  private static let page = Int(getpagesize())

  private let descriptor: Int32
  /// Bytes in front of the end of the file.
  private(set) var size = 0

  /// Makes the file; on failure `errno` says why.
  init?(folder: String) {
    var name = Array((folder + "/tracetopo-XXXXXX").utf8CString)
    descriptor = unsafe name.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let start = buffer.baseAddress else { return -1 }
      let file = unsafe mkostemp(start, O_CLOEXEC)
      if file >= 0 { unsafe unlink(start) }
      return file
    }
    guard descriptor >= 0 else { return nil }
  }

  /// Nobody uses the file any more.
  func end() { close(descriptor) }

  /// Puts the bytes at `start` into the file at `offset`, and the file in the place of the memory.
  /// Whatever goes wrong, the bytes are still there.
  ///
  /// - Returns: 0, or the number of the error.
  mutating func park(_ start: UInt, count: Int, at offset: Int) -> Int32 {
    guard count > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: start) else {
      return EINVAL
    }
    let failure = write(start, count: count, at: offset)
    guard failure == 0 else { return failure }
    let mapped = unsafe mmap(
      base, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, descriptor, offset)
    guard unsafe mapped == MAP_FAILED else { return 0 }
    let error = errno
    unsafe restore(base, count: count, from: offset)
    return error
  }

  /// Puts the bytes at `start` into the file at `offset`.
  ///
  /// - Returns: 0, or the number of the error.
  mutating func write(_ start: UInt, count: Int, at offset: Int) -> Int32 {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: start) else { return EINVAL }
    var done = 0
    while done < count {
      let written = unsafe pwrite(descriptor, base + done, count - done, offset + done)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return written < 0 ? errno : ENOSPC }
      done += written
    }
    size = max(size, offset + count)
    return 0
  }

  /// A refused mapping may have taken the old one away: memory again, with what the file holds.
  private func restore(_ base: UnsafeMutableRawPointer, count: Int, from offset: Int) {
    let memory = unsafe mmap(
      base, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
    guard unsafe memory != MAP_FAILED else { abort() }
    var done = 0
    while done < count {
      let got = unsafe pread(descriptor, base + done, count - done, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { abort() }
      done += got
    }
  }

  /// Lets the system forget the pages of a range that was parked; the file still holds them, save for what
  /// was changed and not written since.
  func drop(_ start: UInt, count: Int) {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: start) else { return }
    _ = unsafe madvise(base, count, MADV_DONTNEED)
  }

  /// Makes the file a page long and maps that, to find out what the system calls the file; 0 if that is
  /// not possible, and then `errno` says why.
  mutating func mapProbe() -> UInt {
    guard ftruncate(descriptor, Self.page) == 0 else { return 0 }
    let mapped = unsafe mmap(nil, Self.page, PROT_READ, MAP_SHARED, descriptor, 0)
    guard unsafe mapped != MAP_FAILED else { return 0 }
    return UInt(bitPattern: mapped)
  }

  func unmapProbe(_ address: UInt) {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    _ = unsafe munmap(base, Self.page)
  }
}
