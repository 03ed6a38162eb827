/// Where every writer puts its bytes: a growing UTF-8 buffer that may be emptied in blocks.
///
/// Appending never fails, so writers read as the text they write. A writer of large outputs calls
/// `flushIfFull` after each record, and whoever owns the sink calls `finish` at the end: these two
/// hand the bytes on and report what went wrong. A sink without a `drain` keeps everything.
///
///     base   [ bytes written so far | room | spill ]
///                                   ^ used   ^ capacity
///
/// Unsafe corner: memory of its own, which nobody else holds, as the sink cannot be copied. Contract:
/// `reserve` has made room for all that an append counts, so `used` never passes `capacity`; a store of a
/// whole word may pass it by less than `spill` bytes, which are always there. No pointer outlives the call
/// that lends it.
@safe struct ByteSink: ~Copyable {
  /// Bytes that gather before they are handed on.
  static let blockSize = 256 << 10
  /// Bytes behind the capacity that a store of whole words may touch.
  private static let spill = JSONWord.size

  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var used = 0
  /// How many bytes were handed on.
  private(set) var drained = 0
  private let drain: ((Span<UInt8>) throws(OutputError) -> Void)?

  /// A sink that keeps its bytes.
  init() {
    drain = nil
    capacity = 0
    unsafe base = .allocate(capacity: Self.spill)
  }

  /// A sink that hands its bytes to `drain`, in order, in blocks of about `blockSize`.
  init(drain: @escaping (Span<UInt8>) throws(OutputError) -> Void) {
    self.drain = drain
    capacity = Self.blockSize + Self.blockSize / 8
    unsafe base = .allocate(capacity: capacity + Self.spill)
  }

  deinit { unsafe base.deallocate() }

  /// What has not been handed on yet; everything, if there is no `drain`.
  var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: base, count: used)) }

  /// Bytes written so far, handed on or not.
  var count: Int { drained + used }

  /// Makes room for so many further bytes.
  @inline(__always)
  private mutating func reserve(_ count: Int) {
    if capacity &- used < count { grow(count) }
  }

  @inline(never)
  private mutating func grow(_ count: Int) {
    let size = max(capacity * 2, used + count, 256)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size + Self.spill)
    unsafe larger.update(from: base, count: used)
    unsafe base.deallocate()
    unsafe base = unsafe larger
    capacity = size
  }

  // MARK: Bytes and text

  @inline(__always)
  mutating func append(byte: UInt8) {
    reserve(1)
    unsafe base[used] = byte
    used &+= 1
  }

  /// A run of bytes, copied as it is.
  @inline(__always)
  mutating func append(_ run: UnsafeRawBufferPointer) {
    guard let source = run.baseAddress else { return }
    reserve(run.count)
    unsafe UnsafeMutableRawPointer(base + used).copyMemory(from: source, byteCount: run.count)
    used &+= run.count
  }

  /// A literal.
  @inline(__always)
  mutating func append(_ text: StaticString) {
    guard text.hasPointerRepresentation else { return append("\(text)" as String) }
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A short piece of text that was made before.
  @inline(__always)
  mutating func append(_ word: JSONWord) {
    reserve(word.count)
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(of: word.bytes, as: JSONWord.Bytes.self)
    used &+= word.count
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

  /// A run of bytes between quotes, if each of them stands for itself in JSON: they are looked at on
  /// the way. Where one does not, nothing is appended.
  @inline(__always)
  mutating func append(ifPlain run: UnsafeRawBufferPointer) -> Bool {
    let count = run.count
    reserve(count &+ 2)
    let text = unsafe UnsafeMutableRawPointer(base + used)
    guard unsafe Self.copyPlain(run, to: text + 1) else { return false }
    unsafe text.storeBytes(of: 0x22, as: UInt8.self)
    unsafe text.storeBytes(of: 0x22, toByteOffset: count &+ 1, as: UInt8.self)
    used &+= count &+ 2
    return true
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

  /// Sixteen lower-case hexadecimal digits, all at once: a byte for each four bits, then a character.
  @inline(__always)
  mutating func append(hex value: UInt64) {
    reserve(16)
    let bytes = unsafe unsafeBitCast(value.bigEndian, to: SIMD8<UInt8>.self)
    var digits = SIMD16<UInt8>()
    digits.evenHalf = bytes &>> 4
    digits.oddHalf = bytes & 15
    // All ones for each digit above nine: those become letters, 39 places further on.
    let letters = 0 &- (((digits &+ 6) &>> 4) & 1)
    let text = digits &+ 48 &+ (letters & 39)
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(of: text, as: SIMD16<UInt8>.self)
    used &+= 16
  }

  /// Puts down the first `count` bytes of a word; room for them was made.
  @inline(__always)
  private mutating func store(_ word: UInt64, count: Int) {
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(of: word.littleEndian, as: UInt64.self)
    used &+= count
  }

  private mutating func append(digits value: UInt64) {
    reserve(20)
    guard value > 9 else {
      unsafe base[used] = 48 &+ UInt8(truncatingIfNeeded: value)
      return used &+= 1
    }
    let (upper, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
    guard upper > 0 else { return storeLeading(low) }
    let (top, middle) = upper.quotientAndRemainder(dividingBy: 100_000_000)
    if top > 0 {
      storeLeading(top)
      store(Self.digitWord(middle) | 0x3030_3030_3030_3030, count: 8)
    } else {
      storeLeading(middle)
    }
    store(Self.digitWord(low) | 0x3030_3030_3030_3030, count: 8)
  }

  /// A number below 10^8 without zeros in front.
  @inline(__always)
  private mutating func storeLeading(_ value: UInt64) {
    let digits = Self.digitWord(value)
    // The last digit stays, even if it is a zero.
    let zeros = (digits | 1 &<< 56).trailingZeroBitCount &>> 3
    let text = digits | 0x3030_3030_3030_3030
    store(text &>> UInt64(truncatingIfNeeded: zeros &* 8), count: 8 &- zeros)
  }

  /// The eight decimal digits of a number below 10^8, a byte each, the first one lowest: split into two
  /// numbers of four digits, those into four of two, those into eight of one, all at once.
  @inline(__always)
  private static func digitWord(_ value: UInt64) -> UInt64 {
    let (high, low) = value.quotientAndRemainder(dividingBy: 10_000)
    let fours = high | low &<< 32
    // A hundredth of each: 10486 / 2^20 is close enough below 10^4.
    let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007F_0000_007F
    let twos = hundreds | (fours &- hundreds &* 100) &<< 16
    // A tenth of each: 103 / 2^10 is close enough below 100.
    let tens = ((twos &* 103) &>> 10) & 0x000F_000F_000F_000F
    return tens | (twos &- tens &* 10) &<< 8
  }

  /// The last `width` decimal digits, zeros in front.
  private mutating func append(digits value: UInt64, width: Int) {
    reserve(width)
    var rest = value
    for place in stride(from: used &+ width &- 1, through: used, by: -1) {
      unsafe base[place] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
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
    try unsafe drain(Span(_unsafeStart: UnsafePointer(base), count: used))
    drained += used
    used = 0
  }

  /// Hands on all that another sink holds, behind what this one has; that one is empty then.
  mutating func take(_ other: inout ByteSink) throws(OutputError) {
    if let drain, other.used > 0 {
      try finish()
      try unsafe drain(Span(_unsafeStart: UnsafePointer(other.base), count: other.used))
      drained += other.used
    } else {
      unsafe append(UnsafeRawBufferPointer(start: other.base, count: other.used))
    }
    other.used = 0
  }
}
