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

  var count: Int { end - start }

  /// A block that holds a copy of some of the bytes and is as large as this one, at least. The memory is that
  /// of `spare`, if that has the same size.
  func part(_ range: Range<Int>, from spare: consuming ByteBlock?) -> ByteBlock {
    let capacity = bytes.count - Self.headroom - Self.padding
    var part = ByteBlock(capacity: max(capacity, range.count), from: spare.take())
    part.end = part.start + range.count
    bytes.withView { all in all.part(range).copy(to: &part.bytes, at: part.start) }
    for index in part.end..<part.end + Self.padding { part.bytes[index] = 0 }
    return part
  }

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
