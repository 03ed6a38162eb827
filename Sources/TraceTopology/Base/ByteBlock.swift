/// A stretch of decoded bytes on its way from a reader to a decoder.
///
///     bytes    [ headroom | data ............ | padding ]
///                         ^ start             ^ end
///
/// Invariant: `padding` zero bytes follow `end`, so that a scanner may load a few bytes past it and
/// stops at a byte that no text format holds. `headroom` lets a decoder put the unread tail of the
/// block before in front of the data without moving the data.
struct ByteBlock: Sendable {
  static let padding = 64
  static let headroom = 256 << 10

  var bytes: [UInt8]
  var start: Int
  var end: Int

  /// A block that holds a copy of these bytes.
  init(_ data: some Collection<UInt8>) {
    bytes = []
    bytes.reserveCapacity(data.count + Self.padding)
    bytes.append(contentsOf: data)
    start = 0
    end = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: Self.padding))
  }

  /// A block of `capacity` bytes to be filled from `start` on; what is in it and behind `end` is of no
  /// meaning until the padding is cleared. The memory is that of `spare`, if that has the same size.
  init(capacity: Int, from spare: consuming ByteBlock? = nil) {
    let size = Self.headroom + capacity + Self.padding
    bytes = spare.take()?.bytes ?? []
    if bytes.count != size { bytes = Array(repeating: 0, count: size) }
    start = Self.headroom
    end = Self.headroom
  }

  /// A block that holds a copy of some bytes of another and is as large as that, at least. The memory is that of
  /// `spare`, if that has the same size.
  init(copying range: Range<Int>, of block: ByteBlock, from spare: consuming ByteBlock?) {
    let capacity = block.bytes.count - Self.headroom - Self.padding
    self.init(capacity: max(capacity, range.count), from: spare.take())
    end = start + range.count
    block.bytes.withView { all in all.part(range).copy(to: &bytes, at: start) }
    for index in end..<end + Self.padding { bytes[index] = 0 }
  }

  var count: Int { end - start }

  /// Takes away what stands from `place` on.
  mutating func cut(at place: Int) {
    for index in place..<min(place + Self.padding, end) { bytes[index] = 0 }
    end = place
  }

  /// Puts `tail` in front of the data.
  mutating func prepend(_ tail: ArraySlice<UInt8>) {
    guard !tail.isEmpty else { return }
    if tail.count <= start {
      start -= tail.count
      bytes.replaceSubrange(start..<start + tail.count, with: tail)
    } else {
      var joined: [UInt8] = []
      joined.reserveCapacity(tail.count + count + Self.padding)
      joined.append(contentsOf: tail)
      joined.append(contentsOf: bytes[start..<end])
      start = 0
      end = joined.count
      joined.append(contentsOf: repeatElement(0, count: Self.padding))
      bytes = joined
    }
  }
}
