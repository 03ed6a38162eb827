/// Reads Jaeger's JSON: answers of its query service and what its UI saves, single traces, lists of
/// spans, its domain and Thrift models, documents of its Elasticsearch storage.
///
/// Format: Jaeger 1.x and 2.x, `/api/traces` and `model/json`; the fixtures of jaeger and jaeger-ui.
typealias JaegerDecoder = JSONSpanDecoder<JaegerWalk>

/// The outer structure of Jaeger's JSON. It commits after each member, each bracket and each span.
///
///     answer {  data [  trace {  spans [ span ],  processes { … }
///
/// Processes have names that hold for one trace and may stand behind the spans: rows get theirs when
/// their trace ends.
///
/// **What damage costs.** What is left of the value; the spans before the damage are kept, and reading
/// goes on at the next line or, in a value of many lines, at the next line that begins a value.
struct JaegerWalk: JSONSpanWalk {
  static let title = "Jaeger JSON"

  private enum Level: Sendable {
    case answer
    case traceList
    case trace
    case spanList
  }

  private enum Shape: Sendable {
    case answer
    case trace
    case span
    case document
    case foreign
  }

  private var nesting = JSONNesting<Level>()
  private var isAtStart = true
  private var resync = JSONResync()
  private var sawNewlineInValue = false
  /// Where the value in progress began, in the block of that time.
  private var valueStart = 0
  private var trace = JaegerTrace()

