/// Fields of spans in the shapes that writers really emit, read by whole words with nothing in between:
/// tags and lengths of one or two bytes, ids of the right lengths, attributes of a key and a value.
///
///     4A len   0A len key   12 len   0A len text | 18 number | 10 flag | 21 eight bytes
///
/// Whatever stands there otherwise is left, untouched, to the methods that read every field; rows,
/// oddities and errors are the same as if those had read everything.
extension OTLPProtobufSpans {
  /// Reads the field at `start`, which ends at `end` at the latest; gives the place behind it, nil if
  /// it is spelled otherwise and nothing was taken.
  @inline(__always)
  mutating func fastField(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, _ row: SpanIndex, _ record: inout SpanRecord,
    _ recording: inout Recording
  ) -> Int? {
    let head = bytes.word(start)
    let index = start &+ 2
    let room = end &- index
    guard room >= 0 else { return nil }
    switch UInt16(truncatingIfNeeded: head) {
    case 0x100A:
      guard room >= 16 else { return nil }
      record.trace = TraceID(
        high: bytes.word(index).byteSwapped, low: bytes.word(index &+ 8).byteSwapped)
      return index &+ 16
    case 0x0812:
      guard room >= 8 else { return nil }
      record.span = SpanID(value: bytes.word(index).byteSwapped)
      return index &+ 8
    case 0x0822:
      guard room >= 8 else { return nil }
      record.parent = SpanID(value: bytes.word(index).byteSwapped)
      return index &+ 8
    case 0x007A:
      record.status = .unset
      return index
    case 0x027A:
      guard room >= 2, head &>> 16 & 0xFF == 0x18,
        let code = SpanStatus(rawValue: UInt8(truncatingIfNeeded: head &>> 24))
      else { return nil }
      record.status = code
      return index &+ 2
    case 0x0185:
      guard room >= 4 else { return nil }
      record.parentLocality = Self.locality(flags: UInt32(truncatingIfNeeded: head &>> 16))
      return index &+ 4
    default: break
    }
    switch UInt8(truncatingIfNeeded: head) {
    case 0x2A:
      guard let text = content(bytes, start, end) else { return nil }
      record.name = internAgain(bytes, text, &recording.strings, salt: -1)
      return text.upperBound
    case 0x30:
      guard !sawKind, let kind = SpanKind(rawValue: UInt8(truncatingIfNeeded: head &>> 8)) else {
        return nil
      }
      sawKind = true
      record.kind = kind
      return index
    case 0x39:
      guard room >= 7, let time = Self.fastTime(bytes.word(start &+ 1)) else { return nil }
      record.start = time
      return start &+ 9
    case 0x41:
      guard room >= 7, let time = Self.fastTime(bytes.word(start &+ 1)) else { return nil }
      record.end = time
      return start &+ 9
    case 0x4A:
      // What is said about the other side of a call counts only for spans that are one side of it.
      let isCall = !sawKind || record.kind.isSideOfCall
      return fastAttribute(bytes, at: start, end, isCall: isCall, row, &recording)
    default: return nil
    }
  }

  @inline(__always)
  private static func fastTime(_ value: UInt64) -> Timestamp? {
    guard let value = Int64(exactly: value) else { return nil }
    return value == 0 ? .unknown : Timestamp(value)
  }

  /// Where the content of the field at `start` stands, behind a tag of one byte and a length of one or
  /// two; nil if that is not so or the content passes `end`.
  @inline(__always)
  private func content(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
    let head = bytes.word(start)
    var length = Int(truncatingIfNeeded: head &>> 8 & 0xFF)
    var first = start &+ 2
    if length >= 0x80 {
      guard head & 0x80_0000 == 0 else { return nil }
      length = length & 0x7F | Int(truncatingIfNeeded: head &>> 16 & 0x7F) &<< 7
      first &+= 1
    }
    guard length <= end &- first else { return nil }
    return first..<first &+ length
  }

