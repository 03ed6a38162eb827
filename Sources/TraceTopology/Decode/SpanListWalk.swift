/// One format whose text is a list of span objects, each complete in itself.
protocol SpanListFormat: Sendable {
  /// The members of its objects that are read.
  associatedtype Key: JSONMember

  static var title: String { get }
  /// How many arrays may stand around the objects.
  static var arrayDepth: Int { get }
  /// Whether the objects are printed to a stream that the program prints other things to.
  static var sharesOutput: Bool { get }

  static func probe(_ prefix: Span<UInt8>) -> Bool

  /// Whether a span object may begin with this key.
  static func isSpanKey(_ key: JSONString, _ scanner: JSONScanner) -> Bool

  /// Reads the value of one member; kept attributes and links go to the tables under the draft's row.
  static func member(
    _ key: Key, _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser,
    _ draft: inout SpanDraft, into recording: inout Recording
  ) throws(JSONError)

  /// What follows from all members of a span.
  static func complete(_ draft: inout SpanDraft, into recording: inout Recording)

  /// The other span, if the object describes two; its row is the next one.
  static func other(of draft: SpanDraft, into recording: inout Recording) -> SpanDraft?
}

extension SpanListFormat {
  static func complete(_ draft: inout SpanDraft, into recording: inout Recording) {}
  static func other(of draft: SpanDraft, into recording: inout Recording) -> SpanDraft? { nil }
}

/// A span while its object is read.
struct SpanDraft: Sendable {
  /// The row that it will have.
  var row: SpanIndex
  var record = SpanRecord()
  var resource = ResourceAttributes()
  /// Nanoseconds, where the format says how long instead of when it ended.
  var duration: Int64?
  /// How many children it started, where the format counts them.
  var children: Int64?
  /// When its sides began and ended, where annotations say so.
  var marks: [ZipkinMark] = []
  /// Whether it carries what makes an object a span.
  var isSpan = false
}

/// Walks over span objects one after another, or in arrays; commits after each.
///
/// **What damage costs.** A bad object costs that object, and what stands behind it on its line; the
/// spans before it are kept. Text between the objects is an error, or, where the stream is shared
/// with a program's own output, counted as such; a span that begins in the middle of such a line is
/// found.
struct SpanListWalk<Format: SpanListFormat>: JSONSpanWalk {
  static var title: String { Format.title }

  private enum Level: Sendable { case array }

  private var nesting = JSONNesting<Level>()
  /// Whether the arrays in progress were damaged, so that they may have ended unseen.
  private var isDamaged = false
  private var isAtStart = true
  /// Within a line of program output.
  private var inOutput = false
  private var resync = JSONResync()
  /// Where the object or line in progress begins in the block.
  private var itemStart = 0
  private var looksLikeSpan = true
  private var sawNewlineInArray = false

  static func probe(_ prefix: Span<UInt8>) -> Bool { Format.probe(prefix) }

  var isInsideValue: Bool { !nesting.isEmpty }

  mutating func step(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    // Positions are those of one block: an item of the block before is none here.
    itemStart = -1
    guard !resync.isActive else { return resync.step(&scanner) }
    if inOutput { return try passOutput(&scanner) }
    guard !nesting.isEmpty else { return try topLevel(&scanner, &parser, &recording) }
    if try closes(&scanner) { return true }
    scanner.skipSpace()
    if scanner.sawNewline { sawNewlineInArray = true }
    itemStart = scanner.position
    scanner.sawNewline = false
    if nesting.depth < Format.arrayDepth, scanner.accept(0x5B) {
      nesting.open(.array)
      return true
    }
    if try scanner.acceptNull() {
      nesting.passed()
      return true
    }
    guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
    try object(&scanner, &parser, &recording)
    if scanner.sawNewline { sawNewlineInArray = true }
    nesting.passed()
    return true
  }

  mutating func settleAtEnd(_ recording: inout Recording) {
    nesting.clear()
    inOutput = false
    resync.stop()
  }

  // MARK: Structure

  /// Reads what stands between two elements; true if that ended the array.
  private mutating func closes(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
    scanner.skipSpace()
    if isDamaged, !nesting.isFirst, scanner.current == 0x7B {
      nesting.clear()
      return true
    }
    return try nesting.closes(&scanner, 0x5D)
  }

