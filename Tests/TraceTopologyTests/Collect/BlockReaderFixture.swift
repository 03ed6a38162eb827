import Testing

@testable import TraceTopology

/// What a reader gave for one file.
struct Unpacked: Equatable {
  /// The text between gaps.
  var parts = [""]
  var problems: [StreamProblem] = []
  var isCut = false
  var storedBytes: UInt64 = 0
  var decodedBytes: UInt64 = 0
  /// Whether each block held no more than it should and was followed by zero bytes.
  var hasSoundBlocks = true

  var text: String { parts.joined() }
  var codes: [String] { problems.map(\.code) }
}

/// Block sizes from one byte up, and those around the frames of the tests.
let blockSizes = [1, 2, 3, 7, 10, 11, 12, 64, 1 << 20]

/// Reads a whole file.
func unpack(path: String, blockSize: Int = 1 << 20, windowLog: Int = 27) async throws -> Unpacked {
  let reader = try BlockReader(path: path, zstdWindowLog: windowLog, blockSize: blockSize)
  var result = Unpacked()
  var bytes: [[UInt8]] = [[]]
  reading: while true {
    switch await reader.next() {
    case .end: break reading
    case .gap: bytes.append([])
    case .block(let block):
      bytes[bytes.count - 1] += block.bytes[block.start..<block.end]
      let padding = block.bytes[block.end..<block.end + ByteBlock.padding]
      if block.count > blockSize || block.count == 0 || padding.contains(where: { $0 != 0 }) {
        result.hasSoundBlocks = false
      }
      // What comes next is read into memory that holds other bytes.
      await reader.recycle(block)
    }
  }
  if case .end = await reader.next() {} else { result.hasSoundBlocks = false }
  result.parts = bytes.map { String(decoding: $0, as: UTF8.self) }
  result.problems = await reader.problems
  result.isCut = await reader.isCut
  result.storedBytes = await reader.storedBytes
  result.decodedBytes = await reader.decodedBytes
  return result
}

/// Reads bytes from a file of their own, in blocks of every size: what comes out, the same for all.
func unpack(
  _ bytes: [UInt8], windowLog: Int = 27, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Unpacked {
  let folder = try TemporaryFolder()
  let path = try folder.write("input", bytes)
  let whole = try await unpack(path: path, windowLog: windowLog)
  for size in blockSizes {
    let other = try await unpack(path: path, blockSize: size, windowLog: windowLog)
    #expect(other.hasSoundBlocks, "block size \(size)", sourceLocation: sourceLocation)
    // A frame that is read whole at once gives nothing if it fails; in small blocks its beginning.
    if whole.problems.isEmpty || !whole.isCut {
      #expect(other == whole, "block size \(size)", sourceLocation: sourceLocation)
    } else {
      #expect(other.problems.map(\.code) == whole.codes, sourceLocation: sourceLocation)
      #expect(
        other.parts.last == whole.parts.last, "block size \(size)", sourceLocation: sourceLocation)
    }
  }
  return whole
}
