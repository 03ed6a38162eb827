/// Counts the threads that decode the logs of a run, so that a file which is read alone gets those that
/// others do not need.
actor Workers {
  /// How many may work at once.
  nonisolated let count: Int
  private var busy = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// Of `waiting`, how many were let in.
  private var admitted = 0

  init(_ policy: Policy) {
    count = Threads(policy).count
  }

  /// One more works, as soon as there is room. Whoever works waits for nobody who waits here.
  func join() async {
    guard busy >= count else {
      busy += 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// One is done: the first who waits goes on in its place.
  func leave() {
    guard admitted < waiting.count else {
      busy -= 1
      return
    }
    waiting[admitted].resume()
    admitted += 1
    guard admitted == waiting.count else { return }
    waiting.removeAll(keepingCapacity: true)
    admitted = 0
  }
}
