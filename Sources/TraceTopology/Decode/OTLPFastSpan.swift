/// Spans of OTLP JSON in the shapes that writers really emit, read straight through: members in any
/// order, keys told apart by whole words, nothing allocated.
///
///     {"traceId":"…32 hex…","spanId":"…16 hex…","name":"…","kind":2,"startTimeUnixNano":"…",
///      "attributes":[{"key":"…","value":{"stringValue":"…"}},…],"status":{}}
///
/// The generic methods beside this decide what anything means. Whatever is spelled otherwise goes to
/// them: an attribute or the value of a member alone where that is possible, the whole span where it
/// is not. Rows, diagnostics and errors are the same as if they had read everything.
extension JSONSpanParser {
  /// Reads spans from the position on, with the commas between them, as far as they are written in
  /// such shapes; false if not even the first one is. What was not read is left as it was.
  mutating func fastSpans(_ scanner: inout JSONScanner, into recording: inout Recording) -> Bool {
    guard takesFastPath else { return false }
    var found = false
    var start = scanner.position
    while let record = fastSpan(&scanner, at: start, into: &recording) {
      recording.append(record, process: .none)
      found = true
      guard scanner.byte(scanner.position) == 0x2C else { break }
      start = scanner.behindSpaces(scanner.position &+ 1)
    }
    return found
  }

  private mutating func fastSpan(
    _ scanner: inout JSONScanner, at start: Int, into recording: inout Recording
  ) -> SpanRecord? {
    guard scanner.byte(start) == 0x7B else { return nil }
    let before = (position: scanner.position, sawNewline: scanner.sawNewline)
    let noted = oddityCount
    let row = SpanIndex(recording.spans.count)
    var record = SpanRecord()
    do throws(JSONError) {
      if let end = try fastMembers(&scanner, at: start, row, &record, &recording) {
        scanner.position = end
        check(&record, at: start)
        return record
      }
    } catch {
      // The generic reading of the whole span runs into the same error and reports it.
    }
    scanner.position = before.position
    scanner.sawNewline = before.sawNewline
    dropOddities(from: noted)
    recording.attributes.truncate(toSpan: row.index)
    recording.links.truncate(toSpan: row.index)
    return nil
  }

  /// Reads the members of a span whose brace stands at `start`; gives the place behind the other brace.
  private mutating func fastMembers(
    _ scanner: inout JSONScanner, at start: Int, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) throws(JSONError) -> Int? {
    var seen: UInt64 = 0
    var index = orderedMembers(scanner, at: start, &seen, &record, &recording.strings)
    while true {
      // A brace stands in front of the first key, a comma in front of the others.
      guard scanner.byte(index) == 0x2C || index == start else {
        return scanner.byte(index) == 0x7D ? index &+ 1 : nil
      }
      index = scanner.behindSpaces(index &+ 1)
      guard scanner.byte(index) == 0x22 else { return nil }
      var key = OTLPKey.other
      let keyEnd = scanner.fastKey(index &+ 1, &key)
      if key == .other {
        scanner.position = index
        let token = try scanner.key()
        key = identify(token, scanner, of: OTLPKey.self)
      } else {
        guard scanner.byte(keyEnd) == 0x3A else { return nil }
        scanner.position = keyEnd &+ 1
      }
      index = scanner.behindSpaces(scanner.position)
      if key != .other {
        // A key that stands twice is the business of the generic methods.
        guard seen & key.bit == 0 else { return nil }
        seen |= key.bit
      }
      if let end = try fastValue(key, &scanner, at: index, seen, row, &record, &recording) {
        index = end
      } else {
        try spanMember(key, &scanner, row, &record, &recording)
        index = scanner.position
      }
    }
  }

