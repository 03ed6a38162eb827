import Testing

@testable import TraceTopology

/// What an answer counts for among others: how often such answers are right.
@Suite("The worth of an answer")
struct AnswerWorthTests {
  private static func reattacher() -> (Reattacher, span: SpanIndex, parent: SpanIndex) {
    var run = SpanRun()
    let parent = run.append("p", 1, 0...10)
    let span = run.append("c", 2, 20...30)
    let index = EvidenceIndex(
      run.recording, run.forest, PeerTable(), nodes: run.nodes, linkTargets: [],
      correlating: [])
    return (
      Reattacher(run.recording, run.forest, index: index, nodes: run.nodes, policy: .standard),
      span, parent
    )
  }

  @Test func `An answer is believed by how often its rule is right, not by its own score`() {
    var (reattacher, span, parent) = Self.reattacher()
    #expect(reattacher.worth(span) == 0 && reattacher.believed(span) == nil)
    let raw = Reattacher.decisive + 0.05
    reattacher.result.reattachments[span] = Reattachment(
      rule: .queue, confidence: raw, evidence: [],
      candidates: [Candidate(span: parent, confidence: raw)])
    #expect(reattacher.worth(span) == ConfidenceTable.calibrated(raw, .queue))
    #expect(reattacher.worth(span) < Reattacher.decisive)
    #expect(reattacher.believed(span) == nil)
    // Trials in the run say themselves how often it is right.
    reattacher.triedNodes.insert(span)
    #expect(reattacher.worth(span) == raw)
    #expect(reattacher.believed(span) == parent)
  }
}
