/// What begins a new record at the start of a line, in the middle of a record that was cut short.
///
/// A line that lost its end would otherwise swallow the good one behind it wherever that one fits:
///
///     {"resourceSpans":[{"scopeSpans":[{"spans":[
///     {"resourceSpans":[ …
enum RecordBoundary: Sendable {
  /// White space is white space.
  case none
  /// An object with the outermost key of OTLP JSON. Pretty-printed text has objects at line starts too.
  case telemetry
  /// An object with the outermost key of a Jaeger answer.
  case answer
  /// That, or a Jaeger trace.
  case trace
  /// Any object: one record stands on one line.
  case object
}

extension JSONScanner {
  /// Whether a new record begins behind the line feed at the position. Where that cannot be told
  /// yet the position moves to the end, so that the caller finds its text incomplete.
  mutating func stopsAtRecord() -> Bool {
    guard holds(0x7B, at: position + 1) else { return false }
    if boundary == .object { return true }
    var ahead = self
    ahead.boundary = .none
    ahead.position += 2
    do throws(JSONError) {
      ahead.skipSpace()
      return try boundary == .telemetry ? ahead.beginsTelemetry() : ahead.beginsJaeger(boundary)
    } catch {
      guard error.reason == .incomplete else { return false }
      position = end
      return true
    }
  }

  /// Whether the key at the position is the outermost one of OTLP JSON.
  private mutating func beginsTelemetry() throws(JSONError) -> Bool {
    switch OTLPKey(try string(), self) {
    case .resourceSpans, .resourceMetrics, .resourceLogs, .resourceProfiles, .wrapper: true
    default: false
    }
  }

  /// Whether the keys at the position are those of an answer or a trace of Jaeger; spans begin with a
  /// trace id as well.
  private mutating func beginsJaeger(_ boundary: RecordBoundary) throws(JSONError) -> Bool {
    switch JaegerKey(try string(), self) {
    case .data: return true
    case .spans, .processes: return boundary == .trace
    case .trace where boundary == .trace: break
    default: return false
    }
    try expect(0x3A)
    try skipValue()
    try expect(0x2C)
    skipSpace()
    switch JaegerKey(try string(), self) {
    case .spans, .processes: return true
    default: return false
    }
  }
}
