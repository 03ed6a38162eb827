/// A reading position in bytes that come from a file and may be anything.
///
/// The bytes are handed to every call, so that a cursor is a plain value that can be kept while the
/// bytes move. The first read that fails sets `failure` and puts the position at the end; all later
/// reads give zero. A caller may therefore read a whole record and look at `failure` once.
///
/// Invariant: `0 <= offset <= end`. A read past the bytes handed in fails like a read past `end`.
struct ByteCursor: Sendable {
  /// Why a read failed.
  enum Failure: Sendable {
    /// The bytes end inside what was to be read.
    case endOfData
    /// A varint of more than ten bytes or more than 64 bits.
    case overlongVarint
  }

  private(set) var offset: Int
  let end: Int
  private(set) var failure: Failure?

  init(_ range: Range<Int>) {
    offset = max(0, range.lowerBound)
    end = max(offset, range.upperBound)
  }

  var isAtEnd: Bool { offset >= end }
  var remaining: Int { end - offset }

  @inline(__always)
  mutating func byte(_ bytes: Span<UInt8>) -> UInt8 {
    guard offset < end, offset < bytes.count else { return UInt8(fail(.endOfData)) }
    let value = bytes[offset]
    offset += 1
    return value
  }

  /// A little-endian base-128 number of up to ten bytes. Zero padding is legal: writers leave room
  /// for a length and fill it in later.
  @inline(__always)
  mutating func varint(_ bytes: Span<UInt8>) -> UInt64 {
    let place = offset
    guard place + 3 < min(end, bytes.count) else { return longVarint(bytes) }
    let first = UInt64(bytes[place])
    if first < 0x80 {
      offset = place + 1
      return first
    }
    let second = UInt64(bytes[place + 1])
    if second < 0x80 {
      offset = place + 2
      return first & 0x7F | second << 7
    }
    // Ids of goroutines mostly take three or four bytes.
    let third = UInt64(bytes[place + 2])
    let fourth = UInt64(bytes[place + 3])
    let low = first & 0x7F | (second & 0x7F) << 7 | (third & 0x7F) << 14
    if third < 0x80 {
      offset = place + 3
      return low
    }
    if fourth < 0x80 {
      offset = place + 4
      return low | fourth << 21
    }
    return longVarint(bytes)
  }

  @inline(never)
  private mutating func longVarint(_ bytes: Span<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    var position = offset
    var shift: UInt64 = 0
    let limit = min(end, bytes.count)
    while position < limit {
      let next = bytes[position]
      position += 1
      if shift == 63, next > 1 { return UInt64(fail(.overlongVarint)) }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 {
        offset = position
        return value
      }
      shift += 7
    }
    return UInt64(fail(.endOfData))
  }

  /// Steps over `count` bytes and gives their place; `nil` if there are not so many.
  mutating func take(_ count: UInt64) -> Range<Int>? {
    guard failure == nil, count <= UInt64(remaining) else {
      _ = fail(.endOfData)
      return nil
    }
    let start = offset
    offset += Int(count)
    return start..<offset
  }

  private mutating func fail(_ reason: Failure) -> Int {
    if failure == nil { failure = reason }
    offset = end
    return 0
  }
}
