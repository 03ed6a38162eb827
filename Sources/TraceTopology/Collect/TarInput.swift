/// The uncompressed bytes of an archive as its walk sees them: a window that moves on.
///
///     block    [ passed | unread .............. ]
///                       ^ position              ^ block.end
struct TarInput {
  private let stream: UnpackedStream
  private var block = ByteBlock([])
  private var position = 0
  /// The block that was taken before the walk began.
  private var first: ByteBlock?
  /// Bytes that the stream gave, to the end of the block.
  private var given: UInt64 = 0
  /// Whether bytes are missing behind those at hand: the next header may stand at any byte then.
  private(set) var isAtGap: Bool
  /// Bytes that the last `skip` did not find.
  private(set) var shortfall: UInt64 = 0

  init(_ stream: UnpackedStream, first: ByteBlock, isAfterGap: Bool) {
    self.stream = stream
    self.first = first
    isAtGap = isAfterGap
  }

  /// Unread bytes at hand.
  var count: Int { block.end - position }

  /// Where the position is in the uncompressed archive, missing bytes not counted.
  var offset: UInt64 { given - UInt64(count) }

  subscript(index: Int) -> UInt8 { block.bytes[position + index] }

  func prefix(_ count: Int) -> ArraySlice<UInt8> { block.bytes[position..<position + count] }

  func copy(_ count: Int, into buffer: inout [UInt8], at place: Int) {
    buffer.replaceSubrange(place..<place + count, with: prefix(count))
  }

  // MARK: Moving on

  /// Whether there is at least one byte; takes the next block if need be.
  mutating func fill() -> Bool { ensure(1) }

  /// Whether there are at least `wanted` bytes at hand, up to the next gap.
  mutating func ensure(_ wanted: Int) -> Bool {
    while count < wanted, !isAtGap {
      if let next = first.take() {
        append(next)
        continue
      }
      switch stream.next() {
      case .end: return false
      case .gap: isAtGap = true
      case .block(let next): append(next)
      }
    }
    return count >= wanted
  }

  private mutating func append(_ next: ByteBlock) {
    given &+= UInt64(next.count)
    let rest = block.bytes[position..<block.end]
    block = next
    block.prepend(rest)
    position = block.start
  }

  /// Moves on by bytes that are at hand.
  mutating func skip(atHand count: Int) { position += min(count, self.count) }

  /// Moves on by any number of bytes; false if they end before that.
  mutating func skip(_ total: UInt64) -> Bool {
    var left = total
    while left > 0 {
      guard fill() else {
        shortfall = left
        return false
      }
      let step = Int(min(UInt64(count), left))
      position += step
      left -= UInt64(step)
    }
    return true
  }

  // MARK: Headers

  /// The 512 bytes at the position, which must be at hand, as a header.
  var header: TarHeader? { TarHeader(block.bytes, at: position) }

  var holdsZeroBlock: Bool { TarHeader.isZero(block.bytes, at: position) }

  /// Moves on, 512 bytes at a time, to a header whose checksum fits. Gives whether the archive ended
  /// before that, with zero bytes as it should.
  mutating func findAlignedHeader() -> Bool {
    var endsInZeros = false
    while ensure(TarHeader.size) {
      if header != nil { return false }
      endsInZeros = holdsZeroBlock
      skip(atHand: TarHeader.size)
    }
    return endsInZeros && !isAtGap
  }

  /// Passes over a gap and on to a header, which may stand at any byte. Gives whether there was one.
  mutating func passGap() -> Bool {
    guard isAtGap else { return false }
    while isAtGap {
      isAtGap = false
      position = block.end
      while ensure(TarHeader.size) {
        var unread = block
        unread.start = position
        if let place = TarHeader.first(in: unread) {
          position = place
          return true
        }
        position = block.end - (TarHeader.size - 1)
      }
    }
    position = block.end
    return true
  }
}
