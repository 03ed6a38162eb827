/// Scalar values of JSON, in every spelling that writers use.
extension JSONSpanParser {
  /// A string, interned; `null` is empty.
  mutating func internedString(_ scanner: inout JSONScanner, _ strings: inout StringTable)
    throws(JSONError) -> StringID
  {
    if try scanner.acceptNull() { return .empty }
    scanner.skipSpace()
    let token = try scanner.string()
    return intern(token, scanner, &strings)
  }

  /// Interns the text of a token, which may be that of the id `guess`.
  @inline(__always)
  mutating func intern(
    _ token: JSONString, _ scanner: JSONScanner, _ strings: inout StringTable,
    guess: StringID = .empty
  ) -> StringID {
    if !token.hasEscapes, token.isValidUTF8 {
      return strings.intern(scanner.bytes(token.start, token.end), guess: guess)
    }
    return internRepaired(token, scanner, &strings)
  }

  /// Interns the text of a token that likely came before. `salt` tells apart what stands in different
  /// places.
  @inline(__always)
  mutating func internAgain(
    _ token: JSONString, _ scanner: JSONScanner, _ strings: inout StringTable, salt: Int
  ) -> StringID {
    let last = token.count >= 8 ? scanner.word(token.end &- 8) : 0
    let slot = TextGuesses.slot(scanner.prefixWord(token), last, token.count, salt)
    let id = intern(token, scanner, &strings, guess: recent[slot])
    recent[slot] = id
    return id
  }

  private mutating func internRepaired(
    _ token: JSONString, _ scanner: JSONScanner, _ strings: inout StringTable
  ) -> StringID {
    if !token.isValidUTF8 {
      note(
        "invalid-utf8", at: token.start, "text that is no UTF-8; the bad bytes are shown as U+FFFD")
    }
    scanner.text(token, into: &text)
    return strings.intern(text.span)
  }

  /// The bytes of a string or number token, or nothing for another kind of value (skipped).
  func scalar(_ scanner: inout JSONScanner) throws(JSONError) -> Range<Int>? {
    scanner.skipSpace()
    switch scanner.current {
    case 0x22:
      let token = try scanner.string()
      return token.start..<token.end
    case 0x2D, 0x30...0x39: return try scanner.number()
    default:
      try scanner.skipValue()
      return nil
    }
  }

