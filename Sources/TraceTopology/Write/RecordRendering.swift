import Dispatch
import Synchronization

/// Makes the text of many records by several threads, and hands it on in the order of the records.
///
///     thread 1   | render 0 | hand on 0 | render 2         | hand on 2 | …
///     thread 2   | render 1       | hand on 1 | render 3         | hand on 3 | …
///
/// A piece is a run of records. Each thread takes the next piece, makes its text in a sink of its own,
/// waits until the pieces before are handed on, and hands on its own: while the text is still in the
/// caches of its processor. So the bytes do not depend on the number of threads, and there is no more
/// text at a time than a piece for each.
struct RecordRendering {
  /// Records of one piece: some hundred kilobytes.
  private static let pieceSize = 256

  let count: Int
  let threads: Threads

  /// Renders a run of records.
  typealias Render = @Sendable (Range<Int>, inout ByteSink) -> Void

  /// What the threads share. Contract: `sink` and `failure` are touched only by the thread whose turn it
  /// is, which has waited for the signal of the one before.
  private final class Line: @unchecked Sendable {
    var sink: ByteSink
    var failure: OutputError?
    private let next = Atomic(0)
    /// One for each piece that can be under way, as those follow each other without a gap.
    private let turns: [DispatchSemaphore]

    init(_ sink: consuming ByteSink, threads: Int) {
      self.sink = sink
      turns = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
      turns[0].signal()
    }

    /// The number of a piece that no thread has taken yet.
    func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Hands on the text of a piece when it is its turn; false if that failed, for this one or before.
    func handOn(_ piece: Int, _ text: inout ByteSink) -> Bool {
      turns[piece % turns.count].wait()
      defer { turns[(piece + 1) % turns.count].signal() }
      guard failure == nil else { return false }
      do throws(OutputError) {
        try sink.take(&text)
      } catch {
        failure = error
      }
      return failure == nil
    }
  }

  func write(to sink: inout ByteSink, _ render: @escaping Render) throws(OutputError) {
    guard threads.count > 1, count > 2 * Self.pieceSize else {
      for index in 0..<count {
        render(index..<index + 1, &sink)
        try sink.flushIfFull()
      }
      return
    }
    var own = ByteSink()
    swap(&own, &sink)
    let line = Line(own, threads: threads.count)
    // Whoever waits has taken its piece after those that it waits for: however few of these run at
    // once, the earliest piece under way is never waiting.
    DispatchQueue.concurrentPerform(iterations: threads.count) { [count] _ in
      var text = ByteSink()
      while case let piece = line.take(), piece * Self.pieceSize < count {
        let start = piece * Self.pieceSize
        render(start..<min(start + Self.pieceSize, count), &text)
        guard line.handOn(piece, &text) else { break }
      }
    }
    swap(&sink, &line.sink)
    if let failure = line.failure { throw failure }
  }
}
