import Foundation
import Testing

@testable import TraceTopology

@Suite struct DOTFoldTests {
  private static func folding(_ topology: Topology, limit: Int) -> DOTFolding {
    let graph = DOTSelection.picture(of: topology, options: DOTOptions())
    return DOTFolder.fold(graph, of: topology, limit: limit)
  }

  /// What holds for every folding, whatever the input.
  private static func check(_ topology: Topology, limit: Int) -> DOTFolding {
    let graph = DOTSelection.picture(of: topology, options: DOTOptions())
    let folding = DOTFolder.fold(graph, of: topology, limit: limit)
    #expect(folding.count <= max(1, limit))
    #expect(folding.groupOf.count == graph.count)
    for group in 0..<folding.count {
      let members = folding.members(of: group)
      #expect(!members.isEmpty)
      #expect(folding.kind[group] != .item || members.count == 1)
      let kept = members.filter { item in
        graph.isSpan(Int(item)) && topology.kind[graph.spans[Int(item)].index] == .orphan
      }
      if !folding.foldedOrphans, !kept.isEmpty { #expect(members.count == 1) }
    }
    return folding
  }

  @Test func whatFitsIsNotFolded() {
    let topology = ExampleRun.orders().build()
    #expect(Self.folding(topology, limit: 19).stage == .none)
    #expect(Self.folding(topology, limit: 18).stage != .none)
  }

  @Test func siblingsOfTheSameShapeBecomeOneBox() throws {
    let topology = ExampleRun.requests(200).build()
    let folding = Self.check(topology, limit: 20)
    #expect(folding.stage == .shapes)
    var options = DOTOptions()
    options.maxNodes = 20
    let text = try Picture.text(of: topology, options)
    #expect(text.contains("200 × · p50") && text.contains("p99"))
    #expect(text.contains("folded 800 nodes into 4 (limit 20, --dot-max-nodes)"))
  }

  @Test func theBoundHoldsForRandomForests() throws {
    for seed in 0..<60 {
      var dice = SeededDice(seed: UInt64(seed))
      let topology = Self.randomRun(&dice).build()
      let limit = Int.random(in: 1...40, using: &dice)
      _ = Self.check(topology, limit: limit)
      var options = DOTOptions()
      options.maxNodes = limit
      var sink = ByteSink()
      let summary = try DOTWriter(topology, options: options).write(to: &sink)
      #expect(summary.boxes <= limit)
      #expect(Picture.boxes(String(decoding: sink.bytes, as: UTF8.self)) == summary.boxes)
      if seed % 15 == 0 { try Picture.svg(of: sink.bytes) }
    }
  }

  private static func randomRun(_ dice: inout SeededDice) -> TopologyBuilder {
    var run = TopologyBuilder()
    let names = Int.random(in: 1...30, using: &dice)
    let orphans = Int.random(in: 0...12, using: &dice)
    for process in 0...2 { run.process("p\(process)") }
    for task in 0..<10 {
      run.task(
        "t\(task)", "main.f\(task % 3)", number: UInt64(task),
        from: task == 0 ? nil : "t\(Int.random(in: 0..<task, using: &dice))")
    }
    for row in 0..<Int.random(in: 5...150, using: &dice) {
      let isOrphan = Int.random(in: 0..<30, using: &dice) < orphans
      let parent =
        row == 0 || isOrphan ? nil : "\(Int.random(in: max(0, row - 9)..<row, using: &dice))"
      run.span(
        "\(row)", "n\(Int.random(in: 0..<names, using: &dice))", under: parent,
        on: Bool.random(using: &dice) ? "t\(Int.random(in: 0..<10, using: &dice))" : nil,
        in: "p\(Int.random(in: 0...2, using: &dice))",
        how: isOrphan ? .orphan(.contextLost, [("0", 0.3)]) : nil)
    }
    return run
  }

  // MARK: Large

  /// Debug builds are slow; `TRACETOPO_MANY=2000000 swift test -c release` asks for more.
  private static let many =
    ProcessInfo.processInfo.environment["TRACETOPO_MANY"].flatMap { Int($0) } ?? 100_000

  @Test(.timeLimit(.minutes(5))) func aDeepChainOfOneNameFoldsIntoOneCallSite() {
    var run = TopologyBuilder()
    run.process("a")
    for row in 0..<Self.many { run.span("\(row)", "step", under: row == 0 ? nil : "\(row - 1)") }
    let folding = Self.check(run.build(), limit: 1_000)
    #expect(folding.stage == .callSites && folding.count == 1)
  }

  @Test(.timeLimit(.minutes(5))) func aDeepChainOfDifferentNamesIsCut() {
    var run = TopologyBuilder()
    run.process("a")
    for row in 0..<Self.many {
      run.span("\(row)", "step \(row)", under: row == 0 ? nil : "\(row - 1)")
    }
    let folding = Self.check(run.build(), limit: 1_000)
    #expect(folding.stage == .trimmed && folding.count > 900)
  }

  @Test(.timeLimit(.minutes(5)), arguments: [true, false])
  func aParentWithVeryManyChildrenFolds(isSameName: Bool) {
    var run = TopologyBuilder()
    run.process("a")
    run.span("top", "top")
    for row in 0..<Self.many {
      run.span("\(row)", isSameName ? "child" : "child \(row)", under: "top")
    }
    let folding = Self.check(run.build(), limit: 1_000)
    #expect(isSameName ? folding.count == 2 : folding.count > 900)
  }

  @Test(.timeLimit(.minutes(5)), arguments: [true, false])
  func veryManyRootsFold(isSameName: Bool) {
    var run = TopologyBuilder()
    run.process("a")
    for row in 0..<Self.many { run.span("\(row)", isSameName ? "root" : "root \(row)") }
    let folding = Self.check(run.build(), limit: 1_000)
    #expect(isSameName ? folding.count == 1 : folding.count > 900)
  }

  @Test(.timeLimit(.minutes(5))) func orphansFoldOnlyIfTheyAloneAreTooMany() throws {
    for (orphans, isFolded) in [(99, false), (100, true)] {
      var run = TopologyBuilder()
      run.process("a")
      for row in 0..<1_000 { run.span("\(row)", "n\(row)") }
      for row in 0..<orphans {
        run.span("o\(row)", "evict", how: .orphan(.contextLost, [("1", 0.2)]))
      }
      let topology = run.build()
      #expect(Self.check(topology, limit: 100).foldedOrphans == isFolded)
      var options = DOTOptions()
      options.maxNodes = 100
      let text = try Picture.text(of: topology, options)
      #expect(text.contains("they alone exceed the limit") == isFolded)
      #expect(text.contains("100 × · orphans · context lost") == isFolded)
    }
  }

  @Test func theHardLimitHoldsWhateverIsAskedFor() throws {
    var run = TopologyBuilder()
    run.process("a")
    for row in 0..<4_000 { run.span("\(row)", "n\(row)") }
    var options = DOTOptions()
    options.maxNodes = 1_000_000
    var sink = ByteSink()
    let summary = try DOTWriter(run.build(), options: options).write(to: &sink)
    #expect(summary.boxes <= 3_000)
    #expect(summary.notes.first?.contains("limit 3000, the most that dot lays out") == true)
  }

  @Test func linesThatSayMostAreKept() throws {
    let topology = ExampleRun.mixture(names: 9, spans: 4_000, orphans: 3).build()
    var options = DOTOptions()
    options.maxNodes = 30
    var sink = ByteSink()
    let summary = try DOTWriter(topology, options: options).write(to: &sink)
    let text = String(decoding: sink.bytes, as: UTF8.self)
    #expect(summary.lines == 40 && summary.notes.contains { $0.hasSuffix("lines left out") })
    #expect(text.components(separatedBy: "style=dotted").count - 1 == 3)
    #expect(text.contains(" · by call site"))
  }

  @Test func percentilesAreNearestRank() {
    #expect(DOTDrawing.percentile(50, of: [1, 2, 3, 4]) == 2)
    #expect(DOTDrawing.percentile(99, of: Array(1...100)) == 99)
    #expect(DOTDrawing.percentile(99, of: [7]) == 7)
    #expect(DOTDrawing.percentile(50, of: []) == nil)
  }
}
