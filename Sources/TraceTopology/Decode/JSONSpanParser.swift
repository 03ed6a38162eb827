/// What the readers of spans in JSON share: text, numbers, ids, kept attributes, and what is odd.
///
/// The formats add what is theirs as extensions. All are lenient in the same way: numbers or strings
/// for integers, names or numbers for enumerations, `null` for absent, unknown members skipped. A
/// wrong id or time never costs the span: the field stays unset and a diagnostic names it.
struct JSONSpanParser: Sendable {
  /// Something odd in one object that the object survives.
  struct Oddity: Sendable {
    var code: String
    var severity: Severity
    var position: Int
    var message: String
  }

  let keptKeys: KeptKeys
  /// Whether usual spellings are read by methods made for them; the result is the same without.
  let takesFastPath: Bool
  var text: [UInt8] = []
  private(set) var oddities: [Oddity] = []
  var guesses: KeptGuesses
  /// How attributes were spelled.
  var shapes = AttributeShapes()
  /// Texts that were interned, by the ids that they had then, which are guesses as well.
  var recent = TextGuesses()
  /// Objects of which nothing is asked that were read over.
  private var passed = KnownTexts<Void>()

  init(keeping keys: [String], takesFastPath: Bool = true) {
    keptKeys = KeptKeys(keys)
    self.takesFastPath = takesFastPath
    guesses = KeptGuesses(keptKeys)
  }

  /// Takes over the guesses and spellings of another reader.
  mutating func learn(from other: JSONSpanParser) {
    guesses = other.guesses
    shapes = other.shapes
    recent = other.recent
    passed = other.passed
  }

  mutating func takeOddities() -> [Oddity] {
    defer { oddities.removeAll() }
    return oddities
  }

  var oddityCount: Int { oddities.count }

  /// Takes back what was noted from this number on.
  mutating func dropOddities(from first: Int = 0) {
    guard oddities.count > first else { return }
    oddities.removeLast(oddities.count - first)
  }

  mutating func note(
    _ code: String, at position: Int, _ message: String, severity: Severity? = nil
  ) {
    oddities.append(
      Oddity(
        code: code, severity: severity ?? Severity.ofField(code), position: position,
        message: message))
  }

  // MARK: Members

  /// Reads the members of an object; `member` reads the value behind each key. A key that comes
  /// twice is noted: the last one wins.
  mutating func object<Key: JSONMember>(
    _ scanner: inout JSONScanner, of keys: Key.Type, what: StaticString,
    _ member: (inout JSONSpanParser, inout JSONScanner, Key) throws(JSONError) -> Void
  ) throws(JSONError) {
    if try scanner.acceptNull() { return }
    try scanner.expect(0x7B)
    if scanner.accept(0x7D) { return }
    var seen: UInt64 = 0
    repeat {
      let token = try scanner.key()
      let key = identify(token, scanner, of: keys)
      if key != .other {
        if seen & 1 << UInt64(key.rawValue) != 0 {
          note(
            "duplicate-key", at: token.start, "a key stands twice in one \(what); the last one wins"
          )
        }
        seen |= 1 << UInt64(key.rawValue)
      }
      try member(&self, &scanner, key)
    } while try scanner.more(0x7D)
  }

  /// The member that a key names; a key with escapes is resolved first.
  mutating func identify<Key: JSONMember>(
    _ token: JSONString, _ scanner: JSONScanner, of keys: Key.Type
  ) -> Key {
    guard token.hasEscapes else { return Key(token, scanner) }
    scanner.text(token, into: &text)
    let block = ByteBlock(text)
    return block.withScanner { copy in
      Key(JSONString(start: 0, end: block.end, hasEscapes: false, isValidUTF8: true), copy)
    }
  }

  /// Reads the members of an object whose keys are the writer's own.
  mutating func entries(
    _ scanner: inout JSONScanner,
    _ entry: (inout JSONSpanParser, inout JSONScanner, JSONString) throws(JSONError) -> Void
  ) throws(JSONError) {
    if try scanner.acceptNull() { return }
    try scanner.expect(0x7B)
    if scanner.accept(0x7D) { return }
    repeat {
      let key = try scanner.key()
      try entry(&self, &scanner, key)
    } while try scanner.more(0x7D)
  }

  mutating func array(
    _ scanner: inout JSONScanner,
    _ element: (inout JSONSpanParser, inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    if try scanner.acceptNull() { return }
    try scanner.expect(0x5B)
    if scanner.accept(0x5D) { return }
    repeat {
      try element(&self, &scanner)
    } while try scanner.more(0x5D)
  }

  /// Reads the objects of an array; what is none of either is passed over.
  mutating func objects(
    _ scanner: inout JSONScanner,
    _ object: (inout JSONSpanParser, inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    scanner.skipSpace()
    guard scanner.current == 0x5B else { return try scanner.skipValue() }
    try array(&scanner) { parser, scanner throws(JSONError) in
      scanner.skipSpace()
      guard scanner.current == 0x7B else { return try scanner.skipValue() }
      try object(&parser, &scanner)
    }
  }

  /// Reads over a value that likely came before, letter by letter.
  mutating func passAgain(_ scanner: inout JSONScanner) throws(JSONError) {
    scanner.skipSpace()
    guard takesFastPath, scanner.current == 0x7B else { return try scanner.skipValue() }
    let start = scanner.position
    if let known = passed.find(scanner.bytes(start, scanner.end)) {
      scanner.position = start + known.count
      return
    }
    let hadNewline = scanner.sawNewline
    scanner.sawNewline = false
    defer { scanner.sawNewline = scanner.sawNewline || hadNewline }
    try scanner.skipValue()
    if !scanner.sawNewline { passed.keep((), scanner.bytes(start, scanner.position)) }
  }

  // MARK: Spans

  /// What holds for a span of any format once it is read: `start` is where it stands.
  mutating func check(_ record: inout SpanRecord, at start: Int) {
    if record.span.isNone {
      record.hasDamagedID = true
      note("bad-id", at: start, "a span without a valid span id")
    }
    if record.trace == .zero {
      record.hasDamagedID = true
      note("bad-id", at: start, "a span without a valid trace id")
    }
    if let length = record.end.since(record.start), length < 0 {
      note("end-before-start", at: start, "a span ends before it starts; both times are kept")
    }
  }

  /// What becomes of an attribute; nil if nothing does.
  func use(of key: JSONString, _ scanner: JSONScanner) -> KeptKeys.Use? {
    if key.hasEscapes {
      var spelled: [UInt8] = []
      scanner.text(key, into: &spelled)
      return spelled.withView { keptKeys.use(of: $0) }
    }
    return keptKeys.use(of: key, scanner)
  }
}
