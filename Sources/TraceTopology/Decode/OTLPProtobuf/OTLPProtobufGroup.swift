/// One `ResourceSpans` message in progress: its rows, its process, and whether it holds spans at all.
///
/// Messages of metrics and logs have the same outer shape and no mark of their kind: a group of whose
/// records none has the ids of a span is no group of spans.
struct OTLPProtobufGroup: Sendable {
  var resource = ResourceAttributes()
  var hasScopeSpans = false
  private let place: UInt64
  private let firstRow: Int
  /// Rows of the deprecated list of instrumentation libraries.
  private var legacyRows: [Range<Int>] = []
  private var legacyStart: Int?
  private var plausible = 0
  /// Records of another signal, and of which.
  private var others = 0
  private var signal: OTLPOtherSignals.Signal?
  /// What was odd about records while none of them looked like a span.
  private var doubts: [OTLPProtobufSpans.Oddity] = []
  private var furtherDoubts = 0
  private static let doubtLimit = 64

  init(place: UInt64 = 0, firstRow: Int = 0) {
    self.place = place
    self.firstRow = firstRow
  }

  mutating func beginLegacy(_ recording: Recording) { legacyStart = recording.spans.count }

  mutating func endLegacy(_ recording: Recording) {
    guard let start = legacyStart else { return }
    legacyStart = nil
    legacyRows.append(start..<max(start, recording.spans.count))
  }

  /// Whether a record is one of logs or metrics, which is counted and not read.
  mutating func passesOver(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    // A metric's name and description may happen to be as long as ids.
    if signal == nil, OTLPProtobufSignal.looksLikeSpan(bytes, range) { return false }
    guard let found = OTLPProtobufSignal.other(bytes, range) else { return false }
    signal = found
    others += 1
    return true
  }

  /// Counts a span that was read if it is like those before, with nothing to be said about it.
  @inline(__always)
  mutating func tookUsual(isPlausible: Bool, hasOddities: Bool) -> Bool {
    guard plausible > 0, isPlausible, !hasOddities else { return false }
    plausible += 1
    return true
  }

  /// Counts a span that was read.
  mutating func took(
    _ oddities: [OTLPProtobufSpans.Oddity], isPlausible: Bool, _ recording: inout Recording
  ) {
    if isPlausible {
      if plausible == 0 { reportDoubts(&recording) }
      plausible += 1
    }
    for oddity in oddities {
      if plausible > 0 {
        Self.report(oddity, &recording)
      } else if doubts.count < Self.doubtLimit {
        doubts.append(oddity)
      } else {
        furtherDoubts += 1
      }
    }
  }

  private static func report(_ oddity: OTLPProtobufSpans.Oddity, _ recording: inout Recording) {
    recording.reportFirstInput(oddity.code, .ofField(oddity.code), at: oddity.place, oddity.message)
  }

  private mutating func reportDoubts(_ recording: inout Recording) {
    for doubt in doubts { Self.report(doubt, &recording) }
    if furtherDoubts > 0 {
      recording.reportFirstInput(
        "bad-id", .error, count: furtherDoubts, "\(furtherDoubts) further odd fields")
    }
    doubts = []
    furtherDoubts = 0
  }

  /// Gives the rows their process, or takes them back. Where both lists are there the legacy one is a
  /// copy for old readers: scopeSpans win, as in the Collector.
  mutating func close(_ signals: inout OTLPOtherSignals, _ recording: inout Recording) {
    if hasScopeSpans {
      for rows in legacyRows.reversed() where !rows.isEmpty {
        recording.attributes.removeSpans(rows)
        recording.links.removeSpans(rows)
        recording.spans.removeRows(rows)
      }
    }
    let count = recording.spans.count - firstRow
    if let signal { signals.add(signal, groups: 1, records: others + (plausible > 0 ? 0 : count)) }
    guard count > 0 else { return }
    guard plausible > 0 else {
      recording.attributes.truncate(toSpan: firstRow)
      recording.links.truncate(toSpan: firstRow)
      recording.spans.truncate(to: firstRow)
      guard signal == nil else { return }
      recording.reportFirstInput(
        "foreign-record", .warning, at: place, "\(count) records that are no spans: passed over")
      return
    }
    let process = recording.processes.intern(resource.process, input: InputIndex(0))
    recording.spans.assign(process, from: firstRow)
  }
}
