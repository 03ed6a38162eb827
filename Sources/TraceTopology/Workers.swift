import Glibc

/// Counts the threads that read the logs of a run, so that a file which is read alone gets those that
/// others do not need.
actor Workers {
  /// How many may work at once.
  nonisolated let count: Int
  private var busy = 0

  init(_ policy: Policy) {
    count = max(1, policy.jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// One more works, whether there is room or not.
  func join() { busy += 1 }

  /// One more works, if there is room.
  func joinIfFree() -> Bool {
    guard busy < count else { return false }
    busy += 1
    return true
  }

  /// One is done.
  func leave() { busy -= 1 }
}
