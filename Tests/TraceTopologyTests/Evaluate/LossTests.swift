import Testing

@testable import TraceTopology

/// What `evaluate` takes from a run, and what it asks afterwards.
@Suite("Losing a part of a run on purpose")
struct LossTests {
  /// Random trees: each span names an earlier one of its trace, or none.
  private func run(seed: UInt64) async -> (recording: Recording, forest: SpanForest) {
    var dice = SeededGenerator(seed: seed)
    var recording = Recording()
    let process = recording.processes.intern(ProcessRecord(), input: InputIndex(0))
    for trace in 1...20 as ClosedRange<UInt64> {
      for number in 0..<30 as Range<UInt64> {
        var span = SpanRecord()
        span.trace = TraceID(high: 0, low: trace)
        span.span = SpanID(value: trace * 100 + number)
        let above = UInt64.random(in: 0...number, using: &dice)
        span.parent = above == number ? .none : SpanID(value: trace * 100 + above)
        span.name = recording.strings.intern("s\(number % 5)")
        span.start = Timestamp(Int64(trace * 1_000_000 + number * 1_000))
        span.end = Timestamp(Int64(trace * 1_000_000 + 900_000 - number * 1_000))
        recording.append(span, process: process)
      }
    }
    let forest = await ParentLinker.link(&recording, order: SpanOrder(recording, processRank: [0]))
    return (recording, forest)
  }

  private func id(_ span: SpanIndex, _ recording: Recording) -> UInt64? {
    span.isNone ? nil : recording.spans.spanID[span.index].value
  }

