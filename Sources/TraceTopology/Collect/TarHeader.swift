/// One header of a tar archive.
///
/// Format: POSIX.1-2024 `pax`, "ustar Interchange Format" and "pax Interchange Format"; GNU tar's
/// manual, "Basic Tar Format", for `L`, `K`, `S` and numbers to the base 256; Unix v7 headers are the
/// same up to the name of the link.
///
///     name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100 |
///     "ustar" 6 | version 2 | user 32 | group 32 | major 8 | minor 8 | prefix 155 | 12
struct TarHeader: Sendable, Equatable {
  static let size = 512

  /// The path as it stands there, the prefix in front of it.
  var name: [UInt8]
  var linkName: [UInt8]
  /// Bytes of content.
  var contentSize: UInt64
  var type: UInt8
  /// Whether GNU tar's sparse map goes on in the block behind the header.
  var hasSparseExtension: Bool

  /// The header in `bytes[start ..< start + 512]`; nil where the checksum does not fit or a number is
  /// none. The range must lie within the array.
  init?(_ bytes: [UInt8], at start: Int) {
    guard Self.isValid(bytes, at: start),
      let size = Self.number(bytes[start + 124..<start + 136])
    else { return nil }
    contentSize = size
    type = bytes[start + 156]
    name = Self.text(bytes[start..<start + 100])
    linkName = Self.text(bytes[start + 157..<start + 257])
    // Old GNU headers keep other things where the prefix would be.
    let isGNU = bytes[start + 262] == 0x20
    hasSparseExtension = type == UInt8(ascii: "S") && bytes[start + 482] != 0
    guard Self.hasMagic(bytes, at: start), !isGNU else { return }
    let prefix = Self.text(bytes[start + 345..<start + 500])
    if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
  }

  /// Whether content that begins like this is a tar archive: a header whose checksum fits, or the
  /// magic text of one that is damaged.
  static func probe(_ block: ByteBlock) -> Bool {
    block.count >= size
      && (hasMagic(block.bytes, at: block.start) || isValid(block.bytes, at: block.start))
  }

  /// Where in the block the first header stands that has the magic text and the right checksum, at
  /// whatever byte.
  static func first(in block: ByteBlock) -> Int? {
    var position = block.start
    while position + size <= block.end {
      if hasMagic(block.bytes, at: position), isValid(block.bytes, at: position) { return position }
      position += 1
    }
    return nil
  }

  static func isZero(_ bytes: [UInt8], at start: Int) -> Bool {
    bytes[start..<start + size].allSatisfy { $0 == 0 }
  }

  private static func hasMagic(_ bytes: [UInt8], at start: Int) -> Bool {
    bytes[start + 257] == UInt8(ascii: "u") && bytes[start + 258] == UInt8(ascii: "s")
      && bytes[start + 259] == UInt8(ascii: "t") && bytes[start + 260] == UInt8(ascii: "a")
      && bytes[start + 261] == UInt8(ascii: "r")
  }

  /// The sum of all bytes, the checksum itself counted as spaces. Some old programs added signed
  /// bytes.
  private static func isValid(_ bytes: [UInt8], at start: Int) -> Bool {
    guard bytes[start + 148] & 0x80 == 0, let stated = number(bytes[start + 148..<start + 156])
    else { return false }
    var sum = 8 * 0x20
    var highBytes = 0
    for index in start..<start + size where !(148..<156).contains(index - start) {
      sum += Int(bytes[index])
      if bytes[index] >= 0x80 { highBytes += 1 }
    }
    return stated == UInt64(sum) || Int64(clamping: stated) == Int64(sum - 256 * highBytes)
  }

  /// Octal digits between spaces and zero bytes, or a number to the base 256 behind a set bit.
  static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    guard let first = field.first else { return nil }
    var value: UInt64 = 0
    if first & 0x80 != 0 {
      // A negative one.
      guard first & 0x40 == 0 else { return nil }
      value = UInt64(first & 0x3F)
      for byte in field.dropFirst() {
        guard value < 1 << 55 else { return nil }
        value = value << 8 | UInt64(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 || $0 == 0 }.prefix { $0 != 0x20 && $0 != 0 }
    for digit in digits {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | UInt64(digit - 0x30)
    }
    return value
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }
}
