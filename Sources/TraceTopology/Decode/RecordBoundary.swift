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
  /// Any object: one record stands on one line.
  case object
}

extension JSONScanner {
  /// Whether a new record begins behind the line feed at the position. Where that cannot be told
  /// yet the position moves to the end, so that the caller finds its text incomplete.
  mutating func stopsAtRecord() -> Bool {
    guard holds(0x7B, at: position + 1) else { return false }
    guard boundary == .telemetry else { return true }
    var ahead = self
    ahead.boundary = .none
    ahead.position += 2
    do throws(JSONError) {
      ahead.skipSpace()
      let key = try ahead.string()
      switch OTLPKey(key, ahead) {
      case .resourceSpans, .resourceMetrics, .resourceLogs, .resourceProfiles: return true
      default: return false
      }
    } catch {
      guard error.reason == .incomplete else { return false }
      position = end
      return true
    }
  }
}