  @Test(
    "Each child of a lost span asks for its nearest ancestor that is left", arguments: [1, 2, 3])
  func lostSpans(seed: UInt64) async {
    let (recording, forest) = await run(seed: seed)
    let plan = LossPlan(kind: .spans, rate: 0.3, seed: seed)
    let loss = Loss.of(plan, from: recording, forest)
    let left = Set(loss.recording.spans.spanID.map(\.value))
    #expect(left.count > 300 && left.count < 550, "seed \(seed)")
    var expected: [UInt64: UInt64?] = [:]
    for row in 0..<recording.spans.count where left.contains(recording.spans.spanID[row].value) {
      var at = forest.parent[row]
      guard !at.isNone, !left.contains(recording.spans.spanID[at.index].value) else { continue }
      while !at.isNone, !left.contains(recording.spans.spanID[at.index].value) {
        at = forest.parent[at.index]
      }
      expected[recording.spans.spanID[row].value] = .some(id(at, recording))
    }
    let asked = Dictionary(
      uniqueKeysWithValues: loss.questions.map {
        (loss.recording.spans.spanID[$0.span.index].value, id($0.ancestor, loss.recording))
      })
    #expect(asked == expected, "seed \(seed)")
    #expect(
      Loss.of(plan, from: recording, forest).recording.spans.spanID == loss.recording.spans.spanID)
  }

  @Test(
    "A lost context begins a new trace with all that hangs below, and nothing else changes",
    arguments: [4, 5])
  func lostContexts(seed: UInt64) async throws {
    let (recording, forest) = await run(seed: seed)
    let loss = Loss.of(LossPlan(kind: .contexts, rate: 0.2, seed: seed), from: recording, forest)
    #expect(loss.recording.spans.spanID == recording.spans.spanID)
    #expect(loss.questions.count > 60, "seed \(seed)")
    let cut = Set(loss.questions.map(\.span))
    var rest = loss.recording
    let after = await ParentLinker.link(&rest, order: SpanOrder(rest, processRank: [0]))
    for row in 0..<recording.spans.count {
      let expected = cut.contains(SpanIndex(row)) ? .none : forest.parent[row]
      #expect(after.parent[row] == expected, "seed \(seed), row \(row)")
    }
    for question in loss.questions {
      #expect(question.ancestor == forest.parent[question.span.index])
    }
    #expect(after.missing.isEmpty)
  }

  @Test("Losing nothing asks nothing, and losing everything leaves nobody to ask")
  func ends() async {
    let (recording, forest) = await run(seed: 6)
    for kind in LossPlan.Kind.allCases {
      let nothing = Loss.of(LossPlan(kind: kind, rate: 0, seed: 1), from: recording, forest)
      #expect(nothing.questions.isEmpty && nothing.recording.spans.count == recording.spans.count)
    }
    for kind in [LossPlan.Kind.spans, .bursts] {
      let all = Loss.of(LossPlan(kind: kind, rate: 1, seed: 1), from: recording, forest)
      #expect(all.recording.spans.count == 0 && all.questions.isEmpty)
    }
  }

  @Test("Nobody is asked for a parent that the whole run does not know", arguments: [7, 8])
  func unknownParents(seed: UInt64) async {
    let (recording, forest) = await run(seed: seed)
    let heads = (0..<recording.spans.count).filter { forest.parent[$0].isNone }
    let unknown = Set(heads.prefix(heads.count / 2))
    for kind in LossPlan.Kind.allCases {
      let plan = LossPlan(kind: kind, rate: 0.4, seed: seed)
      let all = Loss.of(plan, from: recording, forest)
      let loss = Loss.of(plan, from: recording, forest, unknown: unknown)
      #expect(loss.recording.spans.spanID == all.recording.spans.spanID)
      // Rows that are left and head a tree of the whole run whose parent is not known.
      let left = Set(unknown.map { recording.spans.spanID[$0] })
        .intersection(loss.recording.spans.spanID)
      #expect(Set(loss.unknown.map { loss.recording.spans.spanID[$0.index] }) == left)
      #expect(!left.isEmpty, "seed \(seed)")
      let dropped = Set(all.questions.map(\.span)).subtracting(loss.questions.map(\.span))
      for span in dropped {
        let row = recording.spans.spanID.firstIndex(of: loss.recording.spans.spanID[span.index])
        var at = row.map { SpanIndex($0) } ?? .none
        while !at.isNone, !forest.parent[at.index].isNone { at = forest.parent[at.index] }
        #expect(unknown.contains(at.index), "seed \(seed)")
      }
      if kind == .contexts { #expect(dropped.isEmpty, "seed \(seed)") }
      if kind == .spans { #expect(!dropped.isEmpty, "seed \(seed)") }
    }
  }

  @Test("Lost parents are found again by operations and times alone, and true roots stay roots")
  func lineageIsLearned() async {
    var recording = Recording()
    let process = recording.processes.intern(ProcessRecord(), input: InputIndex(0))
    var dice = SeededGenerator(seed: 9)
    for trace in 1...150 as ClosedRange<UInt64> {
      var at = Int64(trace) * 1_000_000
      var length: Int64 = 900_000
      for (depth, name) in ["GET /", "checkout", "reserve", "select"].enumerated() {
        var span = SpanRecord()
        span.trace = TraceID(high: 0, low: trace)
        span.span = SpanID(value: trace * 10 + UInt64(depth))
        span.parent = depth == 0 ? .none : SpanID(value: trace * 10 + UInt64(depth) - 1)
        span.name = recording.strings.intern(name)
        span.start = Timestamp(at)
        span.end = Timestamp(at + length)
        recording.append(span, process: process)
        at += Int64.random(in: 5_000...20_000, using: &dice)
        length -= Int64.random(in: 60_000...90_000, using: &dice)
      }
    }
    let forest = await ParentLinker.link(&recording, order: SpanOrder(recording, processRank: [0]))
    for rate in [0.05, 0.25, 0.5] {
      let plan = LossPlan(kind: .spans, rate: rate, seed: 3)
      let loss = Loss.of(plan, from: recording, forest)
      let run = await LinkedRun(loss.recording, policy: .standard)
      let answers = await run.reattach(.standard, watching: []).result
      let score = Evaluator(loss: loss, answers: answers).score(plan)
      #expect(score.questions > 10)
      #expect(score.precision >= 0.99 && score.exact >= 0.95, "\(rate): \(score)")
      #expect(score.rootsJoined == 0 && score.parentsChanged == 0)
      #expect(score.taken > 10 && score.named > score.taken * 9 / 10, "\(rate): \(score)")
      #expect(score.namedRight == score.named, "\(rate): \(score)")
      #expect(score.timed > score.named && score.timedRight * 10 >= score.timed * 8)
    }
  }
}
