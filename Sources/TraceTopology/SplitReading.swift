/// Decodes one log by several threads: stretches of whole records side by side, each into a recording
/// of its own, joined in their order.
///
///     blocks    | rec rec re|c rec rec r|ec rec | …
///     stretches | rec rec | re|c rec rec | r|ec rec | …     each with a new decoder
///
/// The first stretch that is odd in any way ends this: from there on one decoder reads the log, so
/// that what damage costs, and every diagnostic, is the same for any number of threads.
struct SplitReading<Decoder: SplittableDecoder> {
  typealias Piece = BlockReader.Piece

  /// Bytes without the end of a record after which the log is taken for one that has no such ends.
  private static var recordLimit: Int { 32 << 20 }

  private let begun: Decoder
  private let path: String
  private let reader: BlockReader
  private let workers: Workers
  /// Stretches in their order, from the first one that was not joined.
  private var queue: [(stretch: Stretch<Decoder>, task: Task<Recording?, Never>)] = []
  private var boundaries = Decoder.Boundaries()
  /// The beginning of a record whose end has not come, in one block or more.
  private var open: [ByteBlock] = []
  /// A block whose memory is used again for what stands behind the last record of a block.
  private var spare: ByteBlock?
  /// Bytes in stretches, and bytes of those that were joined.
  private var taken: UInt64 = 0
  private var joined: UInt64 = 0

  init(_ decoder: Decoder, path: String, reader: BlockReader, workers: Workers) {
    begun = decoder
    self.path = path
    self.reader = reader
    self.workers = workers
  }

  /// Reads on as long as that goes well; gives the decoder that reads the rest, and the piece that it
  /// reads next.
  mutating func read(_ first: Piece, into recording: inout Recording) async -> (Decoder, Piece) {
    // What reads the blocks and joins the stretches gives its place to those that decode.
    await workers.leave()
    var piece = first
    var goesOn = true
    while goesOn, case .block(let block) = piece {
      // Nobody else may hold the block: it is written to.
      piece = .end
      goesOn = await take(block, into: &recording)
      piece = await reader.next()
    }
    while goesOn, !queue.isEmpty { goesOn = await joinFirst(into: &recording) }
    for (_, task) in queue { _ = await task.value }
    await workers.join()
    return (await decoderOfRest(into: &recording), piece)
  }

  /// Makes a stretch of what is whole; false if the log is to be read by one decoder.
  private mutating func take(_ given: consuming ByteBlock, into recording: inout Recording) async
    -> Bool
  {
    var block = given
    guard let end = boundaries.last(in: block) else {
      open.append(block)
      return open.reduce(0) { $0 + $1.count } < Self.recordLimit
    }
    var next: [ByteBlock] = []
    if end < block.end {
      next = [ByteBlock(copying: end..<block.end, of: block, from: spare.take())]
    }
    block.cut(at: end)
    putOpenInFront(of: &block)
    let decoder = taken == 0 ? begun : begun.continued(at: taken)
    let stretch = Stretch(open + [block], decoder, path: path)
    taken &+= stretch.count
    open = next
    let workers = workers
    let task = Task {
      await workers.join()
      let result = await stretch.decode()
      await workers.leave()
      return result
    }
    queue.append((stretch, task))
    while queue.count > 2 * workers.count {
      guard await joinFirst(into: &recording) else { return false }
    }
    return true
  }

  /// Puts the beginning of a record in front of the block that holds its end, if there is room.
  private mutating func putOpenInFront(of block: inout ByteBlock) {
    guard open.count == 1, let begin = open.first, begin.count <= block.start else { return }
    block.prepend(begin.bytes[begin.start..<begin.end])
    spare = begin
    open.removeAll()
  }

  /// Joins the first stretch of the queue; false if it is odd and stays there.
  private mutating func joinFirst(into recording: inout Recording) async -> Bool {
    guard let first = queue.first, let part = await first.task.value else { return false }
    joined &+= first.stretch.count
    if let share = await reader.readShare, taken > 0 {
      recording.expect(Double(taken) / Double(joined) / share)
    }
    recording.append(part, isSameInput: true)
    queue.removeFirst()
    for block in await first.stretch.giveUpBlocks() {
      if spare == nil { spare = block } else { await reader.recycle(block) }
    }
    return true
  }

  /// The decoder of the rest, which has read all that was taken and not joined.
  private mutating func decoderOfRest(into recording: inout Recording) async -> Decoder {
    var decoder = joined == 0 ? begun : begun.continued(at: joined)
    for (stretch, _) in queue {
      for var block in await stretch.blocks { decoder.decode(&block, into: &recording) }
    }
    queue.removeAll()
    for var block in open { decoder.decode(&block, into: &recording) }
    open.removeAll()
    return decoder
  }
}

/// Whole records of a log, and the decoder that stands in front of them.
private actor Stretch<Decoder: SplittableDecoder> {
  private(set) var blocks: [ByteBlock]
  private let begun: Decoder
  private let path: String
  nonisolated let count: UInt64

  init(_ blocks: [ByteBlock], _ begun: Decoder, path: String) {
    self.blocks = blocks
    self.begun = begun
    self.path = path
    count = blocks.reduce(0) { $0 &+ UInt64($1.count) }
  }

  /// Hands over the blocks of a stretch that nobody needs any more.
  func giveUpBlocks() -> [ByteBlock] {
    defer { blocks = [] }
    return blocks
  }

  /// What the records say; nil if anything about them is odd.
  func decode() -> Recording? {
    var recording = Recording()
    recording.inputs = [InputRecord(path: path)]
    var decoder = begun
    for index in blocks.indices {
      let count = blocks[index].count
      decoder.decode(&blocks[index], into: &recording)
      // The decoder may have put the unused bytes of the block before in front.
      blocks[index].start = blocks[index].end - count
    }
    let isWhole = decoder.isBetweenRecords && recording.inputs[0].complete
    return isWhole && recording.diagnostics.isEmpty ? recording : nil
  }
}
