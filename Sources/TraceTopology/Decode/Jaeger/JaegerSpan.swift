/// A Jaeger span while it is read.
struct JaegerSpan: Sendable {
  struct Reference: Sendable {
    var trace: TraceID?
    var span = SpanID.none
    var isFollowsFrom = false
  }

  var record = SpanRecord()
  var references: [Reference] = []
  var formerParent = SpanID.none
  var duration: Int64?
  var hasError = false
  var statusCode: SpanStatus?
  var processKey = StringID.empty
  var process: ProcessRecord?
  /// Whether it carries an id, and so is a span at all.
  var hasID = false

  /// Picks the parent among the references, and gives the others: a link may stand for a parent.
  mutating func resolve() -> [Reference] {
    let own = record.trace
    let isHere = { (reference: Reference) in
      (reference.trace ?? own) == own && !reference.span.isNone
    }
    let chosen =
      references.firstIndex { !$0.isFollowsFrom && isHere($0) }
      ?? references.firstIndex(where: isHere)
    guard let chosen else {
      record.parent = formerParent
      return references
    }
    record.parent = references[chosen].span
    record.followsParent = references[chosen].isFollowsFrom
    var rest = references
    rest.remove(at: chosen)
    return rest
  }

  mutating func close() {
    record.status = statusCode ?? (hasError ? .error : .unset)
    if let duration { record.end = record.start.shifted(by: duration) }
  }
}
