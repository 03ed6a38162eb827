/// How many children spans say that they started and the log does not hold.
///
/// Source: `ChildSpanCount` of Go's `stdouttrace`: how many spans its SDK started under a span in the
/// same process. Children that run elsewhere are not counted, and neither are spans that lost their
/// context: what a span owes was lost from the log.
struct ChildDebts: Sendable {
  private var owed: [SpanIndex: Int] = [:]
  /// The spans that owe something, by trace.
  private var debtors: [TraceIndex: [SpanIndex]] = [:]

  init() {}

  init(_ recording: Recording, _ forest: SpanForest) {
    guard let key = recording.strings.find(EvidenceAttributeKeys.childSpanCount) else { return }
    let table = recording.attributes
    for place in 0..<table.count where table.key[place] == key {
      let span = table.span[place]
      guard case .integer(let count) = table.value[place], !forest.isAbsorbed[span.index] else {
        continue
      }
      owed[span] = Int(clamping: count)
    }
    let spans = recording.spans
    for row in 0..<spans.count {
      let parent = forest.parent[row]
      guard !parent.isNone, spans.parentLocality(row) != .remote,
        spans.process[row] == spans.process[parent.index], let count = owed[parent]
      else { continue }
      owed[parent] = count.subtractingReportingOverflow(1).partialValue
    }
    for (span, count) in owed where count > 0 {
      debtors[spans.trace[span.index], default: []].append(span)
    }
  }

  var isEmpty: Bool { owed.isEmpty }

  /// What a span owes; nil if it does not say how many children it had.
  func owed(by span: SpanIndex) -> Int? { owed[span] }

  /// The spans of a trace that owe children, in no order.
  func debtors(in trace: TraceIndex) -> [SpanIndex] {
    (debtors[trace] ?? []).filter { (owed[$0] ?? 0) > 0 }
  }

  /// Notes that one of the children that a span owes is found.
  mutating func settle(_ span: SpanIndex) {
    if let count = owed[span] { owed[span] = max(count - 1, 0) }
  }
}
