import Glibc

/// A pipe between threads of this process whose ends stay open for good.
struct LastingPipe {
  let out: Int32
  let into: Int32

  /// On failure `errno` says why.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    out = ends[0]
    into = ends[1]
  }
}
