/// Trace and span ids as text: hexadecimal of either case, or base64 as protobuf printers write it.
///
/// Decided by length, field by field (OTLP/JSON asks for hex; jsonpb and grpc-gateway write base64):
///
///     trace id   32 hex digits   24 or 22 base64 characters   (16 bytes)
///     span id    16 hex digits   12 or 11 base64 characters   (8 bytes)
///
/// A trace id of 8 bytes is wrong in OTLP, but an id: it becomes the low half of one.
enum WireID {
  /// The 16 bytes of a trace id; nil if the text is none.
  static func trace(_ text: ByteView) -> TraceID? {
    switch text.count {
    case 32:
      guard let high = hex(text, 0), let low = hex(text, 16) else { return nil }
      return TraceID(high: high, low: low)
    case 22, 24:
      guard let words = base64(text, bytes: 16) else { return nil }
      return TraceID(high: words.0, low: words.1)
    case 11, 12, 16: return span(text).map { TraceID(high: 0, low: $0.value) }
    default: return nil
    }
  }

  /// The 8 bytes of a span id; nil if the text is none. Empty text and zeros are "none".
  static func span(_ text: ByteView) -> SpanID? {
    switch text.count {
    case 0: return SpanID.none
    case 16:
      guard let value = hex(text, 0) else { return nil }
      return SpanID(value: value)
    case 11, 12:
      guard let words = base64(text, bytes: 8) else { return nil }
      return SpanID(value: words.0)
    default: return nil
    }
  }

  /// A trace id of up to 32 hex digits (`0x` in front is allowed), or base64; Jaeger and Zipkin strip
  /// leading zeros.
  static func paddedTrace(_ text: ByteView) -> TraceID? {
    if let words = paddedHex(text, digits: 32) { return TraceID(high: words.0, low: words.1) }
    return text.count == 32 ? nil : trace(text)
  }

  /// A span id of up to 16 hex digits (`0x` in front is allowed), or base64. Empty text and zeros
  /// are "none".
  static func paddedSpan(_ text: ByteView) -> SpanID? {
    if let words = paddedHex(text, digits: 16) { return SpanID(value: words.1) }
    return span(text)
  }

  private static func paddedHex(_ text: ByteView, digits: Int) -> (UInt64, UInt64)? {
    let isPrefixed = text.count > 2 && text[0] == 0x30 && text[1] | 0x20 == 0x78
    let first = isPrefixed ? 2 : 0
    guard text.count > first, text.count - first <= digits else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for index in first..<text.count {
      guard let digit = HexDigits.value(text[index]) else { return nil }
      words.0 = words.0 << 4 | words.1 >> 60
      words.1 = words.1 << 4 | UInt64(digit)
    }
    return words
  }

  private static func hex(_ text: ByteView, _ start: Int) -> UInt64? {
    var value: UInt64 = 0
    for offset in start..<start + 16 {
      guard let digit = HexDigits.value(text[offset]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  /// Standard or URL-safe alphabet, padded or not.
  private static func base64(_ text: ByteView, bytes: Int) -> (UInt64, UInt64)? {
    var words: (UInt64, UInt64) = (0, 0)
    var bits = 0
    var pending: UInt32 = 0
    var produced = 0
    for index in 0..<text.count {
      let character = text[index]
      if character == 0x3D {
        guard produced == bytes else { return nil }
        continue
      }
      guard let digit = sextet(character) else { return nil }
      pending = pending << 6 | UInt32(digit)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      let byte = UInt64(pending >> UInt32(bits) & 0xFF)
      guard produced < bytes else { return nil }
      if produced < 8 { words.0 = words.0 << 8 | byte } else { words.1 = words.1 << 8 | byte }
      produced += 1
    }
    return produced == bytes ? words : nil
  }

  private static func sextet(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case 0x2B, 0x2D: 62
    case 0x2F, 0x5F: 63
    default: nil
    }
  }
}
