/// Members of spans and their values in their usual spellings.
extension JSONScanner {
  /// The member of a span that the key at `start` names, if it is one of those in every span; gives
  /// the place behind its closing quote.
  @inline(__always)
  func fastKey(_ start: Int, _ key: inout OTLPKey) -> Int {
    let first = word(start)
    let rest = word(start &+ 8)
    switch first {
    case 0x2264_4965_6361_7274:  // traceId"
      key = .traceID
      return start &+ 8
    case 0x7053_746E_6572_6170 where rest & 0xFF_FFFF_FFFF == 0x22_6449_6E61:  // parentSp anId"
      key = .parentSpanID
      return start &+ 13
    case 0x6D69_5474_7261_7473  // startTim eUnixNan o"
    where rest == 0x6E61_4E78_696E_5565 && word(start &+ 16) & 0xFFFF == 0x226F:
      key = .start
      return start &+ 18
    case 0x5565_6D69_5464_6E65 where rest == 0x226F_6E61_4E78_696E:  // endTimeU nixNano"
      key = .end
      return start &+ 16
    case 0x7475_6269_7274_7461 where rest & 0xFF_FFFF == 0x22_7365:  // attribut es"
      key = .attributes
      return start &+ 11
    default: break
    }
    switch first & 0xFF_FFFF_FFFF {
    case 0x22_656D_616E:  // name"
      key = .name
      return start &+ 5
    case 0x22_646E_696B:  // kind"
      key = .kind
      return start &+ 5
    default: break
    }
    switch first & 0xFF_FFFF_FFFF_FFFF {
    case 0x22_6449_6E61_7073:  // spanId"
      key = .spanID
      return start &+ 7
    case 0x22_7375_7461_7473:  // status"
      key = .status
      return start &+ 7
    case 0x22_7374_6E65_7665:  // events"
      key = .events
      return start &+ 7
    default: break
    }
    if first & 0xFFFF_FFFF_FFFF == 0x2273_6761_6C66 {  // flags"
      key = .flags
      return start &+ 6
    }
    return start
  }

  @inline(__always)
  func fastTraceID(_ index: Int) -> TraceID? {
    guard byte(index) == 0x22, let high = hex16(index &+ 1), let low = hex16(index &+ 17),
      byte(index &+ 33) == 0x22
    else { return nil }
    return TraceID(high: high, low: low)
  }

  @inline(__always)
  func fastSpanID(_ index: Int) -> SpanID? {
    guard byte(index) == 0x22, let value = hex16(index &+ 1), byte(index &+ 17) == 0x22 else {
      return nil
    }
    return SpanID(value: value)
  }

  /// A kind by its number.
  @inline(__always)
  func fastKind(_ index: Int) -> (SpanKind, Int)? {
    guard let kind = SpanKind(rawValue: byte(index) &- 0x30) else { return nil }
    switch byte(index &+ 1) {
    case 0x2C, 0x7D: return (kind, index &+ 1)
    default: return nil
    }
  }

  /// A time in digits between quotes; zero is unknown.
  @inline(__always)
  func fastTime(_ index: Int) -> (Timestamp, Int)? {
    guard byte(index) == 0x22 else { return nil }
    if let value = usualTime(index &+ 1) { return (time(value), index &+ 21) }
    guard let (value, end) = plainDigits(index &+ 1), byte(end) == 0x22 else { return nil }
    return (time(value), end &+ 1)
  }

  @inline(__always)
  private func time(_ value: Int64) -> Timestamp { value == 0 ? .unknown : Timestamp(value) }

  /// `{}` or `{"code":2}`.
  @inline(__always)
  func fastStatus(_ index: Int, _ status: inout SpanStatus) -> Int? {
    if byte(index) == 0x7B, byte(index &+ 1) == 0x7D { return index &+ 2 }
    guard word(index) == OTLPWord.code, let (value, end) = plainNumber(index &+ 8),
      byte(end) == 0x7D, let known = UInt8(exactly: value).flatMap({ SpanStatus(rawValue: $0) })
    else { return nil }
    status = known
    return end &+ 1
  }
}
