import Testing

@testable import TraceTopology

/// Imports that run at once, each with tasks of its own: the same work at the same times.
@Suite("Order among related tasks")
struct OrderKinTests {
  private static let pairs = 40
  private static let rows = 4

  /// Two imports at a time. Each spawns a parser and a writer, if they are kin; rows of both are parsed and
  /// written now in this order, now in that.
  ///
  ///     parser of A   [parse]     [parse]
  ///     parser of B    [parse]   [parse]
  ///     writer of A           [insert]      [insert]
  ///     writer of B          [insert]         [insert]
  private func imports(_ random: inout SeededGenerator, isKin: Bool) -> (Scenario, lost: [Int]) {
    var scenario = Scenario()
    scenario.spawnTasks(1)
    var lost: [Int] = []
    for pair in 0..<Self.pairs {
      // What both lose at once cannot be told by what the other one keeps.
      let losses = (0..<Self.rows).map { _ in Int.random(in: 0..<100, using: &random) < 30 }
      for side in 0..<2 {
        let number = pair * 2 + side
        let task = 10 + number * 3
        let begin = 1_000 + pair * 2_000 + side
        for (place, parent) in [1, isKin ? task : 1, isKin ? task : 1].enumerated() {
          scenario.taskLog.append(
            #"{"event":"spawn","process":"shop","task":\#(task + place),"parent":\#(parent),"time":@\#(begin + place * 2),"site":"main.go:\#(place)"}"#
          )
        }
        for row in 0..<Self.rows {
          let id = 1_000 + number * 10 + row
          let parsed = begin + 50 + row * 300 + Int.random(in: 0..<20, using: &random)
          let inserted = parsed + 60 + Int.random(in: 0..<40, using: &random)
          let isLost = losses[row]
          if isLost { lost.append(id + 10_000) }
          scenario.spans += [
            Scenario.Span(
              name: "parse", id: id, parent: nil, task: task + 1, time: parsed...parsed + 30,
              trace: id),
            Scenario.Span(
              name: "insert", id: id + 10_000, parent: isLost ? nil : id, task: task + 2,
              time: inserted...inserted + 50, trace: isLost ? id + 10_000 : id),
          ]
        }
      }
    }
    return (scenario, lost)
  }

  private func score(isKin: Bool) async throws -> (lost: Int, right: Int, wrong: Int) {
    var random = SeededGenerator(seed: 23)
    let (scenario, lost) = imports(&random, isKin: isKin)
    let topology = try await scenario.analyze()
    var score = (lost: lost.count, right: 0, wrong: 0)
    for id in lost {
      let span = try #require(topology.spanOrder.first { topology.spanID($0).value == UInt64(id) })
      let parent = topology.parent[span.index]
      guard !parent.isNone else { continue }
      if topology.spanID(parent).value == UInt64(id - 10_000) {
        score.right += 1
      } else {
        score.wrong += 1
      }
    }
    return score
  }

  @Test func `Work goes between tasks that one task spawned where it always does`() async throws {
    let score = try await score(isKin: true)
    #expect(score.lost > 60)
    #expect(score.right * 20 >= score.lost * 19 && score.wrong == 0)
  }

  @Test func `Where one task spawned all of them nothing tells, and most stay open`()
    async throws
  {
    let score = try await score(isKin: false)
    #expect((score.right + score.wrong) * 3 < score.lost)
  }
}
