/// The call that a served span answers, in another process: where the header that names it was lost.
///
/// Evidence: the same message id, the same two ports of a connection, or the same request (method and
/// path, service and procedure), with the call open when the served span began and not served by
/// another one. It does not claim which of several calls it was that fit alike.
struct PeerRule: EvidenceRule {
  let kind = EvidenceKind.peer
  let needsTask = false

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let fits = index.peers.calls(of: search.question.span)
    let rivals = UInt8(min(max(fits.count - 1, 0), 3))
    search.expect(min(fits.count, EvidenceSearch.stepLimit))
    var last = SpanIndex.none
    for fit in fits.prefix(EvidenceSearch.stepLimit) where fit.span != last {
      last = fit.span
      let signature = Signature(
        firstHop: .init(fit.key), ending: fit.isContained ? .open : .endedSince, rivals: rivals)
      search.foundFirst(fit.span, signature, .peer)
    }
  }
}
