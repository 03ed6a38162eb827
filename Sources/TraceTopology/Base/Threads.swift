import Glibc

/// How many threads may work on the tables of a run at once, and how they share what is to be done.
///
/// What is done side by side only reads what it shares, and each part has a place of its own for its
/// result: that is the same for any number of threads.
struct Threads: Sendable {
  /// At least one.
  let count: Int

  init(count: Int) { self.count = max(1, count) }

  /// So many; as many as this machine can run at once where nothing is said.
  init(jobs: Int?) { self.init(count: jobs ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  init(_ policy: Policy) { self.init(jobs: policy.jobs) }

  /// One alone: everything is done in order.
  static let one = Threads(count: 1)

  /// Two results that do not need each other.
  func both<First: Sendable, Second: Sendable>(
    _ first: @escaping @Sendable () async -> First, _ second: @escaping @Sendable () async -> Second
  ) async -> (First, Second) {
    guard count > 1 else {
      let early = await first()
      return (early, await second())
    }
    async let beside = second()
    let own = await first()
    return (own, await beside)
  }

  /// The results of stretches of `0 ..< total`, in their order; one stretch where there is little to do.
  ///
  /// - Parameters:
  ///   - total: how many things there are.
  ///   - least: fewer of them are not worth a stretch of their own.
  ///   - body: does one stretch.
  /// - Returns: what the stretches came to, first ones first.
  func stretches<Result: Sendable>(
    of total: Int, atLeast least: Int, _ body: @escaping @Sendable (Range<Int>) -> Result
  ) async -> [Result] {
    let ranges = ranges(of: total, atLeast: least)
    guard count > 1, ranges.count > 1 else { return ranges.map(body) }
    return await withTaskGroup(of: (Int, Result).self) { group in
      var found: [(Int, Result)] = []
      for (place, range) in ranges.enumerated() {
        if place >= count, let item = await group.next() { found.append(item) }
        group.addTask { (place, body(range)) }
      }
      for await item in group { found.append(item) }
      found.sort { $0.0 < $1.0 }
      return found.map { $0.1 }
    }
  }

  /// The same for any number of threads, so that what is put together of them is so, too; more than
  /// threads as a rule, so that one that takes long does not keep the others waiting.
  private static let most = 32

  private func ranges(of total: Int, atLeast least: Int) -> [Range<Int>] {
    let number = max(1, min(Self.most, total / max(least, 1)))
    let (size, rest) = total.quotientAndRemainder(dividingBy: number)
    return (0..<number).map { place in
      let first = place * size + min(place, rest)
      return first..<first + size + (place < rest ? 1 : 0)
    }
  }
}
