/// An ancestor that the span itself names, beside its parent.
///
/// Evidence: Datadog's `_dd.parent_id` or trace state, a list of ancestors. Where only the last span
/// of one vendor is named, another one may stand in between.
struct PayloadRule: EvidenceRule {
  let kind = EvidenceKind.payload
  let needsTask = false

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    guard let stated = index.stated.ancestor(of: search.question.span) else { return }
    search.found(
      stated.span,
      Signature(firstHop: .payload, ending: stated.isWholeWay ? .open : .endedSince), step: -1,
      .payload)
  }
}
