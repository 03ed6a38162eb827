/// Gives the uncompressed content of one input, block by block, and that of the members of archives.
///
/// An actor, so that the next block is unpacked while the one before is decoded.
///
///     stored bytes ─▶ stream ─▶ archive ─▶ member's bytes ─▶ stream ─▶ …
///
/// Invariant: `levels` holds the file's stream, then those of the open members, the innermost last;
/// all but the last have an archive. Everything but `openArchive` is about the innermost stream.
actor BlockReader {
  typealias Piece = UnpackedStream.Piece

  /// The size of the largest blocks of uncompressed bytes.
  ///
  /// Where others decode than the one that unpacks, a large block saves turns and joining; less where memory
  /// is short, as several are on their way.
  static func blockSize(workers: Int) -> Int {
    if MemoryLimit.isSet { return 512 << 10 }
    return workers > 1 ? 4 << 20 : 1 << 20
  }

  /// Archives that may lie within each other.
  static let archiveLimit = 4

  private struct Level {
    var stream: UnpackedStream
    var archive: TarReader?
  }

  private var levels: [Level]
  private let zstdWindowLog: Int
  private let blockSize: Int
  /// The size of the file; nil if that is not known.
  private let size: UInt64?

  init(path: String, zstdWindowLog: Int, blockSize: Int = BlockReader.blockSize(workers: 1))
    throws(InputError)
  {
    let stream = try UnpackedStream(
      source: try FileReader(path: path), zstdWindowLog: zstdWindowLog, blockSize: blockSize)
    levels = [Level(stream: stream)]
    if path != "-", let status = try? SystemCall.status(path), status.kind == .file {
      size = status.size
    } else {
      size = nil
    }
    self.zstdWindowLog = zstdWindowLog
    self.blockSize = blockSize
  }

  private var stream: UnpackedStream { levels[levels.count - 1].stream }

  var compression: Compression { stream.compression }
  /// The first bytes as stored, for naming what is not read.
  var magic: [UInt8] { stream.magic }
  var isCut: Bool { stream.isCut }
  var decodedBytes: UInt64 { stream.decodedBytes }
  /// Bytes read from what is stored so far.
  var storedBytes: UInt64 { stream.storedBytes }
  var problems: [StreamProblem] { stream.problems }
  /// Which part of the file was read, from 0 to 1; nil if that is not known, or 0.
  var readShare: Double? {
    guard levels.count == 1, let size, size > 0, storedBytes > 0 else { return nil }
    return min(Double(storedBytes) / Double(size), 1)
  }

  /// The next piece; `end` for ever after the last one.
  func next() -> Piece { stream.next(into: spares.popLast()) }

  /// Takes a block back that nobody else holds, to be filled anew.
  func recycle(_ block: consuming ByteBlock) {
    if spares.count < Self.spareLimit { spares.append(block) }
  }

  private static let spareLimit = 24
  /// Blocks that were read: their memory was touched before, and is in part still in the caches.
  private var spares: [ByteBlock] = []

  // MARK: Archives

  /// Whether one more archive may be opened within those that are open.
  var mayOpenArchive: Bool { levels.count <= Self.archiveLimit }

  /// Takes the stream for an archive; `first` is its first block, and `isAfterGap` tells that bytes
  /// in front of that block are missing.
  func openArchive(first: ByteBlock, isAfterGap: Bool) {
    let archive = TarReader(stream, first: first, isAfterGap: isAfterGap)
    levels[levels.count - 1].archive = archive
  }

  /// Goes on to the next regular member of the archive that was opened last, and makes it the
  /// innermost stream; `nil` behind the last one. What is left of the member before is passed over.
  ///
  /// - Throws: if there is no memory for the member's decompressor.
  func nextMember() throws(InputError) -> TarMember? {
    guard let archive = levels[levels.count - 1].archive, let member = archive.nextMember() else {
      return nil
    }
    let stream = try UnpackedStream(
      source: archive, zstdWindowLog: zstdWindowLog, blockSize: blockSize)
    levels.append(Level(stream: stream))
    return member
  }

  /// Ends the innermost member.
  func closeMember() {
    if levels.count > 1 { levels.removeLast() }
  }

  /// What is wrong with the archive that was opened last; offsets are in its uncompressed bytes.
  var archiveProblems: [StreamProblem] { levels[levels.count - 1].archive?.problems ?? [] }
}
