/// Finds the spans that links name.
enum LinkTargets {
  /// For each row of the link table the row of its span; `none` if no log of the run holds it.
  static func resolve(_ recording: Recording, _ forest: SpanForest, order: SpanOrder) -> [SpanIndex]
  {
    let links = recording.links
    guard links.count > 0 else { return [] }
    var ids = KeyNumbers()
    let number = links.target.map { ids.number(of: $0.value).number }
    let wanted = RowLists(owners: ids.keys.count, rows: links.count) { number[$0] }
    var found = Array(repeating: SpanIndex.none, count: links.count)
    for span in 0..<recording.spans.count where !forest.isAbsorbed[span] {
      guard let id = ids.find(recording.spans.spanID[span].value) else { continue }
      let trace = recording.traces[recording.spans.trace[span]]
      for row in wanted[id].lazy.map({ Int($0) }) where links.trace[row].isForm(of: trace) {
        // Of several spans with one id the first in order, whatever was read first.
        if found[row].isNone || order.isOrderedBefore(span, found[row].index) {
          found[row] = SpanIndex(span)
        }
      }
    }
    return found
  }
}