  private mutating func topLevel(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    guard try scanner.findValue(isFirst: isAtStart) else { return false }
    itemStart = scanner.position
    scanner.sawNewline = false
    looksLikeSpan = !Format.sharesOutput
    if Format.arrayDepth > 0, scanner.current == 0x5B {
      try openArray(&scanner)
    } else {
      guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
      try topLevelObject(&scanner, &parser, &recording)
    }
    isAtStart = false
    return true
  }

  /// Opens an array of spans; `[INFO] …` is none.
  private mutating func openArray(_ scanner: inout JSONScanner) throws(JSONError) {
    scanner.position += 1
    var ahead = scanner
    ahead.skipSpace()
    switch ahead.current {
    case 0x7B, 0x5B, 0x5D, 0x6E: break
    default: throw ahead.failure(.unexpected)
    }
    nesting.open(.array)
    isDamaged = false
    sawNewlineInArray = false
  }

  private mutating func topLevelObject(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if !looksLikeSpan { looksLikeSpan = try beginsSpan(scanner) }
    if looksLikeSpan { return try object(&scanner, &parser, &recording) }
    try scanner.skipValue()
    parser.note(
      "program-output", at: itemStart, "a JSON object that is no span: passed over",
      severity: .note)
  }

  private func object(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    var draft = SpanDraft(row: SpanIndex(recording.spans.count))
    scanner.skipSpace()
    let start = scanner.position
    try parser.object(&scanner, of: Format.Key.self, what: "span") {
      parser, scanner, key throws(JSONError) in
      try Format.member(key, &scanner, &parser, &draft, into: &recording)
    }
    guard draft.isSpan else {
      parser.dropOddities()
      recording.attributes.truncate(toSpan: draft.row.index)
      recording.links.truncate(toSpan: draft.row.index)
      parser.note(
        Format.sharesOutput ? "program-output" : "foreign-record", at: start,
        "a JSON object that is no span: passed over",
        severity: Format.sharesOutput ? .note : .warning)
      return
    }
    Format.complete(&draft, into: &recording)
    append(&draft, at: start, &parser, &recording)
    if var other = Format.other(of: draft, into: &recording) {
      append(&other, at: start, &parser, &recording)
    }
  }

  private func append(
    _ draft: inout SpanDraft, at start: Int, _ parser: inout JSONSpanParser,
    _ recording: inout Recording
  ) {
    parser.check(&draft.record, at: start)
    let process = recording.processes.intern(draft.resource.process, input: InputIndex(0))
    recording.append(draft.record, process: process)
  }

  // MARK: Program output

  /// Whether the object at the position begins like a span; throws where that cannot be told yet.
  private func beginsSpan(_ scanner: JSONScanner) throws(JSONError) -> Bool {
    var ahead = scanner
    ahead.position += 1
    do throws(JSONError) {
      ahead.skipSpace()
      return Format.isSpanKey(try ahead.string(), ahead)
    } catch {
      if error.reason == .incomplete { throw error }
      return false
    }
  }

  private mutating func passOutput(_ scanner: inout JSONScanner) throws(JSONError) -> Bool {
    while scanner.position < scanner.end, scanner.current != 0x0A {
      if scanner.current == 0x7B {
        itemStart = scanner.position
        if try beginsSpan(scanner) {
          inOutput = false
          return true
        }
      }
      scanner.position += 1
    }
    guard scanner.position < scanner.end else { return false }
    inOutput = false
    return true
  }

  // MARK: Damage

  mutating func fail(
    _ error: JSONError, stepStart: Int, crossedLine: Bool, _ recording: inout Recording
  ) -> JSONDamage {
    isAtStart = false
    let start = max(itemStart, stepStart)
    if nesting.isEmpty, !looksLikeSpan {
      inOutput = true
      return JSONDamage(
        resume: start + 1, code: "program-output", severity: .note,
        message: "a line that is no span: passed over")
    }
    if !nesting.isEmpty, sawNewlineInArray {
      // Elements on lines of their own follow without a comma that was seen.
      isDamaged = true
      nesting.restart()
      resync.begin(.toValueLine)
    } else {
      nesting.clear()
      resync.begin(crossedLine ? .toValueLine : .line)
    }
    return JSONDamage(resume: start)
  }

  mutating func resumeAtEnd(stepStart: Int, _ recording: inout Recording) -> Int? {
    guard itemStart >= stepStart else { return nil }
    nesting.clear()
    inOutput = false
    resync.begin(.toValueLine)
    return itemStart
  }
}
