/// Learning from the spans whose parents are recorded.
extension Reattacher {
  /// What recorded parents show; beside that, calls are put in order by what both sides say of them.
  mutating func learnParents(_ threads: Threads) async {
    let (recording, forest, classes) = (recording, forest, classes)
    let (knowledge, peers) = (knowledge, index.peers)
    let (learned, arranged) = await threads.both(
      { await Self.countParents(recording, forest, classes, knowledge, threads) },
      { peers.arranged() })
    statistics = learned
    index.arrange(arranged)
    await chooseExamples(threads)
    learnAncestors()
  }

  /// Which spans have parents, of which names.
  private static func countParents(
    _ recording: Recording, _ forest: SpanForest, _ classes: SpanClasses, _ knowledge: Knowledge,
    _ threads: Threads
  ) async -> RuleStatistics {
    let spans = recording.spans
    let rows = max(rowsAtOnce, spans.count / tallies)
    let parts = await threads.stretches(of: spans.count, atLeast: rows) {
      parents($0, spans, forest, classes)
    }
    var statistics = RuleStatistics()
    // One after the other: what is counted is numbered as it first comes.
    for part in parts { statistics.learn(part) }
    if !knowledge.sources.isEmpty { statistics.add(taught: knowledge.rules) }
    statistics.close(recording.strings)
    return statistics
  }

  /// A bounded share of the spans of each name that have recorded parents.
  private mutating func chooseExamples(_ threads: Threads) async {
    let (spans, parents) = (recording.spans, forest.parent)
    var steps = Array(repeating: 1, count: recording.strings.count)
    for key in statistics.parents.keys {
      let name = StringID(raw: UInt32(truncatingIfNeeded: key))
      if name.index < steps.count { steps[name.index] = exampleStep(name) }
    }
    let step = steps
    let parts = await threads.stretches(of: spans.count, atLeast: Self.rowsAtOnce) { rows in
      rows.filter { row in
        !parents[row].isNone && spans.spanID[row].isSampled(every: step[spans.name[row].index])
      }
    }
    for part in parts { examples += part.lazy.map { SpanIndex($0) } }
  }

  /// Counts apart from the whole, which would be copied for each row.
  private static func parents(
    _ rows: Range<Int>, _ spans: SpanTable, _ forest: SpanForest, _ classes: SpanClasses
  ) -> ParentTally {
    var tally = ParentTally()
    for row in rows where !forest.isAbsorbed[row] {
      let parent = forest.parent[row]
      guard !parent.isNone else {
        if spans.parentID[row].isNone {
          tally.add(classes[row], parentName: .none, isContained: false)
        }
        continue
      }
      let lead = spans.start[row].since(spans.start[parent.index]) ?? 0
      let rest = spans.end[parent.index].since(spans.end[row]) ?? 0
      tally.add(
        classes[row], parentName: spans.name[parent.index], isContained: lead >= 0 && rest >= 0)
    }
    return tally
  }

  /// Fewer rows, and fewer examples, are not worth a thread of their own.
  private static let rowsAtOnce = 4096
  /// Nearly every tally holds the usual parents of all names, and all of them are added up.
  private static let tallies = 8
  private static let examplesAtOnce = 64

  /// Which chains of evidence lead to the recorded parents.
  mutating func learnChains(_ threads: Threads) async {
    let spans = recording.spans
    var names = NodeColumn(spans.name)
    for name in placeholderNames { names.append(name) }
    ancestry = Ancestry(parents: result.parent, names: names)
    guard !index.tasks.rows.isEmpty || index.knowsBeyondTasks else { return }
    queues = ArrivalQueues(
      recording, forest, index: index, ancestry: ancestry, taskOf: nodes.task.rows,
      isAsked: { statistics.parentCount(spans.name[$0]) > 0 }, isExample: { isExample($0) })
    let traces = traceOfNode()
    let frozen = self
    let parts = await threads.stretches(of: examples.count, atLeast: Self.examplesAtOnce) {
      frozen.chains(to: frozen.examples[$0], traces)
    }
    for part in parts { statistics.add(chains: part) }
  }

  /// What the chains show that lead to some examples, and nothing else.
  private func chains(
    to examples: ArraySlice<SpanIndex>, _ traces: NodeColumn<TraceIndex>
  ) -> RuleStatistics {
    let spans = recording.spans
    var found = RuleStatistics()
    for row in examples.lazy.map(\.index) where !forest.isAbsorbed[row] {
      guard let search = search(SpanIndex(row)) else { continue }
      found.learnHits(search.hits, of: spans.name[row], parent: forest.parent[row]) {
        traces[$0.index] == spans.trace[row]
      }
    }
    return found
  }

  /// The trace of each node, lost ones behind the rows.
  private func traceOfNode() -> NodeColumn<TraceIndex> {
    var traces = NodeColumn(recording.spans.trace)
    for placeholder in result.placeholders { traces.append(placeholder.trace) }
    return traces
  }

  /// Which chains lead to the lost parents where they were placed, and which only pass them by: the
  /// spans that name one of them are examples, too.
  mutating func learnLostChains() {
    guard hasPlacedLost else { return }
    let spans = recording.spans
    let traces = traceOfNode()
    for row in 0..<spans.count where !forest.isAbsorbed[row] && !result.parent[row].isNone {
      guard isExample(row), let search = search(SpanIndex(row)) else { continue }
      statistics.learnLostHits(search.hits, of: spans.name[row], parent: result.parent[row]) {
        traces[$0.index] == spans.trace[row]
      }
    }
  }

  /// Which names stand above the parents, up to four levels: of a sample of each name.
  mutating func learnAncestors() {
    let names = recording.spans.name
    for row in examples.lazy.map(\.index) {
      var above = forest.parent[forest.parent[row].index]
      var level = 0
      while !above.isNone, level < 3 {
        statistics.learnAncestor(of: names[row], ancestorName: names[above.index])
        above = forest.parent[above.index]
        level += 1
      }
    }
  }

  /// A bounded share of each name, chosen by the span ids: the same spans in any order of reading.
  func isExample(_ row: Int) -> Bool {
    recording.spans.spanID[row].isSampled(every: exampleStep(recording.spans.name[row]))
  }

  private func exampleStep(_ name: StringID) -> Int {
    SpanID.sampleStep(RuleStatistics.sampleSize, of: statistics.ownParentCount(name))
  }

  /// The candidates of one span; nil if nothing can be asked about it.
  func search(_ span: SpanIndex) -> EvidenceSearch? {
    guard var search = searchBelow(span) else { return nil }
    finish(&search, span)
    return search
  }

  /// Looks above what was found.
  func finish(_ search: inout EvidenceSearch, _ span: SpanIndex) {
    search.rise(recording.spans.name[span.index], ancestry, statistics)
    search.markLost(from: recording.spans.count)
  }

  /// The same without the spans above those that were found, which inferred parents may change.
  func searchBelow(_ span: SpanIndex) -> EvidenceSearch? {
    var task = task(span)
    let rank = task.isNone ? nil : index.open.rank(of: span, on: task)
    if rank == nil {
      guard index.knowsBeyondTasks, recording.spans.start[span.index].isKnown else { return nil }
      task = .none
    }
    var search = EvidenceSearch(
      EvidenceSearch.Question(
        span: span, task: task, time: recording.spans.start[span.index].nanoseconds,
        rank: rank ?? 0,
        end: recording.spans.end[span.index].isKnown
          ? recording.spans.end[span.index].nanoseconds : nil,
        queued: queues.turn(of: span)), index)
    search.run(index)
    return search
  }
}