  var isInsideValue: Bool { !nesting.isEmpty }

  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix, inArrays: 1) { key, scanner in
      switch JaegerKey(key, scanner) {
      case .trace: scanner.matches(key, "traceID")
      case .data, .source:
        scanner.holdsObject(["traceID"]) || scanner.holdsObject(["spans"])
          || scanner.holdsEmptyArray
      case .spans:
        scanner.holdsObject(["operationName"])
      case .name: true
      default: false
      }
    }
  }

  mutating func step(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    // Positions are those of one block: a value that began in the block before began nowhere here.
    valueStart = -1
    guard !resync.isActive else { return resync.step(&scanner) }
    guard let level = nesting.innermost else {
      return try beginValue(&scanner, &parser, &recording)
    }
    // Nothing legal within these looks like a further record at the start of a line.
    scanner.boundary = level == .traceList ? (nesting.depth > 1 ? .answer : .none) : .trace
    defer { scanner.boundary = .none }
    switch level {
    case .answer: try answerMember(&scanner, &parser, &recording)
    case .traceList: try traceElement(&scanner, &parser, &recording)
    case .trace: try traceMember(&scanner, &parser, &recording)
    case .spanList: try spanElement(&scanner, &parser, &recording)
    }
    if scanner.sawNewline { sawNewlineInValue = true }
    return true
  }

  private mutating func beginValue(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool {
    guard try scanner.findValue(isFirst: isAtStart) else { return false }
    valueStart = scanner.position
    scanner.sawNewline = false
    sawNewlineInValue = false
    if scanner.accept(0x5B) {
      nesting.open(.traceList)
    } else {
      try object(&scanner, &parser, &recording)
    }
    isAtStart = false
    return true
  }

  // MARK: Shapes

  /// Reads an object, or the head of one that is entered.
  private mutating func object(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    scanner.skipSpace()
    guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
    switch try shape(scanner, &parser) {
    case .answer:
      scanner.position += 1
      nesting.open(.answer)
    case .trace:
      scanner.position += 1
      nesting.open(.trace)
      trace = JaegerTrace(firstRow: recording.spans.count)
    case .span: try loneSpan(&scanner, &parser, &recording)
    case .document:
      try parser.object(&scanner, of: JaegerKey.self, what: "document") {
        parser, scanner, key throws(JSONError) in
        guard key == .source, !(try scanner.acceptNull()) else { return try scanner.skipValue() }
        try loneSpan(&scanner, &parser, &recording)
      }
    case .foreign:
      let start = scanner.position
      try scanner.skipValue()
      parser.note("foreign-record", at: start, "a JSON object that is no trace: passed over")
    }
  }

  /// Tells what the object at the position is by the first member that only one kind has.
  private func shape(_ start: JSONScanner, _ parser: inout JSONSpanParser)
    throws(JSONError) -> Shape
  {
    var scanner = start
    scanner.position += 1
    if scanner.accept(0x7D) { return .foreign }
    var hasTrace = false
    repeat {
      let token = try scanner.key()
      switch parser.identify(token, scanner, of: JaegerKey.self) {
      case .data: return .answer
      case .spans, .processes: return .trace
      case .span, .name, .references, .start, .duration: return .span
      case .source: return .document
      case .trace: hasTrace = true
      default: break
      }
      try scanner.skipValue()
    } while try scanner.more(0x7D)
    return hasTrace ? .trace : .foreign
  }

  /// A span that stands outside of a trace, its process within it.
  private func loneSpan(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    let row = SpanIndex(recording.spans.count)
    scanner.skipSpace()
    guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
    guard let span = try parser.jaegerSpan(&scanner, row: row, trace: .zero, into: &recording)
    else { return dropped(row, &scanner, &parser, &recording) }
    let process = recording.processes.intern(
      span.process ?? ProcessRecord(), input: InputIndex(0))
    recording.append(span.record, process: process)
  }

  private func dropped(
    _ row: SpanIndex, _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser,
    _ recording: inout Recording
  ) {
    recording.attributes.truncate(toSpan: row.index)
    recording.links.truncate(toSpan: row.index)
    parser.dropOddities()
    parser.note(
      "foreign-record", at: scanner.position, "a JSON object that is no span: passed over")
  }

  // MARK: Members and elements

  private mutating func answerMember(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x7D) { return }
    let token = try scanner.key()
    scanner.skipSpace()
    if parser.identify(token, scanner, of: JaegerKey.self) == .data {
      if scanner.accept(0x5B) { return nesting.open(.traceList) }
      if scanner.current == 0x7B {
        let depth = nesting.depth
        try object(&scanner, &parser, &recording)
        if nesting.depth == depth { nesting.passed() }
        return
      }
    }
    try scanner.skipValue()
    nesting.passed()
  }

  private mutating func traceElement(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x5D) { return }
    if !(try scanner.acceptNull()) {
      let depth = nesting.depth
      try object(&scanner, &parser, &recording)
      if nesting.depth > depth { return }
    }
    nesting.passed()
  }

  private mutating func traceMember(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x7D) {
      trace.close(&recording)
      return
    }
    let token = try scanner.key()
    switch parser.identify(token, scanner, of: JaegerKey.self) {
    case .trace: trace.id = try parser.paddedTraceID(&scanner)
    case .spans: if try nesting.openList(&scanner, .spanList) { return }
    case .process: trace.process = try parser.jaegerProcess(&scanner, &recording.strings)
    case .processes: try processes(&scanner, &parser, &recording)
    default: try scanner.skipValue()
    }
    nesting.passed()
  }

  private mutating func processes(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    var found: [StringID: ProcessRecord] = [:]
    try parser.entries(&scanner) { parser, scanner, token throws(JSONError) in
      let key = parser.intern(token, scanner, &recording.strings)
      found[key] = try parser.jaegerProcess(&scanner, &recording.strings)
    }
    trace.processes.merge(found) { $1 }
  }

  private mutating func spanElement(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) {
    if try nesting.closes(&scanner, 0x5D) { return }
    if !(try scanner.acceptNull()) {
      guard scanner.current == 0x7B else { throw scanner.failure(.unexpected) }
      let row = SpanIndex(recording.spans.count)
      if let span = try parser.jaegerSpan(&scanner, row: row, trace: trace.id, into: &recording) {
        recording.append(span.record, process: .none)
        trace.took(span)
      } else {
        dropped(row, &scanner, &parser, &recording)
      }
    }
    nesting.passed()
  }

  // MARK: Damage

  mutating func fail(
    _ error: JSONError, stepStart: Int, crossedLine: Bool, _ recording: inout Recording
  ) -> JSONDamage {
    isAtStart = false
    let wasInside = isInsideValue
    resync.begin(wasInside && (sawNewlineInValue || crossedLine) ? .toValueLine : .line)
    closeAll(&recording)
    // A line that was cut short shows only when the next one begins: look from before that.
    return JSONDamage(resume: wasInside ? stepStart : max(valueStart, stepStart))
  }

  mutating func resumeAtEnd(stepStart: Int, _ recording: inout Recording) -> Int? {
    closeAll(&recording)
    resync.begin(.toValueLine)
    return stepStart
  }

  mutating func settleAtEnd(_ recording: inout Recording) {
    closeAll(&recording)
    resync.stop()
  }

  private mutating func closeAll(_ recording: inout Recording) {
    if nesting.levels.contains(.trace) { trace.close(&recording) }
    nesting.clear()
  }
}
