/// Finds the spans that links name.
enum LinkTargets {
  /// For each row of the link table the row of its span; `none` if no log of the run holds it.
  static func resolve(_ recording: Recording, _ forest: SpanForest, order: SpanOrder) -> [SpanIndex]
  {
    let links = recording.links
    guard links.count > 0 else { return [] }
    var wanted: [SpanID: [Int]] = [:]
    for row in 0..<links.count { wanted[links.target[row], default: []].append(row) }
    var found = Array(repeating: SpanIndex.none, count: links.count)
    for span in 0..<recording.spans.count where !forest.isAbsorbed[span] {
      guard let rows = wanted[recording.spans.spanID[span]] else { continue }
      let trace = recording.traces[recording.spans.trace[span]]
      for row in rows where links.trace[row].isForm(of: trace) {
        // Of several spans with one id the first in order, whatever was read first.
        if found[row].isNone || order.isOrderedBefore(span, found[row].index) {
          found[row] = SpanIndex(span)
        }
      }
    }
    return found
  }
}
