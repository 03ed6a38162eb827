import Foundation
import Testing

@testable import TraceTopology

/// Recorded programs with lost contexts, scored against what was true.
@Suite("Recorded runs")
struct RecordedRunTests {
  private struct Truth: Decodable {
    var spanId: String
    var question: Bool
    var kind: String
    var ancestor: String?
  }

  private struct Score {
    var right: [String: Int] = [:]
    var wrong: [String: Int] = [:]
    var asked: [String: Int] = [:]
    var rootsJoined = 0
    /// True roots that are taken for orphans.
    var rootsDoubted = 0
    /// Lost spans that are taken for roots.
    var lostTaken = 0
    var parentsChanged = 0
    var missing = 0
  }

  private func truth(_ name: String) async throws -> [Truth] {
    let path = Fixtures.folder.appending(path: "reattachment/\(name).truth.jsonl.zst").path
    let reader = try BlockReader(path: path, zstdWindowLog: 27)
    var bytes: [UInt8] = []
    while case .block(let block) = await reader.next() {
      bytes.append(contentsOf: block.bytes[block.start..<block.end])
    }
    return try bytes.split(separator: 0x0A).map {
      try JSONDecoder().decode(Truth.self, from: Data($0))
    }
  }

  /// Nearest ancestor that a log holds; placeholders are passed through.
  private func ancestor(of node: SpanIndex, _ topology: Topology) -> String? {
    var at = topology.parent[node.index]
    while !at.isNone, topology.isPlaceholder(at) { at = topology.parent[at.index] }
    return at.isNone ? nil : topology.spanID(at).hex
  }

  private func score(_ topology: Topology, _ truth: [Truth]) -> Score {
    var answers: [String: String?] = [:]
    var kinds: [String: AttachmentKind] = [:]
    for node in topology.spanOrder where !topology.isPlaceholder(node) {
      answers[topology.spanID(node).hex] = ancestor(of: node, topology)
      kinds[topology.spanID(node).hex] = topology.kind[node.index]
    }
    var score = Score()
    for item in truth {
      guard let answer = answers[item.spanId] else {
        score.missing += 1
        continue
      }
      if item.question {
        score.asked[item.kind, default: 0] += 1
        if answer == item.ancestor {
          score.right[item.kind, default: 0] += 1
        } else if answer != nil {
          score.wrong[item.kind, default: 0] += 1
        }
        score.lostTaken += kinds[item.spanId] == .root ? 1 : 0
      } else if item.ancestor == nil {
        score.rootsJoined += answer == nil ? 0 : 1
        score.rootsDoubted += kinds[item.spanId] == .orphan ? 1 : 0
      } else {
        score.parentsChanged += answer == item.ancestor ? 0 : 1
      }
    }
    return score
  }

  @Test("Spans that lost their context at a go statement are put back, and nothing else moves")
  func lostContexts() async throws {
    let logs = Fixtures.samples.appending(path: "checkout/logs").path
    let score = score(await Pipeline.analyze([logs]), try await truth("checkout-context"))
    #expect(score.asked["go statement"] == 366)
    #expect(score.right["go statement"] == 366)
    #expect(score.wrong.isEmpty)
    #expect(score.rootsJoined == 0 && score.rootsDoubted == 0 && score.lostTaken == 0)
    #expect(score.parentsChanged == 0)
    #expect(score.missing == 0)
  }

  private func withoutParents() async -> Topology {
    let logs = Fixtures.samples.appending(path: "checkout/logs")
    let spans = Fixtures.folder.appending(path: "reattachment/checkout-drop20")
    let paths = [
      logs.appending(path: "gateway.trace.zst"), logs.appending(path: "orders.trace.zst"), spans,
    ]
    return await Pipeline.analyze(paths.map { $0.path })
  }

  @Test("A span under a placeholder is no surer of its logged ancestor than the placeholder is")
  func weakestJoint() async {
    let topology = await withoutParents()
    var joints = 0
    for (node, answer) in topology.reattachments where topology.kind[node.index] == .reattached {
      let parent = topology.parent[node.index]
      guard topology.isPlaceholder(parent), topology.kind[parent.index] == .reattached,
        answer.rule != .placeholder, let above = topology.reattachments[parent]
      else { continue }
      joints += 1
      #expect(answer.confidence <= above.confidence)
      #expect(answer.candidates.first?.confidence == answer.confidence)
    }
    #expect(joints > 50)
  }

  @Test("With a fifth of the parent spans deleted besides, hardly any is placed wrongly")
  func deletedParents() async throws {
    let topology = await withoutParents()
    let isShared = topology.reattachments.values.allSatisfy { answer in
      answer.candidates.reduce(0) { $0 + $1.confidence } < 1.002
    }
    #expect(isShared, "candidates of one span exclude each other")
    let score = score(topology, try await truth("checkout-drop20"))
    let asked = try #require(score.asked["go statement"])
    let right = try #require(score.right["go statement"])
    #expect(Double(right) >= 0.95 * Double(asked))
    #expect(try #require(score.right["dropped parent"]) >= 235)
    #expect(score.wrong.values.reduce(0, +) <= 5)
    #expect(score.rootsJoined == 0 && score.rootsDoubted == 0 && score.lostTaken == 0)
    #expect(score.parentsChanged == 0)
  }

  @Test(
    "Brokers, batches and detached roots: nearly every lost span is put back, and no root is joined",
    arguments: [
      ("pubsub-l10-drop20", 0.97), ("batcher-l10-drop20", 0.98), ("detached-l10-drop20", 0.98),
    ])
  func lossyServices(program: String, recall: Double) async throws {
    let logs = Fixtures.folder.appending(path: "reattachment/\(program)").path
    let score = score(await Pipeline.analyze([logs]), try await truth(program))
    let asked = score.asked.values.reduce(0, +)
    let right = score.right.values.reduce(0, +)
    #expect(Double(right) >= recall * Double(asked))
    #expect(score.wrong.values.reduce(0, +) <= 2)
    #expect(score.rootsJoined == 0 && score.rootsDoubted == 0 && score.lostTaken == 0)
    #expect(score.parentsChanged == 0)
    #expect(score.missing == 0)
  }
}
