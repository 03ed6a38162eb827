/// The bytes of earlier blocks that a decoder could not use yet.
///
/// A record that is larger than a block is tried again only when the bytes have doubled, so that the
/// work stays linear in its size.
struct PendingBytes: Sendable {
  private var tail: [UInt8] = []
  private var retrySize = 0
  /// Where in the uncompressed stream the unused bytes begin.
  private(set) var offset: UInt64

  init(at offset: UInt64 = 0) { self.offset = offset }

  /// Whether all bytes so far were used.
  var isEmpty: Bool { tail.isEmpty }

  /// Puts the unused bytes in front of a block. False: too few have come; they were kept.
  mutating func join(_ block: inout ByteBlock) -> Bool {
    guard tail.count + block.count >= retrySize else {
      tail.append(contentsOf: block.bytes[block.start..<block.end])
      return false
    }
    block.prepend(tail[...])
    tail.removeAll(keepingCapacity: true)
    return true
  }

  /// The unused bytes as a last block.
  mutating func last() -> ByteBlock {
    defer {
      tail.removeAll()
      retrySize = 0
    }
    return ByteBlock(tail)
  }

  /// Keeps what was not used of a block that `join` made.
  mutating func keep(_ block: ByteBlock, from used: Int) {
    tail.append(contentsOf: block.bytes[used..<block.end])
    offset &+= UInt64(used - block.start)
    retrySize = tail.count > ByteBlock.headroom ? tail.count * 2 : 0
  }

  /// Moves on over bytes that no block holds any more.
  mutating func skip(_ count: Int) { offset &+= UInt64(max(count, 0)) }

  /// The place in the stream of a position in the block being read.
  func place(_ position: Int, in block: ByteBlock) -> UInt64 {
    offset &+ UInt64(max(position - block.start, 0))
  }
}
