import CLinux
import Glibc

/// Keeps the resident memory of the process below a limit, from a thread of its own: see `MemoryLimit`.
///
///     resident   0 ─── floor ─────────── high ──────── limit
///                      cannot be         others are    what is touched
///                      parked            stopped       meanwhile
///
/// What takes long, another thread does. This one works so little that the system gives it its turn soon;
/// after some milliseconds of work it would have to wait as long for the threads that it lets go on.
///
/// Unsafe corner: shares the spiller with its thread. Contract: they take turns, of which the two pipes tell.
@safe struct MemoryWarden {
  private let limit: Int
  private let memory: ResidentMemory
  private let spiller: UnsafeMutablePointer<MemorySpiller>
  private let turns: SpillerTurns
  private var threads: OtherThreads

  /// On failure `errno` says why.
  init?(limit: Int, spiller: UnsafeMutablePointer<MemorySpiller>, turns: SpillerTurns) {
    guard let memory = ResidentMemory(), let threads = OtherThreads() else { return nil }
    self.limit = limit
    self.memory = memory
    unsafe self.spiller = spiller
    self.turns = turns
    self.threads = threads
  }

  /// From here on something is done. A quarter of what is left, up to a bound, is for what others allocate until
  /// this thread has its turn; what was parked does not come back without it.
  private var high: Int {
    let floor = unsafe spiller.pointee.floor
    let rest = max(limit - floor, 0)
    return max(limit - min(rest / 4, 32 << 20), floor + 4 << 20)
  }

  /// Looks, acts and sleeps, for ever.
  mutating func run() {
    _ = clinux_ask_for_short_turns(
      100_000, getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
    threads.spare(turns.awaitBegin())
    while true {
      let left = step()
      // Nothing is allocated and filled faster than 32 gigabytes a second.
      GuardedPages.awaitNeed(nanoseconds: max(100_000, min(left / 32, 5_000_000)))
    }
  }

  /// One look; gives the bytes that may be touched until something is to be done.
  private mutating func step() -> Int {
    threads.resumeLate()
    let now = memory.bytes()
    if now > high {
      if threads.stop() {
        turns.give(high)
        turns.awaitEnd()
        grant(memory.bytes())
        threads.resume()
      }
    } else {
      grant(now)
    }
    return high - now
  }

  /// A little beyond, so that there is always something to be done for those who wait; all if nothing more can
  /// be parked, as then waiting makes no room.
  private func grant(_ resident: Int) {
    let isKept = unsafe spiller.pointee.problem == 0
    GuardedPages.grant(
      isKept ? max(high - resident, 0) + 16 * GuardedPages.unit : GuardedPages.unbounded)
  }

  /// Lets the spiller do everything once, in this thread.
  mutating func rehearse() {
    guard threads.stop() else { return }
    unsafe spiller.pointee.rehearse()
    threads.resume()
  }
}
