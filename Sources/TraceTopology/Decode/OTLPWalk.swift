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
struct OTLPWalk: JSONSpanWalk {
  static let title = "OTLP JSON"

  private enum Level: Sendable {
    case request
    case resourceSpansList
    case resourceSpans
    case scopeSpansList(isLegacy: Bool)
    case scopeSpans(isLegacy: Bool)
    case spanList
  }

  private var levels: [Level] = []
  /// Whether the innermost object or array holds no member yet.
  private var isFirst = true

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

  var isInsideValue: Bool { !levels.isEmpty }

  /// Goes one step on; false when only white space is left.
  mutating func step(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    guard !resync.isActive else { return resync.step(&scanner) }
    guard let level = levels.last else { return try beginValue(&scanner, &recording) }
    // Within a record nothing legal looks like a further one at the start of a line.
    scanner.boundary = .telemetry
    defer { scanner.boundary = .none }
    switch level {
    case .request: try requestMember(&scanner, &parser, &recording)
    case .resourceSpansList:
      try element(&scanner, opening: .resourceSpans, recording)
    case .resourceSpans: try resourceMember(&scanner, &parser, &recording)
    case .scopeSpansList(let isLegacy):
      try element(&scanner, opening: .scopeSpans(isLegacy: isLegacy), recording)
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
    scanner.skipSpace()
    guard scanner.position < scanner.end else { return false }
    // A byte order mark is allowed in front of the first value.
    if values == 0 {
      try scanner.skipByteOrderMark()
      scanner.skipSpace()
      guard scanner.position < scanner.end else { return false }
    }
    takeBackFailedValue(&recording)
    valueStart = recording.spans.count
    values += 1
    scanner.sawNewline = false
    sawNewlineInValue = false
    guard scanner.accept(0x7B) else {
      throw JSONError(reason: .unexpected, position: scanner.position)
    }
    levels = [.request]
    isFirst = true
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
    levels = []
    isFirst = true
    // A line that was cut short shows only when the next one begins: look from before that.
    return JSONDamage(resume: wasInside ? stepStart : max(error.position, stepStart))
  }

  /// Whether the damaged value had an open resource whose rows still need their process.
  private var pendingResource = false

  private var hasOpenResource: Bool {
    levels.contains { if case .resourceSpans = $0 { true } else { false } }
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
    levels = []
    if let failed = failedValue, failed.isOnly { failedValue = nil }
    takeBackFailedValue(&recording)
    others.report(&recording)
    resync.stop()
  }

  // MARK: Members and elements

  /// Reads the comma or the closing bracket that comes next; true if the level was closed.
  private func closes(_ scanner: inout JSONScanner, _ bracket: UInt8) throws(JSONError) -> Bool {
    if isFirst { return scanner.accept(bracket) }
    return try !scanner.more(bracket)
  }

  private mutating func pop() {
    levels.removeLast()
    isFirst = false
  }

  private mutating func push(_ level: Level) {
    levels.append(level)
    isFirst = true
  }

  private mutating func requestMember(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try closes(&scanner, 0x7D) {
      pop()
      if levels.isEmpty { noteForeignValue(&recording) }
      return
    }
    let token = try scanner.key()
    switch parser.identify(token, scanner, of: OTLPKey.self) {
    case .resourceSpans:
      sawResourceSpans = true
      if try openList(&scanner, .resourceSpansList) { return }
    case .wrapper:
      scanner.skipSpace()
      if levels.count == 1, scanner.accept(0x7B) { return push(.request) }
      try scanner.skipValue()
    case .resourceMetrics: try passOver(.metrics, &scanner)
    case .resourceLogs: try passOver(.logs, &scanner)
    case .resourceProfiles: try passOver(.profiles, &scanner)
    default: try scanner.skipValue()
    }
    isFirst = false
  }

  private mutating func passOver(
    _ signal: OTLPOtherSignals.Signal, _ scanner: inout JSONScanner
  ) throws(JSONError) {
    let count = try scanner.countRecords()
    others.add(signal, groups: count.groups, records: count.records)
    sawForeignSignal = true
  }

  /// Opens an array, or reads a `null` in its place; true if the array was opened.
  private mutating func openList(_ scanner: inout JSONScanner, _ level: Level)
    throws(JSONError) -> Bool
  {
    if try scanner.acceptNull() { return false }
    try scanner.expect(0x5B)
    push(level)
    return true
  }

  private func noteForeignValue(_ recording: inout Recording) {
    guard !sawResourceSpans, !sawForeignSignal else { return }
    recording.reportFirstInput(
      "foreign-record", .warning, "a JSON object without resourceSpans: passed over")
  }

  /// The next element of an array of objects.
  private mutating func element(
    _ scanner: inout JSONScanner, opening level: Level, _ recording: Recording
  ) throws(JSONError) {
    if try closes(&scanner, 0x5D) { return pop() }
    if try scanner.acceptNull() {
      isFirst = false
      return
    }
    try scanner.expect(0x7B)
    push(level)
    switch level {
    case .resourceSpans:
      resourceStart = recording.spans.count
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
    endLegacyList(recording)
    if try closes(&scanner, 0x7D) {
      pop()
      closeResource(&recording)
      return
    }
    let token = try scanner.key()
    switch parser.identify(token, scanner, of: OTLPKey.self) {
    case .resource: resource = try parser.resource(&scanner, &recording.strings)
    case .scopeSpans: if try openList(&scanner, .scopeSpansList(isLegacy: false)) { return }
    case .librarySpans:
      if try openList(&scanner, .scopeSpansList(isLegacy: true)) {
        legacyStart = recording.spans.count
        inLegacyList = true
        return
      }
    default: try scanner.skipValue()
    }
    isFirst = false
  }

  private var inLegacyList = false

  private mutating func endLegacyList(_ recording: Recording) {
    guard inLegacyList else { return }
    inLegacyList = false
    legacyRows = legacyStart..<max(recording.spans.count, legacyStart)
  }

  /// Gives the rows of a resource their process. Where both lists are there the legacy one is a
  /// copy for old readers: scopeSpans wins, as in the Collector.
  private mutating func closeResource(_ recording: inout Recording) {
    endLegacyList(recording)
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
    if try closes(&scanner, 0x7D) { return pop() }
    let token = try scanner.key()
    if parser.identify(token, scanner, of: OTLPKey.self) == .spans {
      if try openList(&scanner, .spanList) { return }
    } else {
      try scanner.skipValue()
    }
    isFirst = false
  }

  private mutating func spanElement(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try closes(&scanner, 0x5D) { return pop() }
    if try scanner.acceptNull() {
      isFirst = false
      return
    }
    scanner.skipSpace()
    guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
    let row = SpanIndex(recording.spans.count)
    let record = try parser.span(&scanner, row: row, into: &recording)
    recording.append(record, process: .none)
    isFirst = false
  }
}
