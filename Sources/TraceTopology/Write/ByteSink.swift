/// Where every writer puts its bytes: a growing UTF-8 buffer that may be emptied in blocks.
///
/// Appending never fails, so writers read as the text they write. A writer of large outputs calls
/// `flushIfFull` after each record, and whoever owns the sink calls `finish` at the end: these two
/// hand the bytes on and report what went wrong. A sink without a `drain` keeps everything.
struct ByteSink {
  /// Bytes that gather before they are handed on.
  static let blockSize = 256 << 10

  /// What has not been handed on yet; everything, if there is no `drain`.
  private(set) var bytes: [UInt8] = []
  /// How many bytes were handed on.
  private(set) var drained = 0
  private let drain: (([UInt8]) throws(OutputError) -> Void)?

  /// A sink that keeps its bytes.
  init() { drain = nil }

  /// A sink that hands its bytes to `drain`, in order, in blocks of about `blockSize`.
  init(drain: @escaping ([UInt8]) throws(OutputError) -> Void) {
    self.drain = drain
    bytes.reserveCapacity(Self.blockSize + Self.blockSize / 8)
  }

  /// Bytes written so far, handed on or not.
  var count: Int { drained + bytes.count }

  mutating func append(byte: UInt8) { bytes.append(byte) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ text: Substring) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

  mutating func append(_ scalar: Unicode.Scalar) {
    bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  /// The integer in decimal, made in place: no `String` in between.
  mutating func append(_ value: some FixedWidthInteger) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(digits: UInt64(truncatingIfNeeded: value.magnitude))
  }

  /// `value / 10^places` in decimal with exactly that many digits after the point.
  mutating func append(_ value: Int64, decimals places: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let first = bytes.count
    append(digits: value.magnitude)
    while bytes.count - first <= places { bytes.insert(UInt8(ascii: "0"), at: first) }
    if places > 0 { bytes.insert(UInt8(ascii: "."), at: bytes.count - places) }
  }

  /// Sixteen lower-case hexadecimal digits.
  mutating func append(hex value: UInt64) {
    var shift = 64
    while shift > 0 {
      shift -= 4
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
      bytes.append(digit < 10 ? 48 + digit : 87 + digit)
    }
  }

  private mutating func append(digits value: UInt64) {
    var rest = value
    var low = bytes.count
    repeat {
      bytes.append(48 + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    var high = bytes.count - 1
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  /// Hands the bytes on if a block is full. To be called between records.
  mutating func flushIfFull() throws(OutputError) {
    if bytes.count >= Self.blockSize { try finish() }
  }

  /// Hands on what is left.
  mutating func finish() throws(OutputError) {
    guard let drain, !bytes.isEmpty else { return }
    try drain(bytes)
    drained += bytes.count
    bytes.removeAll(keepingCapacity: true)
  }
}