  private mutating func fastAttribute(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, isCall: Bool, _ row: SpanIndex,
    _ recording: inout Recording
  ) -> Int? {
    guard let pair = content(bytes, start, end), bytes[pair.lowerBound] == 0x0A,
      let key = content(bytes, pair.lowerBound, pair.upperBound), bytes[key.upperBound] == 0x12,
      let value = content(bytes, key.upperBound, pair.upperBound),
      value.upperBound == pair.upperBound
    else { return nil }
    let first = value.lowerBound
    // A value that is empty has no tag: what stands there is the next field's, which fits nothing here.
    switch bytes[first] {
    case 0x0A:
      guard let text = content(bytes, first, value.upperBound),
        text.upperBound == value.upperBound
      else { return nil }
      if let use = keptKeys.use(of: bytes, key) {
        take(use, isCall: isCall, key, text: text, bytes, row, &recording)
      }
    case 0x18:
      guard let number = bytes.wholeVarint(first &+ 1, value.upperBound) else { return nil }
      if let use = keptKeys.use(of: bytes, key) {
        let number = Int64(bitPattern: number)
        take(use, isCall: isCall, key, number: number, bytes, row, &recording)
      }
    case 0x10:
      guard value.count == 2, bytes[first &+ 1] < 0x80, keptKeys.use(of: bytes, key) == nil else {
        return nil
      }
    case 0x21:
      guard value.count == 9, keptKeys.use(of: bytes, key) == nil else { return nil }
    default: return nil
    }
    return pair.upperBound
  }

  private mutating func take(
    _ use: KeptKeys.Use, isCall: Bool, _ key: Range<Int>, text: Range<Int>, _ bytes: Span<UInt8>,
    _ row: SpanIndex, _ recording: inout Recording
  ) {
    if let field = use.peer {
      if isCall {
        recording.attributes.peers.take(field, of: row, bytes.extracting(text))
      } else {
        passedPeers = true
      }
    }
    guard use.isKept else { return }
    let keyID = intern(bytes, key, &recording.strings, guess: guesses.keys[use.number])
    guesses.keys[use.number] = keyID
    let value = internAgain(bytes, text, &recording.strings, salt: use.number)
    recording.attributes.append(span: row, key: keyID, value: .string(value))
  }

  private mutating func take(
    _ use: KeptKeys.Use, isCall: Bool, _ key: Range<Int>, number: Int64, _ bytes: Span<UInt8>,
    _ row: SpanIndex, _ recording: inout Recording
  ) {
    if let field = use.peer {
      if isCall {
        if !recording.attributes.peers.take(field, of: row, number: number) {
          recording.attributes.peers.take(field, of: row, DecimalDigits(number))
        }
      } else {
        passedPeers = true
      }
    }
    guard use.isKept else { return }
    let keyID = intern(bytes, key, &recording.strings, guess: guesses.keys[use.number])
    guesses.keys[use.number] = keyID
    recording.attributes.append(span: row, key: keyID, value: .integer(number))
  }
}

/// A whole number in decimal, in place.
struct DecimalDigits: PeerText {
  private var text = InlineArray<20, UInt8>(repeating: 0)
  private var start = 20

  init(_ number: Int64) {
    var rest = number.magnitude
    repeat {
      start &-= 1
      text[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    guard number < 0 else { return }
    start &-= 1
    text[start] = 0x2D
  }

  var count: Int { 20 &- start }

  subscript(place: Int) -> UInt8 { text[start &+ place] }

  func word(_ place: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in (0..<8).reversed() { word = word &<< 8 | UInt64(self[place &+ offset]) }
    return word
  }
}

extension Span<UInt8> {
  /// The base-128 number that takes all bytes from `start` to `end`; nil if there is none.
  @inline(__always)
  fileprivate func wholeVarint(_ start: Int, _ end: Int) -> UInt64? {
    let length = end &- start
    guard length >= 1, length <= 9 else { return nil }
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for index in start..<end &- 1 {
      guard self[index] >= 0x80 else { return nil }
      value |= UInt64(self[index] & 0x7F) &<< shift
      shift &+= 7
    }
    let last = self[end &- 1]
    return last < 0x80 ? value | UInt64(last) &<< shift : nil
  }
}
