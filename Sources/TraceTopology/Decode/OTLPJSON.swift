/// Reads OTLP JSON: any number of `TracesData` / `ExportTraceServiceRequest` objects one after
/// another, on one line each or pretty-printed, of any size.
///
/// The outer structure is walked by an explicit state machine that commits after each member, each
/// array bracket and each span, so memory follows the largest span, not the largest line.
///
///     request {  resourceSpans [  ResourceSpans {  resource, scopeSpans [  ScopeSpans {  spans [ span
///
/// **What damage costs.** A record is a line: if a line is no JSON, none of its spans are kept and
/// reading goes on at the next line. A value that spreads over many lines, a file of a single value,
/// and a value that is cut off at the end of the input keep the spans before the damage.
struct OTLPJSONDecoder: RecordDecoder {
  private let path: String
  private var parser: OTLPSpanParser
  private var pending = PendingBytes()
  private var walk = OTLPWalk()

  init(setting: DecodeSetting) {
    path = setting.path
    parser = OTLPSpanParser(keeping: EvidenceAttributeKeys.all + setting.attributes)
  }

  /// An object in the prefix has a `resourceSpans` member, or that of another signal.
  static func probe(_ prefix: Span<UInt8>) -> Bool {
    JSONProbe.firstObjects(prefix) { key, scanner in
      switch OTLPKey(key, scanner) {
      case .resourceSpans, .resourceMetrics, .resourceLogs, .resourceProfiles: true
      default: false
      }
    }
  }

  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording) {
    guard pending.join(&block) else { return }
    let used = run(block, &recording)
    pending.keep(block, from: used)
  }

  mutating func finish(isCut: Bool, into recording: inout Recording) {
    endStretch(isCut: isCut, &recording)
  }

  static var resumesAfterGap: Bool { true }

  mutating func gap(into recording: inout Recording) {
    endStretch(isCut: true, &recording)
    walk = OTLPWalk()
  }

  /// Uses up what is pending, and settles a value that is open then.
  private mutating func endStretch(isCut: Bool, _ recording: inout Recording) {
    let block = pending.last()
    let used = run(block, &recording)
    let isOpen = walk.isInsideValue || used < block.end
    let end = pending.place(block.end, in: block)
    if isOpen {
      report(
        "truncated-input", .error, end,
        "the input ends inside a JSON value; the spans before that are kept", &recording)
    }
    walk.settleAtEnd(&recording)
    pending.skip(block.count)
    guard !recording.inputs.isEmpty else { return }
    if isOpen || isCut { recording.inputs[0].complete = false }
    recording.inputs[0].records = recording.spans.count
  }

  /// Walks on through a block; gives the position up to which it was used.
  private mutating func run(_ block: ByteBlock, _ recording: inout Recording) -> Int {
    block.withScanner { scanner in
      while true {
        let mark = scanner.position
        do throws(JSONError) {
          guard try walk.step(&scanner, &parser, &recording) else { return scanner.position }
          reportOddities(block, &recording)
        } catch {
          parser.dropOddities()
          recording.attributes.truncate(toSpan: recording.spans.count)
          recording.links.truncate(toSpan: recording.spans.count)
          guard error.reason != .incomplete else { return mark }
          reportDamage(error, block, &recording)
          scanner.position = walk.fail(
            at: error.position, stepStart: mark, crossedLine: scanner.sawNewline)
        }
      }
    }
  }

  private mutating func reportOddities(_ block: ByteBlock, _ recording: inout Recording) {
    guard !parser.oddities.isEmpty else { return }
    for oddity in parser.takeOddities() {
      report(
        oddity.code, oddity.severity, pending.place(oddity.position, in: block), oddity.message,
        &recording)
    }
  }

  private func reportDamage(
    _ error: JSONError, _ block: ByteBlock, _ recording: inout Recording
  ) {
    report(
      "malformed-record", .error, pending.place(error.position, in: block),
      "not OTLP JSON: \(error.reason.rawValue)", &recording)
    if !recording.inputs.isEmpty { recording.inputs[0].complete = false }
  }

  private func report(
    _ code: String, _ severity: Severity, _ offset: UInt64, _ message: String,
    _ recording: inout Recording
  ) {
    recording.diagnostics.report(code, severity, input: path, offset: offset, message)
  }
}
