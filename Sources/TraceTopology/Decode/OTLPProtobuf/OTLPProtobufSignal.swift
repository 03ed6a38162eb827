/// Tells records of logs and metrics from spans. The messages around them have the same shape, so only
/// the types of a record's own fields tell.
///
/// Format: opentelemetry-proto 1.x, `LogRecord`, `Metric`, `Span`:
///
///     field   Span            LogRecord        Metric
///     1       trace id        time (fixed64)   name
///     2       span id         severity number  description
///     5       name            body             gauge
///     7       start (fixed64) dropped (number) sum
///     8       end (fixed64)   flags (fixed32)  —
///     9…11    attributes …    trace id …       histograms, summary
enum OTLPProtobufSignal {
  /// Whether the record begins like a span: ids of the right lengths.
  static func looksLikeSpan(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let at = range.lowerBound
    return range.count >= 28 && bytes[at] == 0x0A && bytes[at + 1] == 16 && bytes[at + 18] == 0x12
      && bytes[at + 19] == 8
  }

  /// The signal of a record; nil if it may be a span or cannot be told.
  static func other(_ bytes: Span<UInt8>, _ range: Range<Int>) -> OTLPOtherSignals.Signal? {
    var isLog = false
    var isSpan = false
    var hasName = false
    var isMetric = false
    var mayBeHistogram = false
    do throws(ProtobufField.Fault) {
      try ProtobufField.each(in: range, of: bytes) { field in
        switch (field.number, field.content) {
        case (1, .fixed64), (2, .varint), (11, .fixed64), (8, .fixed32): isLog = true
        case (1, .bytes): hasName = true
        case (6, .varint), (7, .fixed64), (8, .fixed64): isSpan = true
        case (7, .bytes): isMetric = true
        // A list of points; a span's name does not begin with a line feed.
        case (5, .bytes(let content)):
          if !content.isEmpty, bytes[content.lowerBound] == 0x0A {
            isMetric = true
          } else {
            isSpan = true
          }
        case (9, .bytes), (10, .bytes), (11, .bytes): mayBeHistogram = true
        default: break
        }
      }
    } catch {
      return nil
    }
    if isLog { return .logs }
    return hasName && !isSpan && (isMetric || mayBeHistogram) ? .metrics : nil
  }
}
