/// The span that a link names: consumers of messages often link to what they took, and batches to
/// what they hold.
///
/// Evidence: the recorded link. Whether links name parents in a class of spans is learned.
struct LinkRule: EvidenceRule {
  let kind = EvidenceKind.link
  let needsTask = false

  private static let limit = 16

  func begin(_ search: inout EvidenceSearch, _ index: EvidenceIndex) {
    let targets = index.linkTargets(of: search.question.span)
    let rivals = UInt8(min(max(targets.count - 1, 0), 3))
    for (place, target) in targets.prefix(Self.limit).enumerated() {
      search.found(
        target, Signature(firstHop: .link, rivals: rivals, isLater: place > 0), step: -1, .link)
    }
  }
}
