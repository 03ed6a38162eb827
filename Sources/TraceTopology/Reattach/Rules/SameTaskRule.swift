/// The innermost span that was open on the same task when the orphan began.
///
/// Evidence: both spans name one task; their times. It does not claim that the open span knew of the
/// orphan: a worker's own span may hold the items of many callers, which the statistics of the class
/// show.
struct SameTaskRule: EvidenceRule {
  let kind = EvidenceKind.sameTask

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    if !search.own.open.isNone {
      search.found(search.own.open, Signature(firstHop: .sameTask), step: -1, .sameTask)
    } else if !search.own.lastEnded.isNone {
      search.found(
        search.own.lastEnded, Signature(firstHop: .sameTask, ending: .lastEnded), step: -1,
        .sameTask)
    }
  }
}
