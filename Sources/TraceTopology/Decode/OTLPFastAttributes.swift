/// Attributes of OTLP JSON in the shapes that writers really emit: see `AttributeShapes`.
extension JSONSpanParser {
  /// Reads the array of attributes at `start`; gives the place behind it, nil if there is none. What is
  /// said about the other side of a call is taken only where `isCall`.
  mutating func fastAttributes(
    _ scanner: inout JSONScanner, at start: Int, isCall: Bool, _ row: SpanIndex,
    _ recording: inout Recording
  ) throws(JSONError) -> Int? {
    guard scanner.byte(start) == 0x5B else { return nil }
    var index = start &+ 1
    if scanner.byte(index) == 0x5D { return index &+ 1 }
    while true {
      if let end = fastAttribute(scanner, at: index, isCall: isCall, row, &recording) {
        index = end
      } else {
        scanner.position = index
        try spanAttribute(&scanner, row, &recording)
        index = scanner.position
      }
      if scanner.byte(index) == 0x2C {
        index = scanner.behindSpaces(index &+ 1)
        continue
      }
      scanner.position = index
      guard try scanner.more(0x5D) else { return scanner.position }
      index = scanner.position
    }
  }

  /// Reads `{"key":"…","value":{"…Value":…}}`; nil if it is spelled otherwise: nothing was taken.
  @inline(__always)
  private mutating func fastAttribute(
    _ scanner: JSONScanner, at start: Int, isCall: Bool, _ row: SpanIndex,
    _ recording: inout Recording
  ) -> Int? {
    guard let slot = shapes.slot(scanner, at: start, keptKeys) else { return nil }
    let shape = shapes.outline(slot)
    let index = start &+ shape.value
    switch shape.kind {
    case .string:
      guard let text = scanner.plainText(index) else {
        return shape.use == nil ? passValue(scanner, at: index &- 1) : nil
      }
      guard scanner.closesAttribute(text.end &+ 1) else { return nil }
      if let use = shape.use {
        let value = JSONAttributeValue(kind: .string, text: text)
        take(use, isCall: isCall, key(shape, start), value, scanner, row: row, into: &recording)
      }
      return text.end &+ 3
    case .integer:
      guard let (number, end) = scanner.plainDigits(index), scanner.byte(end) == 0x22,
        scanner.closesAttribute(end &+ 1)
      else { return nil }
      guard let use = shape.use else { return end &+ 3 }
      if isCall, let field = use.peer {
        if !recording.attributes.peers.take(field, of: row, number: number) {
          recording.attributes.peers.take(field, of: row, scanner.bytes(index, end))
        }
      }
      if use.isKept {
        let id = intern(
          key(shape, start), scanner, &recording.strings, guess: guesses.keys[use.number])
        guesses.keys[use.number] = id
        recording.attributes.append(span: row, key: id, value: .integer(number))
      }
      return end &+ 3
    case .double, .bool: return passValue(scanner, at: index)
    }
  }

  /// The key of a kept attribute at `start`, which is one of those that are looked for.
  private func key(_ shape: AttributeShapes.Outline, _ start: Int) -> JSONString {
    JSONString(
      start: start &+ 8, end: start &+ shape.keyEnd, hasEscapes: false, isValidUTF8: true)
  }

  /// Checks a value that nobody asks for, and the two braces behind it; nil if it is spelled otherwise.
  @inline(never)
  func passValue(_ scanner: JSONScanner, at index: Int) -> Int? {
    var scanner = scanner
    scanner.position = index
    do throws(JSONError) {
      switch scanner.byte(index) {
      case 0x22: _ = try scanner.string()
      case 0x74, 0x66: _ = try scanner.acceptBool()
      default: _ = try scanner.number()
      }
    } catch {
      // The generic method runs into it again and says what it is.
      return nil
    }
    return scanner.closesAttribute(scanner.position) ? scanner.position &+ 2 : nil
  }

  private mutating func take(
    _ use: KeptKeys.Use, isCall: Bool, _ key: JSONString, _ value: JSONAttributeValue,
    _ scanner: JSONScanner, row: SpanIndex, into recording: inout Recording
  ) {
    if isCall, let field = use.peer {
      takePeer(field, value, scanner, row: row, into: &recording)
    }
    guard use.isKept else { return }
    let keyID = intern(key, scanner, &recording.strings, guess: guesses.keys[use.number])
    guesses.keys[use.number] = keyID
    let text = internAgain(value.text, scanner, &recording.strings, salt: use.number)
    recording.attributes.append(span: row, key: keyID, value: .string(text))
  }
}

extension JSONScanner {
  /// Whether the two braces behind the value of an attribute stand here.
  @inline(__always)
  func closesAttribute(_ index: Int) -> Bool {
    byte(index) == 0x7D && byte(index &+ 1) == 0x7D
  }
}
