/// Answers that tell about each other: the best chains of spans of one name that have one shape.
struct ChainShape: Hashable, Sendable {
  var name: StringID
  var signature: UInt32

  init(_ name: StringID, _ hit: EvidenceSearch.Hit) {
    self.name = name
    signature = hit.signature.code
  }
}

/// An answer by a chain that is not sure enough to settle its question.
struct DoubtfulAnswer: Sendable {
  var span: SpanIndex
  var shape: ChainShape
  /// How likely the best candidate is, and how likely a span of its class has lost a parent.
  var probability: Double
  var share: Double
}

/// Trying doubtful answers on spans whose parents are recorded.
///
/// Candidates are weighed as if each chain spoke for itself. Where two of them go together in a program,
/// such as a hand-off that woke a task and an older one whose turn it is, the best of them is surer than
/// that, or less sure: what such answers are worth is told by the examples, asked as orphans are.
extension Reattacher {
  /// Keeps an answer that may be surer than it seems.
  mutating func noteDoubt(_ span: SpanIndex, _ best: Weigher.Weighed, _ share: Double) {
    let raw = rounded(best.probability * share)
    let name = recording.spans.name[span.index]
    // Where the parent itself is lost, a chain leads past it: to a span that mostly has another name.
    guard best.probability >= Self.leastDoubtful,
      statistics.pairCount(name, parentName: nodes.name[best.hit.span.index]) > 0,
      calibrated(raw, node: span, rule: best.hit.kind) < Self.decisive
    else { return }
    doubtful.append(
      DoubtfulAnswer(
        span: span, shape: ChainShape(name, best.hit),
        probability: best.probability, share: share))
  }

  /// What is less likely among its candidates than this is no answer.
  private static let leastDoubtful = 0.5
  /// Of names with more recorded parents than these every other example is tried.
  private static let manyRecordedParents = 512

  /// Fewer trials are not worth a thread of their own.
  private static let trialsAtOnce = 64

  /// Takes the doubtful answers for sure whose like were right.
  mutating func tryChains(_ threads: Threads) async {
    guard !doubtful.isEmpty else { return }
    let trusts = await chainTrusts(threads)
    for doubt in doubtful {
      guard let trust = trusts[doubt.shape], var answer = result.reattachments[doubt.span] else {
        continue
      }
      let stated = trust.confidence(doubt.probability) * doubt.share
      guard stated >= Self.decisive else { continue }
      let scale = answer.confidence > 0 ? stated / answer.confidence : 0
      let shares = settled(answer.candidates.map(\.confidence), stated: stated, scale: scale)
      answer.confidence = rounded(stated)
      answer.candidates = zip(answer.candidates, shares).map {
        Candidate(span: $0.span, confidence: $1)
      }
      result.reattachments[doubt.span] = answer
      triedNodes.insert(doubt.span)
    }
    doubtful = []
  }

  /// Asks for the recorded parents of examples that have names of doubtful answers.
  private func chainTrusts(_ threads: Threads) async -> [ChainShape: AnswerTrust] {
    var trusts: [ChainShape: AnswerTrust] = [:]
    for doubt in doubtful { trusts[doubt.shape] = AnswerTrust() }
    let names = Set(doubtful.map(\.shape.name))
    let missing = missingShares(names)
    let tried = examples.filter { span in
      let name = recording.spans.name[span.index]
      return !forest.isAbsorbed[span.index] && names.contains(name) && isTried(span, name)
    }
    let parts = await threads.stretches(of: tried.count, atLeast: Self.trialsAtOnce) { stretch in
      tried[stretch].map { trial($0, missing[recording.spans.name[$0.index]] ?? 0) }
    }
    for trial in parts.joined() {
      if let trial { trusts[trial.shape]?.add(trial.probability, isRight: trial.isRight) }
    }
    for shape in trusts.keys { trusts[shape]?.close() }
    return trusts
  }

  private func isTried(_ span: SpanIndex, _ name: StringID) -> Bool {
    statistics.ownParentCount(name) <= Self.manyRecordedParents
      || recording.spans.spanID[span.index].draw / 4096 % 2 == 0
  }

  /// The share of the spans of some names whose parents no log holds, of those that name one.
  private func missingShares(_ names: Set<StringID>) -> [StringID: Double] {
    var missing: [StringID: Int] = [:]
    for lost in forest.missing {
      for child in lost.children {
        let name = recording.spans.name[child.index]
        if names.contains(name) { missing[name, default: 0] += 1 }
      }
    }
    return missing.reduce(into: [:]) { shares, item in
      let recorded = statistics.ownParentCount(item.key)
      shares[item.key] = Double(item.value) / Double(max(item.value + recorded, 1))
    }
  }

  /// Weighs the candidates of a span as if its parent were not recorded; of as many as the log lacks parents
  /// as if the parent were not there either, and what stands above it were right.
  private func trial(
    _ span: SpanIndex, _ missing: Double
  ) -> (shape: ChainShape, probability: Double, isRight: Bool)? {
    let row = span.index
    guard let search = search(span) else { return nil }
    let parent = forest.parent[row]
    let isGone = Double(recording.spans.spanID[row].draw / 512 % 1024) < missing * 1024
    let weighed = weigher.weigh(
      search.hits, of: span, name: recording.spans.name[row], end: recording.spans.end[row],
      ranks: 1
    ) { $0 != span && !(isGone && $0 == parent) }
    guard let best = weighed.first else { return nil }
    let right = isGone ? forest.parent[parent.index] : parent
    return (
      ChainShape(recording.spans.name[row], best.hit), best.probability, best.hit.span == right
    )
  }
}
