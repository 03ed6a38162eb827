/// Reads the times of Jaeger's JSON, in the spellings of all its models.
extension JSONSpanParser {
  /// Microseconds, or an RFC 3339 time (domain model).
  mutating func jaegerStart(_ scanner: inout JSONScanner) throws(JSONError) -> Timestamp {
    scanner.skipSpace()
    var ahead = scanner
    if ahead.current == 0x22, try ahead.string().count >= 20 {
      return try calendarTime(&scanner, what: "a start time")
    }
    guard let value = try microseconds(&scanner, what: "a start time"), value != 0 else {
      return .unknown
    }
    return Timestamp(value)
  }

  /// Microseconds, or text with a unit (domain model): `22938000ns`, `0.022938s`.
  mutating func jaegerDuration(_ scanner: inout JSONScanner) throws(JSONError) -> Int64? {
    scanner.skipSpace()
    var ahead = scanner
    guard ahead.current == 0x22 else { return try microseconds(&scanner, what: "a duration") }
    let token = try ahead.string()
    guard token.count > 0, scanner.holds(0x73, at: token.end - 1) else {
      return try microseconds(&scanner, what: "a duration")
    }
    scanner = ahead
    let isNano = token.count > 2 && scanner.holds(0x6E, at: token.end - 2)
    let digits = scanner.bytes(token.start, token.end - (isNano ? 2 : 1))
    if let value = isNano ? Self.whole(digits) : Self.seconds(digits) { return value }
    note("bad-time", at: token.start, "a duration is no time")
    return nil
  }

  private static func whole(_ text: ByteView) -> Int64? {
    guard case .value(let value) = JSONInteger(text), value >= 0 else { return nil }
    return value
  }

  /// Decimal seconds as nanoseconds; digits beyond those are cut.
  private static func seconds(_ text: ByteView) -> Int64? {
    var value: Int64 = 0
    var scale = -1
    for index in 0..<text.count {
      if text[index] == 0x2E, scale < 0 {
        scale = 0
        continue
      }
      guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
      if scale == 9 { continue }
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(text[index] - 0x30))
      if first || second { return nil }
      value = sum
      if scale >= 0 { scale += 1 }
    }
    for _ in max(scale, 0)..<9 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    return text.count > 0 ? value : nil
  }
}
