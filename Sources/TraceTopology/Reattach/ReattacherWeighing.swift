/// Weighing the candidates of spans that name no parent.
extension Reattacher {
  /// One question: a span that names no parent, or a parent that nobody logged.
  struct OpenQuestion {
    var time: Int64
    var trace: TraceID
    var span: SpanID
    var node: SpanIndex
  }

  /// Weighs every question in the order of time: what is found for earlier spans helps later ones.
  mutating func weigh(_ structure: TraceStructure?, _ threads: Threads) async {
    presume()
    let traces = TraceHeads(recording, forest)
    let questions = openQuestions()
    var answers = structure.map { TraceAnswers($0) }
    await answers?.prepare(
      questions.compactMap { numberAskedOfTrace($0, traces) }, of: forest.missing, threads)
    let outlook = threads.count > 1 ? Outlook(self) : nil
    var turns = questions.prefix(Self.turnsAtOnce)
    var found = await outlook?.look(at: turns, threads)
    while !turns.isEmpty {
      let next = questions[turns.endIndex...].prefix(Self.turnsAtOnce)
      async let foundNext = outlook?.look(at: next, threads)
      for place in turns.indices {
        let row = questions[place].node.index
        if row < recording.spans.count {
          weighParentless(questions[place].node, found?.take(place - turns.startIndex))
        } else {
          weighPlaceholder(row - recording.spans.count, &answers, traces)
        }
      }
      turns = next
      found = await foundNext
    }
  }

  /// Questions whose chains are looked for ahead of their turns, all at once: what is found takes memory
  /// until then.
  private static let turnsAtOnce = 4096

  /// The number of a lost parent that is looked for within its trace, as far as that is known before it
  /// is its turn; nil for other questions.
  private func numberAskedOfTrace(_ question: OpenQuestion, _ traces: TraceHeads) -> Int? {
    let number = question.node.index - recording.spans.count
    guard number >= 0, hosts[number] == nil, result.placeholders[number].start.isKnown,
      seat(number, traces).mayBeWithinTrace, callOver(forest.missing[number]) == nil
    else { return nil }
    return number
  }

  private mutating func openQuestions() -> [OpenQuestion] {
    var questions: [OpenQuestion] = []
    let ask = { (node: SpanIndex, time: Int64, nodes: NodeFacts) in
      OpenQuestion(
        time: time, trace: nodes.traceID(node), span: nodes.spanID[node.index], node: node)
    }
    for row in 0..<recording.spans.count where !forest.isAbsorbed[row] && forest.parent[row].isNone
    {
      let span = SpanIndex(row)
      switch forest.cause[row] {
      case .none: questions.append(ask(span, recording.spans.start[row].nanoseconds, nodes))
      case .missingParent: continue
      case .contextLost, .damagedInput, .cycle, .duplicateID: result.kind[row] = .orphan
      }
    }
    for number in 0..<forest.missing.count {
      let node = SpanIndex(recording.spans.count + number)
      let start = result.placeholders[number].start.nanoseconds
      questions.append(ask(node, min(hosts[number]?.latestStart ?? start, start), nodes))
    }
    TimeSort.sort(&questions, time: { $0.time }) { ($0.trace, $0.span) < ($1.trace, $1.span) }
    return questions
  }

  /// How likely a parentless span of this class lost its context, rather than heading a tree.
  func lossShare(_ row: Int) -> Double {
    let spans = recording.spans
    let takesCalls = spans.kind(row) == .server || spans.kind(row) == .consumer
    return share(spanClass(row), takesCalls: takesCalls)
  }

  /// Looks at the evidence for classes that never have a recorded parent, if they may be joined.
  mutating func surveyUnattested() {
    guard policy.joinUnattested else { return }
    for row in 0..<recording.spans.count where isUnattested(row) {
      let span = SpanIndex(row)
      unattestedSpans.insert(span)
      let kind = spanClass(row)
      let count = statistics.rootCount(kind)
      guard recording.spans.spanID[row].isSampled(UnattestedClasses.sampleSize, of: count),
        let search = search(span)
      else { continue }
      let best = weigher.weigh(
        search.hits, of: span, name: kind.name, end: recording.spans.end[row], ranks: 1,
        allowed: { $0 != span }
      ).first
      let isStrong = (best?.probability ?? 0) >= Self.decisive
      unattested.add(
        kind, candidate: isStrong ? best.map { nodes.name[$0.hit.span.index] } : nil)
    }
  }

