import Dispatch

/// Makes the text of many records by several threads, and hands it on in the order of the records.
///
///     round n     | render 8 … 15         | the text of 0 … 7 goes out meanwhile
///     round n+1   | render 16 … 23        | the text of 8 … 15 goes out meanwhile
///
/// Each piece of a round is a run of records with a sink of its own; a round begins when the one before
/// is done. So the bytes do not depend on the number of threads.
struct RecordRendering {
  /// Records of one piece, and pieces of one round: some hundred kilobytes each.
  private static let pieceSize = 512
  private static let roundSize = 8

  let count: Int
  let threads: Threads

  /// The text of one run of records.
  private final class Piece {
    var sink = ByteSink()
  }

  /// What the threads share. Contract: in a round, part 0 alone touches `sink`, `failure` and what is in
  /// `finished`, and part n alone what is in the piece n - 1 of `rendering`; all else changes between
  /// rounds only.
  private final class Rounds: @unchecked Sendable {
    var sink: ByteSink
    var failure: OutputError?
    var rendering = (0..<roundSize).map { _ in Piece() }
    var finished = (0..<roundSize).map { _ in Piece() }
    var first = 0

    init(_ sink: consuming ByteSink) { self.sink = sink }

    func handOn() {
      do throws(OutputError) {
        for piece in finished { try sink.take(&piece.sink) }
      } catch {
        failure = error
      }
    }

    func next() {
      swap(&rendering, &finished)
      first += roundSize * pieceSize
    }
  }

  func write(to sink: inout ByteSink, _ record: @escaping @Sendable (Int, inout ByteSink) -> Void)
    throws(OutputError)
  {
    guard threads.count > 1, count > 2 * Self.pieceSize else {
      for index in 0..<count {
        record(index, &sink)
        try sink.flushIfFull()
      }
      return
    }
    var own = ByteSink()
    swap(&own, &sink)
    let rounds = Rounds(own)
    // One round more than there is to render: the last text goes out in it.
    while rounds.failure == nil, rounds.first < count + Self.roundSize * Self.pieceSize {
      DispatchQueue.concurrentPerform(iterations: Self.roundSize + 1) { [count] part in
        guard part > 0 else { return rounds.handOn() }
        let start = rounds.first + (part - 1) * Self.pieceSize
        let end = max(start, min(start + Self.pieceSize, count))
        Self.render(start..<end, to: &rounds.rendering[part - 1].sink, record)
      }
      rounds.next()
    }
    swap(&sink, &rounds.sink)
    if let failure = rounds.failure { throw failure }
  }

  private static func render(
    _ records: Range<Int>, to sink: inout ByteSink, _ record: (Int, inout ByteSink) -> Void
  ) {
    for index in records { record(index, &sink) }
  }
}
