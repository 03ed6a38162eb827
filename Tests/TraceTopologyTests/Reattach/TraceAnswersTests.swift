import Testing

@testable import TraceTopology

/// Questions about traces that are answered ahead of their turn.
struct TraceAnswersTests {
  /// Traces of a root with one call or several; the spans that served some calls are lost.
  private func recording() -> Recording {
    var recording = Recording()
    let process = recording.processes.append(
      ProcessRecord(), source: .spans, input: InputIndex(0))
    var next: UInt64 = 1
    func span(_ name: String, _ trace: UInt64, _ parent: UInt64?, _ time: ClosedRange<Int64>)
      -> UInt64
    {
      var record = SpanRecord()
      record.trace = TraceID(high: 1, low: trace)
      record.span = SpanID(value: next)
      if let parent { record.parent = SpanID(value: parent) }
      record.name = recording.strings.intern("\(name) \(trace / 2 % 6)")
      record.start = Timestamp(time.lowerBound)
      record.end = Timestamp(time.upperBound)
      recording.append(record, process: process)
      next += 1
      return record.span.value
    }
    for trace in 1...400 as ClosedRange<UInt64> {
      let base = Int64(trace) * 1_000_000
      let calls = Int64(trace % 5) + 1
      let root = span("front", trace, nil, base...base + calls * 1_000)
      for call in 0..<calls {
        // Some calls lie one upon the other: which of them has room depends on what came before.
        let start = base + (trace % 3 == 0 ? 0 : call * 1_000)
        let above = span("call", trace, root, start + 100...start + 800)
        let isLost = trace % 2 == 0
        let served =
          isLost ? UInt64.max - next : span("serve", trace, above, start + 200...start + 700)
        _ = span("query", trace, served, start + 300...start + 600)
      }
    }
    return recording
  }

  @Test(arguments: [1, 2, 5])
  func `Answers ahead of their turn are those of asking one by one`(count: Int) async {
    var recording = recording()
    let order = SpanOrder(recording, processRank: [0])
    let forest = await ParentLinker.link(&recording, order: order)
    var structure = await TraceStructure(recording, forest)
    var answers = TraceAnswers(structure)
    var random = SeededGenerator(seed: 7)
    let turns = forest.missing.indices.shuffled(using: &random)
    // Questions without a turn in the end, and questions that nobody foresaw.
    await answers.prepare(
      turns.filter { $0 % 11 != 0 }, of: forest.missing, Threads(count: count))
    var found = 0
    for number in turns where number % 13 != 0 {
      let missing = forest.missing[number]
      let expected = structure.ancestor(of: missing)
      let answer = answers.ancestor(of: missing, number: number)
      #expect(answer?.span == expected?.span && answer?.probability == expected?.probability)
      #expect(answer?.below == expected?.below)
      // Some answers are not taken, so that what comes after them must be asked again.
      let isTaken = number % 7 != 0
      if isTaken, let expected { structure.give(expected) }
      answers.settle(number, missing, isTaken ? answer : nil)
      found += answer == nil ? 0 : 1
    }
    #expect(turns.count > 400 && found > 300)
  }

  @Test(arguments: [2, 5])
  func `A trial comes to the same for any number of threads`(count: Int) async {
    var recording = recording()
    let order = SpanOrder(recording, processRank: [0])
    let forest = await ParentLinker.link(&recording, order: order)
    let structure = await TraceStructure(recording, forest, questions: forest.missing)
    let beside = await TraceStructure(
      recording, forest, questions: forest.missing, Threads(count: count))
    let alone = await structure.trial(.one)
    let trust = await beside.trial(Threads(count: count))
    #expect(alone.isTelling)
    for step in 0...20 {
      let probability = Double(step) / 20
      #expect(alone.confidence(probability) == trust.confidence(probability))
    }
  }
}
