/// JSON text into a sink: strings escaped and always valid UTF-8.
///
/// Unsafe corner: blocks of bytes. Contract: the buffers are lent for the length of a call, and no load
/// and no store passes their count.
extension ByteSink {
  /// A string literal. Bytes that are no UTF-8 come out as U+FFFD.
  mutating func append(json bytes: ArraySlice<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe append(jsonRun: $0) }
  }

  /// A string of the run as a literal.
  mutating func append(json id: StringID, of strings: borrowing StringTable) {
    unsafe strings.withBytes(id) { unsafe append(jsonRun: $0) }
  }

  /// A string of the run as a literal, or `null` for empty text.
  mutating func append(jsonOrNull id: StringID, of strings: borrowing StringTable) {
    unsafe strings.withBytes(id) { text in
      if unsafe text.isEmpty { append("null") } else { unsafe append(jsonRun: text) }
    }
  }

  /// A string literal.
  mutating func append(json text: String) {
    var copy = text
    copy.withUTF8 { unsafe append(jsonRun: UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  private mutating func append(jsonRun bytes: UnsafeRawBufferPointer) {
    if unsafe !append(ifPlain: bytes) { unsafe append(escaped: bytes) }
  }

  @inline(never)
  private mutating func append(escaped bytes: UnsafeRawBufferPointer) {
    append(byte: 0x22)
    for scalar in unsafe String(decoding: bytes, as: UTF8.self).unicodeScalars {
      append(jsonScalar: scalar)
    }
    append(byte: 0x22)
  }

  /// Copies bytes, and tells whether each of them stands for itself. The last block that is copied
  /// overlaps the one before. Contract: there is room for all of them.
  @inline(__always)
  static func copyPlain(
    _ run: UnsafeRawBufferPointer, to text: UnsafeMutableRawPointer
  ) -> Bool {
    let count = run.count
    if count >= 16 {
      var unusual = SIMD2<UInt64>()
      var index = 0
      while index < count &- 16 {
        unusual |= unsafe copyBlock(run, index, to: text)
        index &+= 16
      }
      unusual |= unsafe copyBlock(run, count &- 16, to: text)
      return (unusual.x | unusual.y) & ByteWord.highs == 0
    }
    if count >= 8 {
      return unsafe copyWord(run, 0, to: text) | copyWord(run, count &- 8, to: text) == 0
    }
    var word: UInt64 = 0x2020_2020_2020_2020
    for index in 0..<count {
      word = unsafe word &<< 8 | UInt64(run[index])
      unsafe text.storeBytes(of: run[index], toByteOffset: index, as: UInt8.self)
    }
    return ByteWord.unusual(in: word) == 0
  }

  /// Copies sixteen bytes; the high bit of one that does not stand for itself is set in what is given.
  @inline(__always)
  private static func copyBlock(
    _ run: UnsafeRawBufferPointer, _ index: Int, to text: UnsafeMutableRawPointer
  ) -> SIMD2<UInt64> {
    let block = unsafe run.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
    unsafe text.storeBytes(of: block, toByteOffset: index, as: SIMD16<UInt8>.self)
    // Below 0x80 a byte gets its high bit only by falling below zero, or by rising from 0x7F.
    let unusual =
      ((block ^ 0x22) &- 1) | ((block ^ 0x5C) &- 1) | (block &- 0x20) | (block &+ 1) | block
    return unsafe unsafeBitCast(unusual, to: SIMD2<UInt64>.self)
  }

  /// Copies eight bytes; not zero if one of them does not stand for itself.
  @inline(__always)
  private static func copyWord(
    _ run: UnsafeRawBufferPointer, _ index: Int, to text: UnsafeMutableRawPointer
  ) -> UInt64 {
    let word = unsafe run.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    unsafe text.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
    return ByteWord.unusual(in: UInt64(littleEndian: word))
  }

  private mutating func append(jsonScalar scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22: append("\\\"")
    case 0x5C: append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0..<0x20, 0x7F:
      append("\\u00")
      for digit in [UInt8(truncatingIfNeeded: scalar.value) >> 4, UInt8(scalar.value & 15)] {
        append(byte: digit < 10 ? 48 + digit : 87 + digit)
      }
    default: append(scalar)
    }
  }

  /// A string literal, or `null` for empty text.
  mutating func append(jsonOrNull bytes: ArraySlice<UInt8>) {
    if bytes.isEmpty { append("null") } else { append(json: bytes) }
  }

  /// A number, or `null`.
  mutating func append(jsonOrNull value: Int64?) {
    if let value { append(value) } else { append("null") }
  }

  /// A number between 0 and 1 with up to three digits behind the point.
  mutating func append(jsonConfidence value: Double) {
    let thousandths = Int64((min(max(value, 0), 1) * 1000).rounded())
    append(thousandths / 1000)
    var rest = thousandths % 1000
    guard rest > 0 else { return }
    append(byte: 0x2E)
    var unit: Int64 = 100
    while rest > 0 {
      append(byte: 0x30 + UInt8(truncatingIfNeeded: rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}
