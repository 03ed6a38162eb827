import CLinux
import Glibc
import Synchronization

/// Keeps parked pages from coming back unseen: nobody can read or write them until there is room.
///
///     a thread touches one ─▶ SIGSEGV ─▶ room left ─▶ takes it, opens the unit, goes on
///                               ▲            └─ none ─▶ wakes the warden, waits
///                               └───────────────────────────┘ until that has looked, and made room
///
/// A thread that only looks from time to time would be late: pages of a file that is in memory come back
/// at tens of gigabytes a second.
///
/// The system itself does not get a signal: a call that is given such pages returns `EFAULT` (see
/// `MemoryLimit.retried`).
///
/// Unsafe corner: a signal handler, and state that it shares. Contract: it is installed once, before
/// anything is shut; the list of regions changes only while all threads stand still, and holds whatever is
/// shut then; no thread is stopped while it reads the list. The handler makes system calls only and keeps
/// `errno`.
@safe enum GuardedPages {
  /// What comes back together.
  static let unit = SpillRoom.unit

  /// Room where nothing is to be kept back.
  static let unbounded = 1 << 40

  /// Bytes that may still come back.
  private static let room = Atomic<Int>(unbounded)
  /// Where some units were opened one after another, so many more are opened at once.
  private static let ahead = 4

  nonisolated(unsafe) private static var spiller: UnsafeMutablePointer<MemorySpiller>?
  /// Two words: how often somebody had no room, and how often there was new room.
  nonisolated(unsafe) private static var words: UnsafeMutablePointer<UInt32>?

  /// From here on a touch of what `spiller` has shut is seen.
  static func install(_ spiller: UnsafeMutablePointer<MemorySpiller>) -> Bool {
    guard let page = unsafe LastingMemory.pages(8) else { return false }
    unsafe words = page.bindMemory(to: UInt32.self, capacity: 2)
    unsafe self.spiller = spiller
    // Made at its first use, which must not be in the handler.
    grant(unbounded)
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_sigaction = { _, information, _ in
      let saved = errno
      // 2: the pages are there, but must not be used (`SEGV_ACCERR`).
      if let information = unsafe information, unsafe information.pointee.si_code == 2,
        unsafe GuardedPages.open(UInt(bitPattern: information.pointee._sifields._sigfault.si_addr))
      {
        errno = saved
      } else {
        signal(SIGSEGV, SIG_DFL)
      }
    }
    action.sa_flags = SA_SIGINFO
    // A thread that is stopped while it looks into the list would go on in another one.
    unsafe sigaddset(&action.sa_mask, OtherThreads.signal)
    return unsafe sigaction(SIGSEGV, &action, nil) == 0
  }

  static var isInstalled: Bool { unsafe words != nil }

  /// So many bytes may come back from now on.
  static func grant(_ bytes: Int) {
    room.store(max(bytes, 0), ordering: .relaxed)
    if let words = unsafe words { unsafe clinux_wake(words + 1) }
  }

  /// Waits until somebody has no room, at most so long.
  static func awaitNeed(nanoseconds: Int) {
    guard let words = unsafe words else { return }
    unsafe clinux_wait(words, clinux_word(words), nanoseconds)
  }

  /// Shuts pages of which none is in memory.
  static func shut(_ start: UInt, count: Int) { set(start, count: count, PROT_NONE) }

  /// Touches a byte of every unit of a buffer.
  static func open(_ buffer: UnsafeRawBufferPointer) {
    guard let base = buffer.baseAddress, unsafe !buffer.isEmpty else { return }
    var place = 0
    while place < buffer.count {
      unsafe clinux_touch(base, UInt(place))
      place += unit
    }
    unsafe clinux_touch(base, UInt(buffer.count - 1))
  }

  /// Opens the unit of an address as soon as there is room; false if nothing is shut there.
  private static func open(_ address: UInt) -> Bool {
    guard let words = unsafe words else { return false }
    while true {
      let seen = unsafe clinux_word(words + 1)
      guard let region = unsafe spiller?.pointee.spilledRegion(at: address) else { return false }
      if let isOpen = open(address, in: region) { return isOpen }
      unsafe clinux_wake(words)
      // Whoever waits can be stopped, and what was known of its address does not hold any longer then.
      stopping(SIG_UNBLOCK)
      unsafe clinux_wait(words + 1, seen, 5_000_000)
      stopping(SIG_BLOCK)
    }
  }

  /// Whether that was possible; nil if there is no room now.
  private static func open(_ address: UInt, in region: AddressSpace.Region) -> Bool? {
    let first = address / UInt(unit) * UInt(unit)
    let start = max(first, region.start)
    let offset = Int(region.offset) + Int(start - region.start)
    let units = unsafe spiller?.pointee.unitsToOpen(at: offset, atMost: ahead) ?? 1
    let count = Int(min(first + UInt(units * unit), region.end) - start)
    guard take(count) else { return nil }
    // Each piece counts for the system, which has a limit to them.
    return set(start, count: count, PROT_READ | PROT_WRITE)
      || set(region.start, count: region.count, PROT_READ | PROT_WRITE)
  }

  /// Lets the calling thread be stopped, or not.
  private static func stopping(_ how: Int32) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, OtherThreads.signal)
    unsafe pthread_sigmask(how, &signals, nil)
  }

  private static func take(_ count: Int) -> Bool {
    if room.subtract(count, ordering: .relaxed).newValue >= 0 { return true }
    room.add(count, ordering: .relaxed)
    return false
  }

  @discardableResult
  private static func set(_ start: UInt, count: Int, _ protection: Int32) -> Bool {
    guard count > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: start) else {
      return false
    }
    return unsafe mprotect(base, count, protection) == 0
  }
}