  /// Reads the members that stand first in the order of the protocol, which is that of nearly all
  /// writers, as far as they are spelled as usual: no key is looked for among others then. Gives the
  /// place of the comma or brace where it goes on; `seen` holds what was read.
  @inline(__always)
  private mutating func orderedMembers(
    _ scanner: JSONScanner, at start: Int, _ seen: inout UInt64, _ record: inout SpanRecord,
    _ strings: inout StringTable
  ) -> Int {
    var index = start
    guard scanner.holds(#"{"traceId":""#, at: index), let high = scanner.hex16(index &+ 12),
      let low = scanner.hex16(index &+ 28), scanner.byte(index &+ 44) == 0x22
    else { return index }
    record.trace = TraceID(high: high, low: low)
    seen = OTLPKey.traceID.bit
    index &+= 45
    guard scanner.holds(#","spanId":""#, at: index), let id = scanner.fastSpanID(index &+ 10)
    else { return index }
    record.span = id
    seen |= OTLPKey.spanID.bit
    index &+= 28
    if scanner.holds(#","parentSpanId":""#, at: index) {
      guard let id = scanner.fastSpanID(index &+ 16) else { return index }
      record.parent = id
      seen |= OTLPKey.parentSpanID.bit
      index &+= 34
    }
    if scanner.holds(#","flags":"#, at: index) {
      guard let (value, end) = scanner.plainNumber(index &+ 9) else { return index }
      record.parentLocality = Self.locality(flags: value)
      seen |= OTLPKey.flags.bit
      index = end
    }
    guard scanner.holds(#","name":""#, at: index), let text = scanner.plainText(index &+ 9)
    else { return index }
    record.name = internAgain(text, scanner, &strings, salt: -1)
    seen |= OTLPKey.name.bit
    index = text.end &+ 1
    if scanner.holds(#","kind":"#, at: index) {
      guard let (kind, end) = scanner.fastKind(index &+ 8) else { return index }
      record.kind = kind
      seen |= OTLPKey.kind.bit
      index = end
    }
    guard scanner.holds(#","startTimeUnixNano":""#, at: index),
      let (start, startEnd) = scanner.fastTime(index &+ 21)
    else { return index }
    record.start = start
    seen |= OTLPKey.start.bit
    index = startEnd
    guard scanner.holds(#","endTimeUnixNano":""#, at: index),
      let (end, endEnd) = scanner.fastTime(index &+ 19)
    else { return index }
    record.end = end
    seen |= OTLPKey.end.bit
    return endEnd
  }

  /// Reads the value of a member in its usual spelling; gives the place behind it, nil if it is
  /// spelled otherwise and nothing was taken.
  @inline(__always)
  private mutating func fastValue(
    _ key: OTLPKey, _ scanner: inout JSONScanner, at index: Int, _ seen: UInt64, _ row: SpanIndex,
    _ record: inout SpanRecord, _ recording: inout Recording
  ) throws(JSONError) -> Int? {
    switch key {
    case .traceID:
      guard scanner.byte(index) == 0x22, let high = scanner.hex16(index &+ 1),
        let low = scanner.hex16(index &+ 17), scanner.byte(index &+ 33) == 0x22
      else { return nil }
      record.trace = TraceID(high: high, low: low)
      return index &+ 34
    case .spanID:
      guard let id = scanner.fastSpanID(index) else { return nil }
      record.span = id
      return index &+ 18
    case .parentSpanID:
      if scanner.byte(index) == 0x22, scanner.byte(index &+ 1) == 0x22 { return index &+ 2 }
      guard let id = scanner.fastSpanID(index) else { return nil }
      record.parent = id
      return index &+ 18
    case .name:
      guard scanner.byte(index) == 0x22, let text = scanner.plainText(index &+ 1) else {
        return nil
      }
      record.name = internAgain(text, scanner, &recording.strings, salt: -1)
      return text.end &+ 1
    case .start:
      guard let (time, end) = scanner.fastTime(index) else { return nil }
      record.start = time
      return end
    case .end:
      guard let (time, end) = scanner.fastTime(index) else { return nil }
      record.end = time
      return end
    case .kind:
      guard let (kind, end) = scanner.fastKind(index) else { return nil }
      record.kind = kind
      return end
    case .flags:
      guard let (value, end) = scanner.plainNumber(index) else { return nil }
      record.parentLocality = Self.locality(flags: value)
      return end
    case .status: return scanner.fastStatus(index, &record.status)
    case .attributes:
      // What is said about the other side of a call counts only for spans that are one side of it.
      let isCall = seen & OTLPKey.kind.bit == 0 || record.kind.isSideOfCall
      return try fastAttributes(&scanner, at: index, isCall: isCall, row, &recording)
    default: return nil
    }
  }

  // MARK: Attributes

  private mutating func fastAttributes(
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
  private func passValue(_ scanner: JSONScanner, at index: Int) -> Int? {
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

extension OTLPKey {
  /// The place of this member among those that were seen.
  fileprivate var bit: UInt64 { 1 &<< UInt64(rawValue) }
}

extension JSONScanner {
  /// The member of a span that the key at `start` names, if it is one of those in every span; gives
  /// the place behind its closing quote.
  @inline(__always)
  fileprivate func fastKey(_ start: Int, _ key: inout OTLPKey) -> Int {
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
    default: break
    }
    if first & 0xFFFF_FFFF_FFFF == 0x2273_6761_6C66 {  // flags"
      key = .flags
      return start &+ 6
    }
    return start
  }

  @inline(__always)
  fileprivate func fastSpanID(_ index: Int) -> SpanID? {
    guard byte(index) == 0x22, let value = hex16(index &+ 1), byte(index &+ 17) == 0x22 else {
      return nil
    }
    return SpanID(value: value)
  }

  /// A kind by its number.
  @inline(__always)
  fileprivate func fastKind(_ index: Int) -> (SpanKind, Int)? {
    guard let kind = SpanKind(rawValue: byte(index) &- 0x30) else { return nil }
    switch byte(index &+ 1) {
    case 0x2C, 0x7D: return (kind, index &+ 1)
    default: return nil
    }
  }

  /// A time in digits between quotes; zero is unknown.
  @inline(__always)
  fileprivate func fastTime(_ index: Int) -> (Timestamp, Int)? {
    guard byte(index) == 0x22, let (value, end) = plainDigits(index &+ 1), byte(end) == 0x22 else {
      return nil
    }
    return (value == 0 ? .unknown : Timestamp(value), end &+ 1)
  }

  /// `{}` or `{"code":2}`.
  @inline(__always)
  fileprivate func fastStatus(_ index: Int, _ status: inout SpanStatus) -> Int? {
    if byte(index) == 0x7B, byte(index &+ 1) == 0x7D { return index &+ 2 }
    guard word(index) == OTLPWord.code, let (value, end) = plainNumber(index &+ 8),
      byte(end) == 0x7D, let known = UInt8(exactly: value).flatMap({ SpanStatus(rawValue: $0) })
    else { return nil }
    status = known
    return end &+ 1
  }

  @inline(__always)
  fileprivate func closesAttribute(_ index: Int) -> Bool {
    byte(index) == 0x7D && byte(index &+ 1) == 0x7D
  }
}
