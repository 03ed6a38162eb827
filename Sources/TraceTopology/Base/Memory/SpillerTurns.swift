import Glibc

/// Lets the thread that watches the memory and the one that spills it take turns.
///
///     warden   ── give(high) ──▶            awaitEnd() ──▶ goes on
///     spiller                  awaitTurn() ── … ── end() ──▶ waits for its next turn
///
/// Both ends of each pipe stay open for good. Nothing is allocated.
struct SpillerTurns {
  private let turns: Int32
  private let newTurn: Int32
  private let ends: Int32
  private let newEnd: Int32

  /// On failure `errno` says why.
  init?() {
    var there: [Int32] = [-1, -1]
    var back: [Int32] = [-1, -1]
    guard unsafe pipe(&there) == 0, unsafe pipe(&back) == 0 else { return nil }
    for end in there + back { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    turns = there[0]
    newTurn = there[1]
    ends = back[0]
    newEnd = back[1]
  }

  /// The spiller is to go below so many bytes.
  func give(_ high: Int) { Self.send(high, to: newTurn) }

  /// Waits for a turn of the spiller, and gives the bytes below which it is to go.
  func awaitTurn() -> Int { Self.receive(from: turns) }

  /// The turn of the spiller has ended.
  func end() { Self.send(0, to: newEnd) }

  func awaitEnd() { _ = Self.receive(from: ends) }

  /// The spiller is there, as the thread of this number.
  func begin(_ thread: Int32) { Self.send(Int(thread), to: newEnd) }

  func awaitBegin() -> Int32 { Int32(truncatingIfNeeded: Self.receive(from: ends)) }

  private static func send(_ value: Int, to pipe: Int32) {
    var value = value
    while unsafe write(pipe, &value, 8) < 0, errno == EINTR {}
  }

  private static func receive(from pipe: Int32) -> Int {
    var value = 0
    while unsafe read(pipe, &value, 8) < 0, errno == EINTR {}
    return value
  }
}