  private func isUnattested(_ row: Int) -> Bool {
    !forest.isAbsorbed[row] && forest.parent[row].isNone && forest.cause[row] == .none
      && statistics.parentCount(recording.spans.name[row]) == 0
  }

  func share(_ kind: SpanClass, takesCalls: Bool = false) -> Double {
    let inClass = statistics.parentCount(kind)
    if inClass > 0 { return min(0.97, 0.9 + 0.01 * Double(inClass)) }
    // In other runs, where their like have kept what they had, such spans head their trees.
    if statistics.isTaughtRoot(kind) { return takesCalls ? 0.1 : 0.2 }
    if statistics.parentCount(kind.name) > 0 { return takesCalls ? 0.35 : 0.55 }
    if policy.joinUnattested { return unattested.share(kind) * (takesCalls ? 0.5 : 1) }
    // A class that never has a recorded parent is presumed to head trees.
    return takesCalls ? 0.2 : 0.45
  }

  /// Says of all spans that name no parent what they are as long as no evidence says otherwise.
  private mutating func presume() {
    for (span, like) in presumption.heads {
      let isOrphan = presumption.record(like: like).isOrphan
      result.kind[span.index] = isOrphan ? .orphan : .root
      result.cause[span.index] = isOrphan ? .contextLost : .none
    }
  }

  /// Candidates that an answer names: the best one alone where no output lists them.
  private var shownCandidates: Int { policy.listsSpans ? 3 : 1 }

  /// `ahead` is what was found without the parents that were inferred since, where somebody looked.
  private mutating func weighParentless(_ span: SpanIndex, _ ahead: Outlook.Sight?) {
    let row = span.index
    guard var search = ahead?.search ?? searchBelow(span) else { return }
    let below = search.hits.count
    finish(&search, span)
    noteTask(span)
    let known = search.hits.count == below ? ahead?.weighed : nil
    let weighed = known ?? weigh(search, span)
    guard let best = weighed.first else { return }
    let share = max(lossShare(row), best.hit.signature.isProof ? 0.97 : 0)
    noteChains(span, share, weighed, search)
    noteDoubt(span, best, share)
    guard isOfUse(best, span) else { return }
    propose(span, best, share, weighed, evidence: search.chain(best.hit))
  }

  /// What was found for a span that names no parent, as far as somebody looks at it.
  func weigh(_ search: EvidenceSearch, _ span: SpanIndex) -> [Weigher.Weighed] {
    weigher.weigh(
      search.hits, of: span, name: recording.spans.name[span.index],
      end: recording.spans.end[span.index],
      ranks: isWatched(span) ? .max : shownCandidates
    ) { $0 != span }
  }

  /// Whether anything follows from an answer: one that is less likely than not decides nothing, and is
  /// seen only where spans are listed.
  private func isOfUse(_ best: Weigher.Weighed, _ span: SpanIndex) -> Bool {
    policy.listsSpans || best.probability >= Self.leastTelling
      || policy.minimumConfidence < Self.decisive || policy.joinUnattested || isWatched(span)
  }

  mutating func propose(
    _ node: SpanIndex, _ best: Weigher.Weighed, _ share: Double, _ weighed: [Weigher.Weighed],
    evidence: [Evidence]
  ) {
    let confidence = rounded(best.probability * share)
    let candidates = weighed.prefix(shownCandidates).map {
      Candidate(span: $0.hit.span, confidence: rounded($0.probability * share))
    }.filter { $0.confidence >= 0.01 }
    result.reattachments[node] = Reattachment(
      rule: best.hit.kind, confidence: confidence, evidence: evidence, candidates: candidates)
    if confidence >= Self.leastTelling {
      ancestry.infer(node, parent: best.hit.span, confidence: confidence)
    }
  }

  /// An answer that is less likely than this says nothing about what stands above other spans.
  private static let leastTelling = 0.5

  /// Three digits are what the evidence can carry; it never amounts to certainty.
  func rounded(_ value: Double) -> Double { min((value * 1000).rounded() / 1000, 0.999) }
}
