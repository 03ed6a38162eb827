/// Reads OTLP JSON: any number of `TracesData` / `ExportTraceServiceRequest` objects.
typealias OTLPJSONDecoder = JSONSpanDecoder<OTLPWalk>

/// The outer structure of OTLP JSON. It commits after each member, each array bracket and each span.
///
///     request {  resourceSpans [  ResourceSpans {  resource, scopeSpans [  ScopeSpans {  spans [ span
///
/// The answers of query services hold the same under other keys: `batches` (Tempo), `result` and
/// `trace` around a request (Jaeger's API v3, Tempo's API v2).
///
/// **What damage costs.** A record is a line: if a line is no JSON, none of its spans are kept and
/// reading goes on at the next line. A value that spreads over many lines, a file of a single value,
/// and a value that is cut off at the end of the input keep the spans before the damage.
struct OTLPWalk: SplittableWalk {
  static let title = "OTLP JSON"

  private enum Level: Sendable {
    case request
    case resourceSpansList
    case resourceSpans
    case scopeSpansList(isLegacy: Bool)
    case scopeSpans(isLegacy: Bool)
    case spanList
  }

  private var nesting = JSONNesting<Level>()

  /// Rows before the value in progress; a rejected value takes back what came after.
  private var valueStart = 0
  private var values = 0
  private var failedValue: (start: Int, isOnly: Bool)?
  private var resync = JSONResync()

  private var others = OTLPOtherSignals()
  private var sawForeignSignal = false
  private var sawResourceSpans = false

  /// The resource in progress: its rows, its process, and its spans of the legacy list.
  private var resourceStart = 0
  private var resource = ProcessRecord()
  private var legacyRows: Range<Int>?
  private var legacyStart = 0
  private var hasScopeSpans = false

  var isInsideValue: Bool { !nesting.isEmpty }

  var isBetweenValues: Bool {
    values > 0 && nesting.isEmpty && failedValue == nil && !resync.isActive && !pendingResource
      && others.isEmpty
  }

  static var behindValues: OTLPWalk {
    var walk = OTLPWalk()
    walk.values = 1
    return walk
  }

  /// Goes one step on; false when only white space is left.
  mutating func step(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    guard !resync.isActive else { return resync.step(&scanner) }
    guard let level = nesting.innermost else { return try beginValue(&scanner, &recording) }
    // Within a record nothing legal looks like a further one at the start of a line.
    scanner.boundary = .telemetry
    defer { scanner.boundary = .none }
    switch level {
    case .request: try requestMember(&scanner, &parser, &recording)
    case .resourceSpansList:
      try element(&scanner, opening: .resourceSpans, recording.spans.count)
    case .resourceSpans: try resourceMember(&scanner, &parser, &recording)
    case .scopeSpansList(let isLegacy):
      try element(&scanner, opening: .scopeSpans(isLegacy: isLegacy), recording.spans.count)
    case .scopeSpans: try scopeMember(&scanner, &parser)
    case .spanList: try spanElement(&scanner, &parser, &recording)
    }
    if scanner.sawNewline { sawNewlineInValue = true }
    return true
  }

  // MARK: Values and damage

  private mutating func beginValue(_ scanner: inout JSONScanner, _ recording: inout Recording)
    throws(JSONError) -> Bool
  {
    guard try scanner.findValue(isFirst: values == 0) else { return false }
    takeBackFailedValue(&recording)
    valueStart = recording.spans.count
    values += 1
    scanner.sawNewline = false
    sawNewlineInValue = false
    guard scanner.accept(0x7B) else {
      throw JSONError(reason: .unexpected, position: scanner.position)
    }
    nesting.clear()
    nesting.open(.request)
    sawForeignSignal = false
    sawResourceSpans = false
    return true
  }

  /// Whether the value in progress spreads over more than one line.
  private var sawNewlineInValue = false

  /// The value in progress is damaged: decides what of it to keep, and gives the position from
  /// which to look for the next one.
  mutating func fail(
    _ error: JSONError, stepStart: Int, crossedLine: Bool, _ recording: inout Recording
  ) -> JSONDamage {
    let wasInside = isInsideValue
    if !wasInside || !sawNewlineInValue {
      if failedValue == nil { failedValue = (valueStart, values <= 1) }
    }
    // Lines in the middle of a pretty-printed value are no records.
    resync.begin(wasInside && (sawNewlineInValue || crossedLine) ? .toObjectLine : .line)
    pendingResource = hasOpenResource
    nesting.clear()
    // A line that was cut short shows only when the next one begins: look from before that.
    return JSONDamage(resume: wasInside ? stepStart : max(error.position, stepStart))
  }

  /// Whether the damaged value had an open resource whose rows still need their process.
  private var pendingResource = false

  private var hasOpenResource: Bool {
    nesting.levels.contains { if case .resourceSpans = $0 { true } else { false } }
  }

