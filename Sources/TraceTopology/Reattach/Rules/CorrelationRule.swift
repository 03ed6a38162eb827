/// A span that carries the same value of an attribute which names a unit of work.
///
/// Evidence: the value, and that the span began before the orphan. It does not claim which of several
/// spans of one order the parent is: that is what the class shows.
struct CorrelationRule: EvidenceRule {
  let kind = EvidenceKind.correlation
  let needsTask = false

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    for fit in index.correlated.fits(of: search.question.span) {
      let signature = Signature(
        firstHop: .correlation, ending: fit.isOpen ? .open : .endedSince,
        rivals: UInt8(min(fit.rivals, 3)), isLater: !fit.isLast)
      search.found(fit.span, signature, step: -1, .correlation)
    }
  }
}
