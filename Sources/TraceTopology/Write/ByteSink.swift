/// Where every writer puts its bytes: a growing UTF-8 buffer that may be emptied in blocks.
///
/// Appending never fails, so writers read as the text they write. A writer of large outputs calls
/// `flushIfFull` after each record, and whoever owns the sink calls `finish` at the end: these two
/// hand the bytes on and report what went wrong. A sink without a `drain` keeps everything.
///
///     storage   [ bytes written so far | zeros or old bytes ]
///                                      ^ used
///
/// Unsafe corner: whole runs of bytes are copied into the storage. Contract: `reserve` has made room
/// for all that an append writes, so `used` never passes `storage.count`, and no pointer outlives the
/// call that made it.
struct ByteSink {
  /// Bytes that gather before they are handed on.
  static let blockSize = 256 << 10

  private var storage: [UInt8]
  private var used = 0
  /// How many bytes were handed on.
  private(set) var drained = 0
  private let drain: (([UInt8]) throws(OutputError) -> Void)?

  /// A sink that keeps its bytes.
  init() {
    drain = nil
    storage = []
  }

  /// A sink that hands its bytes to `drain`, in order, in blocks of about `blockSize`.
  init(drain: @escaping ([UInt8]) throws(OutputError) -> Void) {
    self.drain = drain
    storage = Array(repeating: 0, count: Self.blockSize + Self.blockSize / 8)
  }

  /// What has not been handed on yet; everything, if there is no `drain`.
  var bytes: [UInt8] { Array(storage[..<used]) }

  /// Bytes written so far, handed on or not.
  var count: Int { drained + used }

  /// Makes room for so many further bytes.
  @inline(__always)
  private mutating func reserve(_ count: Int) {
    if storage.count &- used < count { grow(count) }
  }

  private mutating func grow(_ count: Int) {
    let size = max(storage.count * 2, used + count, 256)
    storage.append(contentsOf: repeatElement(0, count: size - storage.count))
  }

  // MARK: Bytes and text

  @inline(__always)
  mutating func append(byte: UInt8) {
    reserve(1)
    storage[used] = byte
    used &+= 1
  }

  /// A run of bytes, copied as it is.
  @inline(__always)
  mutating func append(_ run: UnsafeRawBufferPointer) {
    guard let source = run.baseAddress else { return }
    reserve(run.count)
    unsafe storage.withUnsafeMutableBytes { all in
      guard let base = all.baseAddress else { return }
      unsafe (base + used).copyMemory(from: source, byteCount: run.count)
    }
    used &+= run.count
  }

  /// A literal.
  @inline(__always)
  mutating func append(_ text: StaticString) {
    guard text.hasPointerRepresentation else { return append("\(text)" as String) }
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  // A literal is to be taken as a `StaticString`, which is copied without being made a `String`.
  @_disfavoredOverload
  mutating func append(_ text: String) {
    var copy = text
    copy.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  @_disfavoredOverload
  mutating func append(_ text: Substring) {
    var copy = text
    copy.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  mutating func append(_ slice: ArraySlice<UInt8>) {
    unsafe slice.withUnsafeBytes { unsafe append($0) }
  }

  @_disfavoredOverload
  mutating func append(_ scalar: Unicode.Scalar) {
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte: byte) }
  }

  // MARK: Numbers

  /// The integer in decimal, made in place: no `String` in between.
  @inline(__always)
  mutating func append(_ value: some FixedWidthInteger) {
    if value < 0 { append(byte: UInt8(ascii: "-")) }
    append(digits: UInt64(truncatingIfNeeded: value.magnitude))
  }

  /// `value / 10^places` in decimal with exactly that many digits after the point, at most 18.
  mutating func append(_ value: Int64, decimals places: Int) {
    if value < 0 { append(byte: UInt8(ascii: "-")) }
    var divisor: UInt64 = 1
    for _ in 0..<places { divisor &*= 10 }
    append(digits: value.magnitude / divisor)
    guard places > 0 else { return }
    append(byte: UInt8(ascii: "."))
    let rest = value.magnitude % divisor
    append(digits: rest, width: places)
  }

  /// Sixteen lower-case hexadecimal digits.
  mutating func append(hex value: UInt64) {
    reserve(16)
    unsafe storage.withUnsafeMutableBytes { all in
      unsafe all.storeBytes(
        of: Self.hexWord(UInt32(truncatingIfNeeded: value &>> 32)).littleEndian,
        toByteOffset: used, as: UInt64.self)
      unsafe all.storeBytes(
        of: Self.hexWord(UInt32(truncatingIfNeeded: value)).littleEndian,
        toByteOffset: used &+ 8, as: UInt64.self)
    }
    used &+= 16
  }

  /// Eight hexadecimal digits as a little-endian word of characters: the four bits of each digit are
  /// spread over a byte of their own, then all eight become characters at once.
  @inline(__always)
  private static func hexWord(_ value: UInt32) -> UInt64 {
    var word = UInt64(value)
    word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
    word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
    word = (word | word &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
    word = word.byteSwapped
    // 1 in each byte above nine: those become letters, 39 places further on.
    let letters = ((word &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
    return word &+ 0x3030_3030_3030_3030 &+ letters &* 39
  }

  private mutating func append(digits value: UInt64) {
    var width = 1
    var bound: UInt64 = 10
    while width < 20, value >= bound {
      width &+= 1
      if width < 20 { bound &*= 10 }
    }
    append(digits: value, width: width)
  }

  /// The last `width` decimal digits, zeros in front.
  private mutating func append(digits value: UInt64, width: Int) {
    reserve(width)
    let start = used
    unsafe storage.withUnsafeMutableBytes { all in
      var rest = value
      var place = start &+ width
      // Pairs of digits: half the divisions.
      while place &- start >= 2 {
        let pair = UInt8(truncatingIfNeeded: rest % 100)
        rest /= 100
        place &-= 2
        unsafe all[place] = 48 &+ pair / 10
        unsafe all[place &+ 1] = 48 &+ pair % 10
      }
      if place > start { unsafe all[start] = 48 &+ UInt8(truncatingIfNeeded: rest % 10) }
    }
    used &+= width
  }

  // MARK: Handing on

  /// Hands the bytes on if a block is full. To be called between records.
  @inline(__always)
  mutating func flushIfFull() throws(OutputError) {
    if used >= Self.blockSize { try finish() }
  }

  /// Hands on what is left.
  mutating func finish() throws(OutputError) {
    guard let drain, used > 0 else { return }
    try drain(bytes)
    drained += used
    used = 0
  }
}
