extension Explanation {
  /// What decided, in sentences.
  var reason: String {
    switch verdict {
    case .recorded:
      return page.isTrial && best != nil
        ? "Its parent is recorded. \(trial)" : "Its parent is recorded."
    case .joined: return "\(threshold(isMet: true)) \(lead)\(cap)"
    case .belowThreshold: return "\(threshold(isMet: false)) \(shortfall)"
    case .ambiguous: return "\(threshold(isMet: false)) \(lead) \(shortfall)"
    case .presumedRoot:
      return "No span of this name has a recorded parent (\(page.ofName.roots) without), so it is "
        + "presumed to head its tree: a fresh context on purpose looks the same as a lost one."
    case .noCandidate:
      return "Its task is known, but no rule led to a span: nothing logged was open where its work "
        + "came from."
    case .outsideLogs:
      return hasSchedulerLog
        ? "Nothing says on which task it ran, so no chain of events can be followed."
        : "No scheduler log covers it, and order and names alone told nothing."
    case .contradiction:
      return page.closesRing
        ? "The best candidate hangs below the span itself: joining it would close a ring."
        : "What the log says of its ids contradicts itself."
    case .damaged: return "The record of the span is damaged: what it names is unknown."
    }
  }

  private func threshold(isMet: Bool) -> String {
    let stated = Self.decimal(confidence ?? 0)
    let minimum = Self.decimal(policy.minimumConfidence)
    return isMet
      ? "Its confidence of \(stated) reaches the threshold of \(minimum)."
      : "Its confidence of \(stated) is below the threshold of \(minimum)."
  }

  private var lead: String {
    guard let best else { return "" }
    guard page.options.contains(where: { $0.span != best.span }) else {
      return "There is no other candidate."
    }
    return "The best candidate is ahead of the next by \(Self.decimal(margin ?? 0))."
  }

  /// That the step to the parent is surer than what it leads to.
  private var cap: String {
    guard let best, let confidence, best.confidence > confidence else { return "" }
    return
      " The step to that placeholder has \(Self.decimal(best.confidence)), but the logged span above is "
      + "no surer than the place of the placeholder."
  }

  /// What took the confidence away.
  private var shortfall: String {
    guard let best, let round = page.rounds.first(where: { $0.isAdopted }) else { return "" }
    var parts = ["Among the candidates the best has \(Self.decimal(best.probability))"]
    if round.share < 0.95 {
      parts.append(
        "spans of its class without a parent lost one with \(Self.decimal(round.share))"
          + (page.ofClass.parents == 0 ? " (none of the class has a recorded parent)" : ""))
    }
    return parts.joined(separator: "; ") + "."
  }

  private var trial: String {
    guard let best else { return "" }
    let parent = topology.parent[subject.index]
    let isRight = best.span == parent
    return "Asked as if it were lost, the rules answer "
      + (isRight ? "the same" : "another span") + " with a confidence of "
      + Self.decimal(best.confidence) + "."
  }
}
