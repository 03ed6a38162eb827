/// Damages logs the way disks, networks and hostile hands do. The same seed gives the same damage.
struct Mutator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// splitmix64 (Steele, Lea, Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`, 0 if there is none.
  mutating func below(_ bound: Int) -> Int {
    bound > 0 ? Int(next() % UInt64(bound)) : 0
  }

  /// A few random changes of `bytes`; `other` is a log to take pieces from.
  mutating func damage(_ bytes: inout [UInt8], other: [UInt8]) {
    let changes = 1 + below(below(4) == 0 ? 24 : 4)
    for _ in 0..<changes { change(&bytes, other) }
  }

  private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
    guard !bytes.isEmpty else { return }
    let at = below(bytes.count)
    switch below(15) {
    case 0: bytes[at] ^= 1 << UInt8(below(8))
    case 1: bytes[at] = UInt8(below(256))
    case 2: bytes[at] = Self.edges[below(Self.edges.count)]
    case 3: bytes.removeSubrange(piece(of: bytes, from: at))
    case 4: bytes.insert(contentsOf: bytes[piece(of: bytes, from: at)], at: below(bytes.count))
    case 5: bytes.insert(contentsOf: other[piece(of: other, from: below(other.count))], at: at)
    case 6: overwrite(&bytes, at, with: Array(other[piece(of: other, from: below(other.count))]))
    case 7: overwrite(&bytes, at, with: Self.varints[below(Self.varints.count)])
    case 8: bytes.insert(contentsOf: Self.varints[below(Self.varints.count)], at: at)
    case 9: replaceNumber(&bytes, from: at)
    case 10: bytes.insert(contentsOf: Array(Self.words[below(Self.words.count)].utf8), at: at)
    case 11: bytes.removeSubrange(at...)
    case 12: moveLine(&bytes, from: at)
    case 13: replaceTimes(&bytes)
    default: swapPieces(&bytes, at, below(bytes.count))
    }
  }

  /// A piece that begins there: mostly short, at times long.
  private mutating func piece(of bytes: [UInt8], from start: Int) -> Range<Int> {
    let most = below(8) == 0 ? bytes.count : 64
    return start..<min(bytes.count, start + below(most + 1))
  }

  private func overwrite(_ bytes: inout [UInt8], _ start: Int, with new: [UInt8]) {
    for (offset, byte) in new.enumerated() where start + offset < bytes.count {
      bytes[start + offset] = byte
    }
  }

  /// Puts a hard number in the place of the next run of decimal digits.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from start: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = bytes[start...].firstIndex(where: { digits.contains($0) }) else { return }
    let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: Self.numbers[below(Self.numbers.count)].utf8)
  }

  /// Puts hard numbers, or none, in the place of a share of all numbers as long as a time.
  private mutating func replaceTimes(_ bytes: inout [UInt8]) {
    let share = 1 << below(10)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let end = bytes[place...].firstIndex { !digits.contains($0) } ?? bytes.count
      if end - place >= Self.timeDigits, below(share) == 0 {
        result += hardTime()
      } else {
        result += bytes[place..<end]
      }
      if end < bytes.count { result.append(bytes[end]) }
      place = end + 1
    }
    bytes = result
  }

  /// A time that is none, one at an end of the scale, or any other.
  private mutating func hardTime() -> [UInt8] {
    switch below(3) {
    case 0: Array(Self.numbers[below(Self.numbers.count)].utf8)
    case 1: Array("x".utf8)
    default: Array(String(next() >> UInt64(below(64))).utf8)
    }
  }

  /// Takes the line around `start` to some other place.
  private mutating func moveLine(_ bytes: inout [UInt8], from start: Int) {
    let feed = UInt8(ascii: "\n")
    let first = (bytes[..<start].lastIndex(of: feed) ?? -1) + 1
    let end = min(bytes.count, (bytes[start...].firstIndex(of: feed) ?? bytes.count - 1) + 1)
    let line = Array(bytes[first..<max(first, end)])
    bytes.removeSubrange(first..<max(first, end))
    bytes.insert(contentsOf: line, at: below(bytes.count + 1))
  }

  private mutating func swapPieces(_ bytes: inout [UInt8], _ first: Int, _ second: Int) {
    let length = min(1 + below(512), bytes.count - max(first, second))
    for offset in 0..<length { bytes.swapAt(first + offset, second + offset) }
  }

  /// Seconds since 1970 have as many.
  private static let timeDigits = 10
  private static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D]
  private static let numbers = [
    "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e999",
    "-0", "0.1", "00", "99999999999999999999999999999999999999",
  ]
  private static let words = [
    "null", "{", "}", "[", "]", "\"", "\\u0000", "\\ud800", "\u{FEFF}", "[[[[[[[[[[[[[[[[",
    "{\"a\":",
    "goroutine 1 [running]:\n", "\r\n", ",", "NaN", "go 1.99 trace\0\0\0",
  ]
  /// Lengths and numbers that do not fit anything, as base-128 varints.
  private static let varints: [[UInt8]] = [
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    [0x80, 0x80, 0x80, 0x80, 0x10], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x04], [0x00],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  ]
}