  /// A further value follows the damaged one, so that one was a line among lines: none of it stays.
  private mutating func takeBackFailedValue(_ recording: inout Recording) {
    if let failed = failedValue {
      failedValue = nil
      legacyRows = nil
      inLegacyList = false
      recording.attributes.truncate(toSpan: failed.start)
      recording.links.truncate(toSpan: failed.start)
      recording.spans.truncate(to: failed.start)
    }
    if pendingResource { closeResource(&recording) }
    pendingResource = false
  }

  /// The input ends: a damaged value that was the only one keeps the spans before the damage.
  mutating func settleAtEnd(_ recording: inout Recording) {
    pendingResource = pendingResource || hasOpenResource
    nesting.clear()
    if let failed = failedValue, failed.isOnly { failedValue = nil }
    takeBackFailedValue(&recording)
    others.report(&recording)
    resync.stop()
  }

  // MARK: Members and elements

  private mutating func requestMember(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x7D) {
      if nesting.isEmpty { noteForeignValue(&recording) }
      return
    }
    let token = try scanner.key()
    switch parser.identify(token, scanner, of: OTLPKey.self) {
    case .resourceSpans:
      sawResourceSpans = true
      if try nesting.openList(&scanner, .resourceSpansList) { return }
    case .wrapper:
      scanner.skipSpace()
      if nesting.depth == 1, scanner.accept(0x7B) { return nesting.open(.request) }
      try scanner.skipValue()
    case .resourceMetrics: try passOver(.metrics, &scanner)
    case .resourceLogs: try passOver(.logs, &scanner)
    case .resourceProfiles: try passOver(.profiles, &scanner)
    default: try scanner.skipValue()
    }
    nesting.passed()
  }

  private mutating func passOver(
    _ signal: OTLPOtherSignals.Signal, _ scanner: inout JSONScanner
  ) throws(JSONError) {
    let count = try scanner.countRecords()
    others.add(signal, groups: count.groups, records: count.records)
    sawForeignSignal = true
  }

  private func noteForeignValue(_ recording: inout Recording) {
    guard !sawResourceSpans, !sawForeignSignal else { return }
    recording.reportFirstInput(
      "foreign-record", .warning, "a JSON object without resourceSpans: passed over")
  }

  /// The next element of an array of objects, behind so many rows.
  private mutating func element(
    _ scanner: inout JSONScanner, opening level: Level, _ rows: Int
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x5D) { return }
    if try scanner.acceptNull() {
      nesting.passed()
      return
    }
    try scanner.expect(0x7B)
    nesting.open(level)
    switch level {
    case .resourceSpans:
      resourceStart = rows
      resource = ProcessRecord()
      legacyRows = nil
      hasScopeSpans = false
    case .scopeSpans(let isLegacy):
      if !isLegacy { hasScopeSpans = true }
    default: break
    }
  }

  private mutating func resourceMember(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    endLegacyList(recording.spans.count)
    if try nesting.closes(&scanner, 0x7D) {
      closeResource(&recording)
      return
    }
    let token = try scanner.key()
    switch parser.identify(token, scanner, of: OTLPKey.self) {
    case .resource: resource = try parser.knownResource(&scanner, &recording)
    case .scopeSpans: if try nesting.openList(&scanner, .scopeSpansList(isLegacy: false)) { return }
    case .librarySpans:
      if try nesting.openList(&scanner, .scopeSpansList(isLegacy: true)) {
        legacyStart = recording.spans.count
        inLegacyList = true
        return
      }
    default: try scanner.skipValue()
    }
    nesting.passed()
  }

  private var inLegacyList = false

  private mutating func endLegacyList(_ rows: Int) {
    guard inLegacyList else { return }
    inLegacyList = false
    legacyRows = legacyStart..<max(rows, legacyStart)
  }

  /// Gives the rows of a resource their process. Where both lists are there the legacy one is a
  /// copy for old readers: scopeSpans wins, as in the Collector.
  private mutating func closeResource(_ recording: inout Recording) {
    endLegacyList(recording.spans.count)
    if hasScopeSpans, let rows = legacyRows, !rows.isEmpty {
      recording.attributes.removeSpans(rows)
      recording.links.removeSpans(rows)
      recording.spans.removeRows(rows)
    }
    legacyRows = nil
    guard recording.spans.count > resourceStart else { return }
    let process = recording.processes.intern(resource, input: InputIndex(0))
    recording.spans.assign(process, from: resourceStart)
  }

  private mutating func scopeMember(_ scanner: inout JSONScanner, _ parser: inout JSONSpanParser)
    throws(JSONError)
  {
    if try nesting.closes(&scanner, 0x7D) { return }
    let token = try scanner.key()
    if parser.identify(token, scanner, of: OTLPKey.self) == .spans {
      if try nesting.openList(&scanner, .spanList) { return }
    } else {
      try parser.passAgain(&scanner)
    }
    nesting.passed()
  }

  private mutating func spanElement(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x5D) { return }
    if try scanner.acceptNull() {
      nesting.passed()
      return
    }
    scanner.skipSpace()
    guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
    if parser.fastSpans(&scanner, into: &recording) { return nesting.passed() }
    let row = SpanIndex(recording.spans.count)
    let record = try parser.span(&scanner, row: row, into: &recording)
    recording.append(record, process: .none)
    nesting.passed()
  }
}
