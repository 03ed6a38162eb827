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
  /// Blocks whose stretches were joined, to be filled anew.
  private var emptied: [ByteBlock] = []
  /// Which part of the file was read when the last block came.
  private var share: Double?
  /// What the first stretch found, with which those begin that are made behind it.
  private var opening: StretchOpening<Decoder>?
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
    let reader = reader
    var piece = first
    var goesOn = true
    while goesOn, let block = piece.takeBlock() {
      // The next block is unpacked meanwhile. Unpacking goes on in one place alone: whatever else waited for
      // it, or it for that, would keep all others waiting.
      async let following = reader.next()
      goesOn = await take(consume block, into: &recording)
      piece = await following
      share = await reader.readShare
      for block in emptied { await reader.recycle(block) }
      emptied.removeAll(keepingCapacity: true)
    }
    while goesOn, !queue.isEmpty { goesOn = await joinFirst(into: &recording) }
    for (_, task) in queue { _ = await task.value }
    await workers.join()
    return (await decoderOfRest(into: &recording), piece)
  }

  /// Makes a stretch of what is whole; false if the log is to be read by one decoder.
  private mutating func take(_ block: consuming ByteBlock, into recording: inout Recording) async
    -> Bool
  {
    guard let end = boundaries.last(in: block) else {
      open.append(block)
      return open.reduce(0) { $0 + $1.count } < Self.recordLimit
    }
    var next: [ByteBlock] = []
    if end < block.end {
      next = [block.part(end..<block.end, from: spare.take())]
    }
    block.cut(at: end)
    putOpenInFront(of: &block)
    let decoder = decoder(at: taken)
    open.append(block)
    let stretch = Stretch(open, decoder, path: path, opening)
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
    while queue.count > workers.count {
      guard await joinFirst(into: &recording) else { return false }
    }
    return true
  }

  /// The decoder of what stands behind so many bytes.
  private func decoder(at place: UInt64) -> Decoder {
    guard place > 0 else { return begun }
    var decoder = begun.continued(at: place)
    if let opening { decoder.learn(from: opening.decoder) }
    return decoder
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
    if let share, taken > 0 { recording.expect(Double(taken) / Double(joined) / share) }
    let ids = recording.append(
      part, isSameInput: true, texts: first.stretch.opening?.ids ?? [])
    if opening == nil { opening = await first.stretch.opening(from: part, ids) }
    queue.removeFirst()
    for block in await first.stretch.giveUpBlocks() {
      if spare == nil { spare = block } else { emptied.append(block) }
    }
    return true
  }

  /// The decoder of the rest, which has read all that was taken and not joined.
  private mutating func decoderOfRest(into recording: inout Recording) async -> Decoder {
    var decoder = decoder(at: joined)
    for (stretch, _) in queue {
      for var block in await stretch.blocks { decoder.decode(&block, into: &recording) }
    }
    queue.removeAll()
    for var block in open { decoder.decode(&block, into: &recording) }
    open.removeAll()
    return decoder
  }
}

/// What one stretch found and all others of its log would find again: the texts that it holds, and how they
/// are spelled. It saves the work and changes nothing that is read.
private struct StretchOpening<Decoder: SplittableDecoder>: Sendable {
  let decoder: Decoder
  /// A recording of texts alone.
  let texts: Recording
  /// The ids of those texts in the whole.
  let ids: [StringID]
}

/// Whole records of a log, and the decoder that stands in front of them.
private actor Stretch<Decoder: SplittableDecoder> {
  private(set) var blocks: [ByteBlock]
  private var decoder: Decoder
  private let path: String
  nonisolated let opening: StretchOpening<Decoder>?
  nonisolated let count: UInt64

  init(
    _ blocks: [ByteBlock], _ decoder: Decoder, path: String, _ opening: StretchOpening<Decoder>?
  ) {
    self.blocks = blocks
    self.decoder = decoder
    self.path = path
    self.opening = opening
    count = blocks.reduce(0) { $0 &+ UInt64($1.count) }
  }

  /// Hands over the blocks of a stretch that nobody needs any more.
  func giveUpBlocks() -> [ByteBlock] {
    defer { blocks = [] }
    return blocks
  }

  /// What is kept for later stretches of the one that said `recording`; `ids` are those of its texts in
  /// the whole.
  func opening(from recording: Recording, _ ids: [StringID]) -> StretchOpening<Decoder> {
    StretchOpening(decoder: decoder, texts: recording.textsAlone, ids: ids)
  }

  /// What the records say; nil if anything about them is odd.
  func decode() -> Recording? {
    var recording = opening?.texts ?? Recording()
    recording.inputs = [InputRecord(path: path)]
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
