/// Attributes of spans in the shapes that writers really emit: a key and a value, with lengths of one or
/// two bytes.
extension OTLPProtobufSpans {
  /// Reads the attributes that stand behind each other from `start` on, as far as they are spelled as
  /// usual; gives the place behind the last one. What is said about the other side of a call is taken
  /// only where `isCall`.
  mutating func fastAttributes(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, _ name: StringID, isCall: Bool,
    _ row: SpanIndex, _ recording: inout Recording
  ) -> Int {
    var index = start
    let limit = min(end, bytes.count &- ProtobufKeys.window)
    var last: Int?
    var slot = keys.first(name)
    while index < limit, bytes[index] == 0x4A {
      if !keys.stands(slot, bytes, at: index) {
        guard let found = keys.find(bytes, at: index, keptKeys) else {
          guard let next = longAttribute(bytes, at: index, end, isCall: isCall, row, &recording)
          else { return index }
          index = next
          continue
        }
        keys.note(found, behind: last, name)
        slot = found
      }
      if let next = fastAttribute(
        bytes, at: index, end, slot: slot, isCall: isCall, row, &recording)
      {
        index = next
      } else if let next = longAttribute(
        bytes, at: index, end, isCall: isCall, row, &recording)
      {
        index = next
      } else {
        return index
      }
      last = slot
      slot = keys.next(slot)
    }
    // The last ones in the bytes at hand.
    while index < end, index >= limit,
      let next = longAttribute(bytes, at: index, end, isCall: isCall, row, &recording)
    {
      index = next
    }
    return index
  }

  /// Reads the attribute at `start`, which is spelled as that of the slot up to its value and ends at
  /// `end` at the latest; gives the place behind it, nil if the value or a length is spelled otherwise and
  /// nothing was taken.
  @inline(__always)
  private mutating func fastAttribute(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, slot: Int, isCall: Bool, _ row: SpanIndex,
    _ recording: inout Recording
  ) -> Int? {
    let outline = keys[slot]
    let length = Int(truncatingIfNeeded: bytes.word(start) &>> 8 & 0xFF)
    let pairEnd = start &+ 2 &+ length
    let keyEnd = start &+ 4 &+ Int(outline.count)
    let count = pairEnd &- keyEnd &- 2
    guard length < 0x80, count >= 2, pairEnd <= end else { return nil }
    let tail = bytes.word(keyEnd)
    let key = keyEnd &- Int(outline.count)..<keyEnd
    if outline.isText {
      // The lengths of the value and of the text in it.
      let lengths = UInt64(truncatingIfNeeded: count &<< 8 | (count &- 2) &<< 24)
      guard tail & 0xFF00_FF00 == lengths else { return nil }
      if let use = outline.use {
        let text = keyEnd &+ 4..<pairEnd
        take(use, isCall: isCall, key, slot: slot, text: text, bytes, row, &recording)
      }
      return pairEnd
    }
    guard tail &>> 8 & 0xFF == UInt64(truncatingIfNeeded: count),
      let number = bytes.shortVarint(keyEnd &+ 3, pairEnd)
    else { return nil }
    if let use = outline.use {
      let number = Int64(bitPattern: number)
      take(use, isCall: isCall, key, slot: slot, number: number, bytes, row, &recording)
    }
    return pairEnd
  }

  /// Reads an attribute that is not remembered, whose lengths may take two bytes; nil as above.
  @inline(never)
  private mutating func longAttribute(
    _ bytes: Span<UInt8>, at start: Int, _ end: Int, isCall: Bool, _ row: SpanIndex,
    _ recording: inout Recording
  ) -> Int? {
    guard bytes[start] == 0x4A, let pair = content(bytes, start, end),
      bytes[pair.lowerBound] == 0x0A,
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
        take(use, isCall: isCall, key, slot: nil, text: text, bytes, row, &recording)
      }
    case 0x18:
      guard let number = bytes.wholeVarint(first &+ 1, value.upperBound) else { return nil }
      if let use = keptKeys.use(of: bytes, key) {
        let number = Int64(bitPattern: number)
        take(use, isCall: isCall, key, slot: nil, number: number, bytes, row, &recording)
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
    _ use: KeptKeys.Use, isCall: Bool, _ key: Range<Int>, slot: Int?, text: Range<Int>,
    _ bytes: Span<UInt8>, _ row: SpanIndex, _ recording: inout Recording
  ) {
    if let field = use.peer {
      if isCall {
        peer.take(field, bytes.extracting(text))
        hasPeer = true
      } else {
        passedPeers = true
      }
    }
    guard use.isKept else { return }
    let keyID = keyID(use, bytes, key, slot: slot, &recording.strings)
    let value = internAgain(bytes, text, &recording.strings, salt: use.number)
    recording.attributes.append(span: row, key: keyID, value: .string(value))
  }

  private mutating func take(
    _ use: KeptKeys.Use, isCall: Bool, _ key: Range<Int>, slot: Int?, number: Int64,
    _ bytes: Span<UInt8>, _ row: SpanIndex, _ recording: inout Recording
  ) {
    if let field = use.peer {
      if isCall {
        if !peer.take(field, number: number) { peer.take(field, DecimalDigits(number)) }
        hasPeer = true
      } else {
        passedPeers = true
      }
    }
    guard use.isKept else { return }
    let keyID = keyID(use, bytes, key, slot: slot, &recording.strings)
    recording.attributes.append(span: row, key: keyID, value: .integer(number))
  }

  /// The id of a kept key, which has this slot among those that are remembered.
  @inline(__always)
  private mutating func keyID(
    _ use: KeptKeys.Use, _ bytes: Span<UInt8>, _ key: Range<Int>, slot: Int?,
    _ strings: inout StringTable
  ) -> StringID {
    if let slot, let known = keys.id(slot) { return known }
    return newKeyID(use, bytes, key, slot: slot, &strings)
  }

  @inline(never)
  private mutating func newKeyID(
    _ use: KeptKeys.Use, _ bytes: Span<UInt8>, _ key: Range<Int>, slot: Int?,
    _ strings: inout StringTable
  ) -> StringID {
    let id = intern(bytes, key, &strings, guess: guesses.keys[use.number])
    guesses.keys[use.number] = id
    if let slot { keys.set(id, slot) }
    return id
  }
}

extension Span<UInt8> {
  /// As `wholeVarint`, of eight bytes at most; eight from `start` on must be there.
  @inline(__always)
  fileprivate func shortVarint(_ start: Int, _ end: Int) -> UInt64? {
    let count = end &- start
    let text = word(start)
    // The first byte without the high bit is the last one.
    let last = ~text & ByteWord.highs
    guard count <= 8, last.trailingZeroBitCount == 8 &* count &- 1 else { return nil }
    // The lower seven bits of each byte move together: two bytes, four, eight.
    let bits = text & ~(~0 &<< UInt64(truncatingIfNeeded: 8 &* count &- 1))
    let two = bits & 0x007F_007F_007F_007F | (bits & 0x7F00_7F00_7F00_7F00) &>> 1
    let four = two & 0x0000_3FFF_0000_3FFF | (two & 0x3FFF_0000_3FFF_0000) &>> 2
    return four & 0x0FFF_FFFF | (four &>> 32) &<< 28
  }

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