  /// A whole number, as number or string; nil if there is none, with a note where that is wrong.
  mutating func integer(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> Int64?
  {
    if try scanner.acceptNull() { return nil }
    guard let range = try scalar(&scanner) else {
      note("bad-number", at: scanner.position, "\(what) is no number")
      return nil
    }
    if range.isEmpty { return nil }
    switch JSONInteger(scanner.bytes(range.lowerBound, range.upperBound)) {
    case .value(let value): return value
    case .rounded(let value):
      note(
        "rounded-number", at: range.lowerBound,
        "\(what) is written with an exponent or fraction; digits may be lost")
      return value
    case .overflow:
      note("number-overflow", at: range.lowerBound, "\(what) does not fit 64 bits")
      return nil
    case .invalid:
      note("bad-number", at: range.lowerBound, "\(what) is no number")
      return nil
    }
  }

  mutating func time(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> Timestamp
  {
    let position = scanner.position
    guard let value = try integer(&scanner, what: what), value != 0 else { return .unknown }
    guard value > 0 else {
      note("bad-time", at: position, "\(what) lies before 1970")
      return .unknown
    }
    return Timestamp(value)
  }

  /// A span id of 16 hex digits, or base64.
  mutating func spanID(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> SpanID
  {
    let id = try identifier(
      &scanner, "\(what) is neither 16 hex digits nor base64 of 8 bytes", { WireID.span($0) })
    return id ?? .none
  }

  /// A trace id of 32 hex digits, or base64.
  mutating func traceID(_ scanner: inout JSONScanner) throws(JSONError) -> TraceID {
    let position = scanner.position
    var isShort = false
    let id = try identifier(&scanner, "a trace id is neither 32 hex digits nor base64 of 16 bytes")
    {
      isShort = $0.count <= 16
      return WireID.trace($0)
    }
    guard let id else { return .zero }
    if isShort, id != .zero {
      note("short-trace-id", at: position, "a trace id of 8 bytes instead of 16: kept as it is")
    }
    return id
  }

  /// A span id of up to 16 hex digits whose leading zeros may have been stripped, or base64.
  mutating func paddedSpanID(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> SpanID
  {
    let id = try identifier(
      &scanner, "\(what) is neither up to 16 hex digits nor base64 of 8 bytes",
      { WireID.paddedSpan($0) })
    return id ?? .none
  }

  /// A trace id of up to 32 hex digits whose leading zeros may have been stripped, or base64.
  mutating func paddedTraceID(_ scanner: inout JSONScanner) throws(JSONError) -> TraceID {
    let id = try identifier(
      &scanner, "a trace id is neither up to 32 hex digits nor base64 of 16 bytes",
      { WireID.paddedTrace($0) })
    return id ?? .zero
  }

  /// An id as `read` reads it; nil for `null` and for what is no id, which is noted.
  private mutating func identifier<ID>(
    _ scanner: inout JSONScanner, _ fault: @autoclosure () -> String, _ read: (ByteView) -> ID?
  ) throws(JSONError) -> ID? {
    if try scanner.acceptNull() { return nil }
    let position = scanner.position
    if let token = try idText(&scanner), let id = resolve(token, scanner, read) { return id }
    note("bad-id", at: position, fault())
    return nil
  }

  /// An RFC 3339 time; Go's zero time is unknown.
  mutating func calendarTime(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> Timestamp
  {
    if try scanner.acceptNull() { return .unknown }
    let position = scanner.position
    guard scanner.current == 0x22 else {
      try scanner.skipValue()
      note("bad-time", at: position, "\(what) is no RFC 3339 time")
      return .unknown
    }
    let token = try scanner.string()
    if token.count == 0 || scanner.matches(token, "0001-01-01T00:00:00Z") { return .unknown }
    if let time = RFC3339.parse(scanner.bytes(token.start, token.end)) { return time }
    note("bad-time", at: position, "\(what) is no RFC 3339 time")
    return .unknown
  }

  /// A length of time or a moment in microseconds, as nanoseconds; nil if there is none.
  mutating func microseconds(_ scanner: inout JSONScanner, what: StaticString)
    throws(JSONError) -> Int64?
  {
    let position = scanner.position
    guard let value = try integer(&scanner, what: what) else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
    guard value >= 0, !overflow else {
      note("bad-time", at: position, "\(what) is negative or too far away")
      return nil
    }
    return product
  }

  /// What a trace state says of the last Datadog span on the way; `none` for any other value.
  mutating func datadogParent(_ scanner: inout JSONScanner) throws(JSONError) -> SpanID {
    if try scanner.acceptNull() { return .none }
    guard let token = try idText(&scanner), token.count > 0 else { return .none }
    scanner.text(token, into: &text)
    return TraceState.datadogParent(text)
  }

  /// The token of an id; a value of another type is skipped and no id.
  private func idText(_ scanner: inout JSONScanner) throws(JSONError) -> JSONString? {
    guard scanner.current == 0x22 else {
      try scanner.skipValue()
      return nil
    }
    return try scanner.string()
  }

  /// Reads the bytes of a token with its escapes resolved: some writers of base64 escape the slash.
  private mutating func resolve<ID>(
    _ token: JSONString, _ scanner: JSONScanner, _ read: (ByteView) -> ID?
  ) -> ID? {
    guard token.hasEscapes else { return read(scanner.bytes(token.start, token.end)) }
    scanner.text(token, into: &text)
    return text.withView { read($0) }
  }

  /// An enumeration value, as number, digits or protobuf name.
  mutating func enumeration(
    _ scanner: inout JSONScanner, names: [StaticString], what: StaticString
  ) throws(JSONError) -> UInt8 {
    if try scanner.acceptNull() { return 0 }
    scanner.skipSpace()
    if scanner.current == 0x22 {
      let mark = scanner.position
      let token = try scanner.string()
      for index in 0..<names.count where scanner.matches(token, names[index]) {
        return UInt8(truncatingIfNeeded: index)
      }
      scanner.position = mark
    }
    let position = scanner.position
    let value = try integer(&scanner, what: what) ?? 0
    guard value >= 0, value < names.count else {
      note("bad-enum", at: position, "\(what) \(value) is not known")
      return 0
    }
    return UInt8(truncatingIfNeeded: value)
  }
}
