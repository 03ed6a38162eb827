/// The uncompressed content of stored bytes, block by block.
///
/// Damage never ends the stream early where a later frame can still be read: the stream reports it,
/// gives `gap`, and goes on at the next frame.
final class UnpackedStream {
  /// What comes next from a stream.
  enum Piece: Sendable {
    case block(ByteBlock)
    /// Bytes are missing here.
    case gap
    case end

    /// Gives the block away, so that nobody else holds it: whoever has it writes to it, and would copy it
    /// first. Nil if this is none.
    mutating func takeBlock() -> ByteBlock? {
      guard case .block(let block) = self else { return nil }
      self = .end
      return block
    }
  }

  /// Stored bytes given to a decompressor at once.
  private static let stepSize = 32 << 10

  private let source: any ByteSource
  private var unpacker: Unpacker
  private var input: [UInt8]
  private var inputStart = 0
  private var inputEnd = 0
  private var atEnd = false
  /// The size of the largest blocks of uncompressed bytes.
  private let blockSize: Int
  /// The size of the first ones: most logs are small, and need no more.
  private static let firstBlockSize = 256 << 10

  let compression: Compression
  /// The first bytes as stored, for naming what is not read.
  let magic: [UInt8]
  private(set) var problems: [StreamProblem] = []
  private(set) var isCut = false
  private(set) var decodedBytes: UInt64 = 0
  private var gapPending = false
  /// The last step filled its block, so the decompressor may hold more than its input shows.
  private var holdsOutput = false
  /// Where in the file the frame in progress began.
  private var frameOffset: UInt64 = 0

  /// Stored bytes read so far.
  var storedBytes: UInt64 { source.offset }

  /// - Parameters:
  ///   - source: where the stored bytes come from.
  ///   - zstdWindowLog: the largest zstd window accepted, as a power of two.
  ///   - blockSize: the size of the largest blocks of uncompressed bytes; the first ones are smaller.
  /// - Throws: if the first bytes cannot be read or there is no memory for the decompressor.
  init(source: any ByteSource, zstdWindowLog: Int, blockSize: Int) throws(InputError) {
    var input: [UInt8] = Array(repeating: 0, count: 256 << 10)
    var end = 0
    while end < 18 {
      let got = try source.read(into: &input, at: end, limit: input.count - end)
      if got == 0 { break }
      end += got
    }
    let head = Array(input[0..<min(end, 18)])
    magic = head
    compression = Compression(magic: head.span)
    unpacker = try Unpacker(compression, zstdWindowLog: zstdWindowLog)
    self.source = source
    self.input = input
    inputEnd = end
    self.blockSize = blockSize
  }

  /// The next piece; `end` for ever after the last one.
  /// `spare` is a block to be filled anew, if it has the right size.
  func next(into spare: consuming ByteBlock? = nil) -> Piece {
    if gapPending {
      gapPending = false
      return .gap
    }
    let size = min(blockSize, max(Self.firstBlockSize, Int(clamping: decodedBytes)))
    var block = ByteBlock(capacity: size, from: spare)
    let limit = block.start + size
    while block.end < limit, !gapPending {
      if compression == .none, inputStart == inputEnd {
        guard readPlain(into: &block, limit: limit) else { break }
        continue
      }
      // Output that did not fit is asked for before the file is found to have ended.
      if inputStart == inputEnd, !holdsOutput, !refill() { break }
      advance(into: &block, limit: limit)
    }
    clearPadding(of: &block)
    decodedBytes &+= UInt64(block.count)
    if block.count > 0 { return .block(block) }
    if gapPending {
      gapPending = false
      return .gap
    }
    return .end
  }

  /// Decompressors may write behind what they give out, and a frame that fails does.
  private func clearPadding(of block: inout ByteBlock) {
    for index in block.end..<block.end + ByteBlock.padding { block.bytes[index] = 0 }
  }

  /// Reads what is not packed to where it belongs; false at the end of the file.
  private func readPlain(into block: inout ByteBlock, limit: Int) -> Bool {
    guard !atEnd else { return false }
    var got = 0
    do throws(InputError) {
      got = try source.read(into: &block.bytes, at: block.end, limit: limit - block.end)
    } catch {
      note("unreadable", at: source.offset, error.reason)
      isCut = true
    }
    block.end += got
    guard got == 0 else { return true }
    atEnd = true
    if source.isCut { isCut = true }
    return false
  }

  /// Reads on; false at the end of the file. A frame that is open then was cut.
  private func refill() -> Bool {
    guard !atEnd else { return false }
    inputStart = 0
    inputEnd = 0
    do throws(InputError) {
      inputEnd = try source.read(into: &input, at: 0, limit: input.count)
    } catch {
      note("unreadable", at: source.offset, error.reason)
      isCut = true
    }
    guard inputEnd == 0 else { return true }
    atEnd = true
    if source.isCut { isCut = true }
    if unpacker.isInside {
      note(
        "truncated-frame", at: source.offset,
        "the file ends inside a compressed frame; what was decoded before is kept")
      isCut = true
    }
    return false
  }

  private func advance(into block: inout ByteBlock, limit: Int) {
    let at = position
    if !unpacker.isInside { frameOffset = at }
    // A decompressor that fails gives nothing of that call's output: small steps lose little.
    let end = min(inputEnd, inputStart + Self.stepSize)
    let step = unpacker.step(
      input, &inputStart, end, into: &block.bytes, &block.end, limit: limit, fileOffset: at)
    holdsOutput = unpacker.isInside && (block.end == limit || unpacker.holdsWholeOutput)
    problems.append(contentsOf: unpacker.takeWarnings())
    switch step {
    case .progress: break
    case .boundary: skipPadding()
    case .failed(let problem):
      problems.append(problem)
      isCut = true
      unpacker.restart()
      holdsOutput = false
      gapPending = true
      if !findMagic() { atEnd = true }
    }
  }

  /// Zero bytes after a gzip member are padding, not damage.
  private func skipPadding() {
    guard compression == .gzip else { return }
    while true {
      while inputStart < inputEnd, input[inputStart] == 0 { inputStart += 1 }
      if inputStart < inputEnd || !refill() { return }
    }
  }

  /// Where in the file the unread input begins.
  private var position: UInt64 { source.offset - UInt64(inputEnd - inputStart) }

  /// Looks for the next frame, by its magic number; decoding it will tell whether it is one.
  private func findMagic() -> Bool {
    let wanted: [UInt8] = compression == .gzip ? [0x1F, 0x8B, 0x08] : [0x28, 0xB5, 0x2F, 0xFD]
    var matched = 0
    while true {
      while inputStart < inputEnd {
        let byte = input[inputStart]
        inputStart += 1
        matched = byte == wanted[matched] ? matched + 1 : (byte == wanted[0] ? 1 : 0)
        if matched == wanted.count {
          matched = 0
          // The frame that failed has the magic number as well.
          let ahead: UInt64 = compression == .zstdFramed ? 4 : 0
          if position - UInt64(wanted.count) <= frameOffset &+ ahead { continue }
          putBack(wanted)
          return true
        }
      }
      if !refill() { return false }
    }
  }

  /// Puts the magic number in front of the unread input again; it may have begun in the last fill.
  private func putBack(_ bytes: [UInt8]) {
    if inputStart >= bytes.count {
      inputStart -= bytes.count
    } else {
      input.replaceSubrange(0..<inputStart, with: bytes)
      inputEnd += bytes.count - inputStart
      inputStart = 0
    }
  }

  private func note(_ code: String, at offset: UInt64, _ message: String) {
    problems.append(
      StreamProblem(code: code, severity: .error, offset: offset, message: message))
  }
}
