/// The value of an attribute as it stands in the text; nothing is interned yet.
struct JSONAttributeValue: Sendable {
  enum Kind: Sendable { case string, integer, double, bool, other }
  var kind: Kind
  var text: JSONString
}

extension JSONSpanParser {
  /// Reads any value and tells its kind by its JSON type; nil for `null`.
  mutating func plainValue(_ scanner: inout JSONScanner) throws(JSONError) -> JSONAttributeValue? {
    if try scanner.acceptNull() { return nil }
    let start = scanner.position
    switch scanner.current {
    case 0x22: return JSONAttributeValue(kind: .string, text: try scanner.string())
    case 0x74, 0x66:
      _ = try scanner.acceptBool()
      return JSONAttributeValue(kind: .bool, text: scanner.stretch(start))
    case 0x2D, 0x30...0x39:
      let isFraction = scanner.bytes(try scanner.number()).contains {
        $0 | 0x20 == 0x65 || $0 == 0x2E
      }
      return JSONAttributeValue(kind: isFraction ? .double : .integer, text: scanner.stretch(start))
    default:
      try scanner.skipValue()
      return JSONAttributeValue(kind: .other, text: scanner.stretch(start))
    }
  }

  /// Keeps an attribute of the span `row` if its key is one of those that are kept.
  mutating func keep(
    _ key: JSONString, _ value: JSONAttributeValue, _ scanner: JSONScanner, row: SpanIndex,
    into recording: inout Recording
  ) {
    guard let use = use(of: key, scanner) else { return }
    if let field = use.peer { takePeer(field, value, scanner, row: row, into: &recording) }
    guard use.isKept else { return }
    let keyID = intern(key, scanner, &recording.strings)
    let kept: AttributeValue
    let bytes = scanner.bytes(value.text.start, value.text.end)
    switch value.kind {
    case .integer:
      guard case .value(let number) = JSONInteger(bytes) else {
        note("bad-number", at: value.text.start, "an integer attribute is no 64-bit number")
        return
      }
      kept = .integer(number)
    case .bool: kept = .bool(scanner.matches(value.text, "true"))
    case .double:
      let text = String(decoding: bytes, as: UTF8.self)
      kept =
        Double(text).map { .double($0) } ?? .string(intern(value.text, scanner, &recording.strings))
    case .string, .other: kept = .string(intern(value.text, scanner, &recording.strings))
    }
    recording.attributes.append(span: row, key: keyID, value: kept)
  }

  mutating func takePeer(
    _ field: PeerField, _ value: JSONAttributeValue, _ scanner: JSONScanner, row: SpanIndex,
    into recording: inout Recording
  ) {
    if value.text.hasEscapes {
      scanner.text(value.text, into: &text)
      recording.attributes.peers.take(field, of: row, text.span)
    } else {
      let bytes = scanner.bytes(value.text.start, value.text.end)
      recording.attributes.peers.take(field, of: row, bytes)
    }
  }

  /// Takes what a resource attribute says about its process.
  mutating func describe(
    _ attributes: inout ResourceAttributes, _ key: JSONString, _ value: JSONAttributeValue,
    _ scanner: JSONScanner, _ strings: inout StringTable,
    known: [(key: StaticString, meaning: ResourceAttributes.Key)] = ResourceAttributes.Key.known
  ) {
    guard let known = known.first(where: { scanner.matches(key, $0.key) }) else { return }
    if case .pid = known.meaning {
      if case .value(let pid) = JSONInteger(scanner.bytes(value.text.start, value.text.end)) {
        attributes.setPID(pid)
      }
      return
    }
    attributes.set(known.meaning, text: intern(value.text, scanner, &strings))
  }
}

extension JSONScanner {
  /// The token from `start` to the position.
  func stretch(_ start: Int) -> JSONString {
    JSONString(
      start: start, end: position, hasEscapes: false, isValidUTF8: isUTF8(start, position))
  }

  func bytes(_ range: Range<Int>) -> ByteView { bytes(range.lowerBound, range.upperBound) }
}
