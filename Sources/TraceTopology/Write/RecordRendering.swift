import Dispatch
import Synchronization

/// Makes the text of many records by several threads, and hands it on in the order of the records.
///
///     pieces     | 0 … 3 handed on | 4 handed on by one thread | 5 ready | 6, 7 under way |
///
/// A piece is a run of records with a sink of its own. Each thread takes the next piece and makes its
/// text; whoever has made the one whose turn it is hands on all that is ready behind it as well, while the
/// others go on. So the bytes do not depend on the number of threads, and nobody waits unless one piece
/// takes as long as many. A piece is handed on while it is in the caches, as a rule by who made it.
struct RecordRendering {
  /// Records of one piece: some hundred kilobytes.
  private static let pieceSize = 256
  /// Pieces beyond one for each thread that may be under way or ready.
  private static let sparePieces = 6

  let count: Int
  let threads: Threads

  /// Renders a run of records.
  typealias Render = @Sendable (Range<Int>, inout ByteSink) -> Void

  /// The text of one piece.
  private final class Text {
    var sink = ByteSink()
  }

  /// How far things are.
  private struct Progress {
    /// The next piece to be taken.
    var taken = 0
    /// The piece whose turn it is.
    var turn = 0
    /// Whether pieces from `turn` on are ready, by their place in the ring.
    var isReady: [Bool]
    var isHandingOn = false
    var failure: OutputError?
  }

  /// What the threads share: a ring of texts. Contract: a text is touched by who has taken its piece
  /// until that is ready, then by who hands on; `sink` only by who hands on, of whom there is one.
  private final class Ring: @unchecked Sendable {
    var sink: ByteSink
    private let texts: [Text]
    private let progress: Mutex<Progress>
    /// Counts the texts that are free.
    private let free = DispatchSemaphore(value: 0)

    init(_ sink: consuming ByteSink, size: Int) {
      self.sink = sink
      texts = (0..<size).map { _ in Text() }
      progress = Mutex(Progress(isReady: Array(repeating: false, count: size)))
      for _ in 0..<size { free.signal() }
    }

    var failure: OutputError? { progress.withLock { $0.failure } }

    /// The number of a piece that nobody has taken yet, and room for its text.
    func take() -> (piece: Int, text: Text) {
      free.wait()
      let piece = progress.withLock { progress in
        defer { progress.taken += 1 }
        return progress.taken
      }
      return (piece, texts[piece % texts.count])
    }

    /// The text of a piece is made. False if handing on has failed.
    func finish(_ piece: Int) -> Bool {
      let isTurn = progress.withLock { progress in
        progress.isReady[piece % texts.count] = true
        guard piece == progress.turn, !progress.isHandingOn else { return false }
        progress.isHandingOn = true
        return true
      }
      if isTurn { handOn(from: piece) }
      return failure == nil
    }

    /// Hands on the piece whose turn it is and all that are ready behind it.
    private func handOn(from first: Int) {
      var piece = first
      var isReady = true
      while isReady {
        let place = piece % texts.count
        var problem: OutputError?
        do throws(OutputError) {
          try sink.take(&texts[place].sink)
        } catch {
          problem = error
        }
        piece += 1
        isReady = progress.withLock { progress in
          progress.isReady[place] = false
          progress.turn = piece
          progress.failure = problem
          // Nobody hands on anything behind what is missing.
          guard problem == nil else { return false }
          progress.isHandingOn = progress.isReady[piece % texts.count]
          return progress.isHandingOn
        }
        free.signal()
      }
    }

    /// Lets in another one who waits for room.
    func leave() { free.signal() }
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
    let ring = Ring(own, size: threads.count + Self.sparePieces)
    DispatchQueue.concurrentPerform(iterations: threads.count) { [count] _ in
      // However few of these run at once: who waits for room has no piece, so others free theirs.
      var goesOn = true
      while goesOn {
        let (piece, text) = ring.take()
        let start = piece * Self.pieceSize
        goesOn = start < count && ring.failure == nil
        guard goesOn else { break }
        render(start..<min(start + Self.pieceSize, count), &text.sink)
        goesOn = ring.finish(piece)
      }
      ring.leave()
    }
    swap(&sink, &ring.sink)
    if let failure = ring.failure { throw failure }
  }
}
