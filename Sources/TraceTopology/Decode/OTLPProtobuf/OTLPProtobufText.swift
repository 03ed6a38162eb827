/// Text of fields, interned.
extension OTLPProtobufSpans {
  /// Interns text, which may be that of the id `guess`; bytes that are no UTF-8 become U+FFFD and are
  /// noted.
  @inline(never)
  mutating func intern(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ strings: inout StringTable,
    guess: StringID = .empty
  ) -> StringID {
    let text = bytes.extracting(range)
    // What is known was found to be text, or made text, when it was new.
    if let known = strings.find(text, guess: guess) { return known }
    if text.isASCII { return strings.intern(text) }
    let copy = (0..<text.count).map { text[$0] }
    let repaired = String(decoding: copy, as: UTF8.self)
    if !repaired.utf8.elementsEqual(copy) {
      note(
        "invalid-utf8", at: range.lowerBound,
        "text that is no UTF-8; the bad bytes are shown as U+FFFD")
    }
    return strings.intern(repaired)
  }

  /// Interns text that likely came before. `salt` tells apart what stands in different fields; eight bytes
  /// from the start of the text on must be there, however short it is.
  @inline(__always)
  mutating func internAgain(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ strings: inout StringTable, salt: Int
  ) -> StringID {
    let count = range.count
    let text = bytes.word(range.lowerBound)
    let first = count >= 8 ? text : text & ~(~0 &<< UInt64(truncatingIfNeeded: 8 &* count))
    let last = count >= 8 ? bytes.word(range.upperBound &- 8) : 0
    let slot = TextGuesses.slot(first, last, count, salt)
    let guess = recent[slot]
    if strings.isText(of: guess, bytes.extracting(range)) { return guess }
    let id = intern(bytes, range, &strings)
    recent[slot] = id
    return id
  }
}
