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
    var index = orderedIDs(scanner, at: start, &seen, &record)
    if scanner.holds(#","name":""#, at: index), let text = scanner.plainText(index &+ 9) {
      record.name = internAgain(text, scanner, &strings, salt: -1)
      seen |= OTLPKey.name.bit
      index = text.end &+ 1
    }
    if scanner.holds(#","kind":"#, at: index), let (kind, end) = scanner.fastKind(index &+ 8) {
      record.kind = kind
      seen |= OTLPKey.kind.bit
      index = end
    }
    return orderedTimes(scanner, at: index, &seen, &record)
  }

  @inline(__always)
  private func orderedIDs(
    _ scanner: JSONScanner, at start: Int, _ seen: inout UInt64, _ record: inout SpanRecord
  ) -> Int {
    var index = start
    if scanner.holds(#"{"traceId":""#, at: index), let id = scanner.fastTraceID(index &+ 11) {
      record.trace = id
      seen |= OTLPKey.traceID.bit
      index &+= 45
    }
    if scanner.holds(#","spanId":""#, at: index), let id = scanner.fastSpanID(index &+ 10) {
      record.span = id
      seen |= OTLPKey.spanID.bit
      index &+= 28
    }
    if scanner.holds(#","parentSpanId":""#, at: index), let id = scanner.fastSpanID(index &+ 16) {
      record.parent = id
      seen |= OTLPKey.parentSpanID.bit
      index &+= 34
    }
    if scanner.holds(#","flags":"#, at: index), let (value, end) = scanner.plainNumber(index &+ 9) {
      record.parentLocality = Self.locality(flags: value)
      seen |= OTLPKey.flags.bit
      index = end
    }
    return index
  }

  @inline(__always)
  private func orderedTimes(
    _ scanner: JSONScanner, at start: Int, _ seen: inout UInt64, _ record: inout SpanRecord
  ) -> Int {
    var index = start
    if scanner.holds(#","startTimeUnixNano":""#, at: index),
      let (time, end) = scanner.fastTime(index &+ 21)
    {
      record.start = time
      seen |= OTLPKey.start.bit
      index = end
    }
    if scanner.holds(#","endTimeUnixNano":""#, at: index),
      let (time, end) = scanner.fastTime(index &+ 19)
    {
      record.end = time
      seen |= OTLPKey.end.bit
      index = end
    }
    return index
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
      guard let id = scanner.fastTraceID(index) else { return nil }
      record.trace = id
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
    case .events: return fastEvents(scanner, at: index)
    default: return nil
    }
  }
}

extension OTLPKey {
  /// The place of this member among those that were seen.
  fileprivate var bit: UInt64 { 1 &<< UInt64(rawValue) }
}
