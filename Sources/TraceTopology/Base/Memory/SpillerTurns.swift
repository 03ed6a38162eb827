import Glibc

/// Lets the thread that watches the memory and the one that spills it take turns.
///
///     warden   ── give(high) ──▶            awaitEnd() ──▶ goes on
///     spiller                  awaitTurn() ── … ── end() ──▶ waits for its next turn
///
/// Nothing is allocated.
struct SpillerTurns {
  private let turns: LastingPipe
  private let ends: LastingPipe

  /// On failure `errno` says why.
  init?() {
    guard let turns = LastingPipe(), let ends = LastingPipe() else { return nil }
    self.turns = turns
    self.ends = ends
  }

  /// The spiller is to go below so many bytes.
  func give(_ high: Int) { Self.send(high, to: turns) }

  /// Waits for a turn of the spiller, and gives the bytes below which it is to go.
  func awaitTurn() -> Int { Self.receive(from: turns) }

  /// The turn of the spiller has ended.
  func end() { Self.send(0, to: ends) }

  func awaitEnd() { _ = Self.receive(from: ends) }

  /// The spiller is there, as the thread of this number.
  func begin(_ thread: Int32) { Self.send(Int(thread), to: ends) }

  func awaitBegin() -> Int32 { Int32(truncatingIfNeeded: Self.receive(from: ends)) }

  private static func send(_ value: Int, to pipe: LastingPipe) {
    var value = value
    while unsafe write(pipe.into, &value, 8) < 0, errno == EINTR {}
  }

  private static func receive(from pipe: LastingPipe) -> Int {
    var value = 0
    while unsafe read(pipe.out, &value, 8) < 0, errno == EINTR {}
    return value
  }
}
