/// A decoder of logs whose records stand alone, so that stretches of whole records can be decoded side
/// by side.
///
/// The promise: if a decoder made by `continued` reads such a stretch without a diagnostic and is
/// `isBetweenRecords` behind it, it wrote what one decoder would have written that read all from the
/// front. What is odd in any way is not promised; whoever splits an input reads on from there with one
/// decoder.
protocol SplittableDecoder: RecordDecoder {
  /// What finds the ends of records.
  associatedtype Boundaries: RecordBoundaries

  /// Whether everything was used and nothing is left to be said or done about it.
  var isBetweenRecords: Bool { get }

  /// This decoder, before it has read anything, for what stands behind `offset` bytes of records.
  func continued(at offset: UInt64) -> Self

  /// Takes over what a decoder of another stretch found out about how the log is spelled: it need not be found
  /// out again, and changes nothing that is read.
  mutating func learn(from other: Self)
}

/// A walk over JSON values that do not depend on each other.
protocol SplittableWalk: JSONSpanWalk {
  /// Whether at least one value was read, all of them were whole, and nothing is to be reported.
  var isBetweenValues: Bool { get }

  /// A walk that goes on behind other values.
  static var behindValues: Self { get }
}

/// Finds the ends of records in blocks that are shown to it one after another, without reading them.
protocol RecordBoundaries: Sendable {
  init()

  /// Where the last record ends that does so in this block; `nil` if none does.
  mutating func last(in block: ByteBlock) -> Int?
}

/// A record is a line.
struct LineBoundaries: RecordBoundaries {
  mutating func last(in block: ByteBlock) -> Int? {
    block.bytes.withView { $0.lastIndex(of: 0x0A, in: block.start..<block.end).map { $0 + 1 } }
  }
}

/// A record is a message behind its length: 32 bits, most significant byte first.
struct MessageBoundaries: RecordBoundaries {
  private var length = 0
  private var lengthBytes = 0
  /// Bytes of the message in progress that are to come.
  private var rest = 0

  mutating func last(in block: ByteBlock) -> Int? {
    var place = block.start
    var found: Int?
    while place < block.end {
      if lengthBytes < 4 {
        length = length << 8 | Int(block.bytes[place])
        lengthBytes += 1
        place += 1
        if lengthBytes == 4 { rest = length }
      }
      let step = lengthBytes == 4 ? min(rest, block.end - place) : 0
      place += step
      rest -= step
      guard lengthBytes == 4, rest == 0 else { continue }
      found = place
      length = 0
      lengthBytes = 0
    }
    return found
  }
}
