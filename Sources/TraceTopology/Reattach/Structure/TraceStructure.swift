/// Finds the ancestor of a lost span within its own trace, by operations and times alone: where no
/// scheduler log reaches, the trace still tells which spans were open, and other traces tell what such
/// spans are called by.
///
/// The recorded trees give the operations above the lost one, level by level. The nearest level of
/// which a span is left that fits in time is where its children belong: if a nearer ancestor were
/// left, it would be there. A level without such a span was lost too, and the climb goes on.
///
/// A question costs what its own trace holds, not what the run holds: of the operations that may stand
/// above, those of the trace are looked at and the others are counted.
struct TraceStructure: Sendable {
  /// An ancestor that is left, and how likely it is the nearest one.
  struct Found: Sendable {
    var span: SpanIndex
    var probability: Double
    /// The operation of which it got a child, where that is the lost parent itself: what was lost
    /// between them may be shared with others.
    var below: UInt32?
  }

  /// A trace of more spans than this stays arranged for the next question.
  static let wideTrace = 256

  let recording: Recording
  private(set) var statistics: LineageStatistics
  private(set) var times = LineageTimes()
  private let byTrace: RowLists
  let parent: [SpanIndex]
  let clock: SharedTimes
  /// Children that were given to a span so far, by its row and their operation.
  private(set) var given = KeyedValues<Int>()
  /// Spans that are taken as lost for a trial.
  var hidden: [SpanIndex] = []
  private var arranged: [TraceIndex: TraceRows] = [:]
  /// How many children of each operation a span has, for spans of many.
  var wideFamilies = KeyedValues<Int>()
  /// How many levels and spans were looked at.
  var looks = 0
  /// The spans that are weighed for one level: room that all questions share.
  var fitting: [Fitting] = []

  /// Learns from the recorded trees, and from those of other runs. `questions` are all that will be
  /// asked about, beside the trial; nil if anything may be.
  init(
    _ recording: Recording, _ forest: SpanForest, lessons: [LineageLesson] = [],
    questions: [MissingParent]? = nil, _ threads: Threads = .one
  ) async {
    self.recording = recording
    parent = forest.parent
    let spans = recording.spans
    (statistics, (clock, byTrace)) = await threads.both(
      { await LineageStatistics(recording, forest, threads) },
      {
        let byTrace = RowLists(owners: recording.traces.count, rows: spans.count) { row in
          forest.isAbsorbed[row] ? nil : spans.trace[row].index
        }
        return (SharedTimes(recording, forest.clocks), byTrace)
      })
    times = await LineageTimes(
      LineageExamples(recording, statistics, byTrace: byTrace, parent: parent, clock: clock),
      asked: questions.map { asked($0) }, threads)
    for lesson in lessons {
      let place = statistics.add(lesson)
      times.add(lesson.times, place)
    }
    if !lessons.isEmpty { await statistics.settle(threads) }
    await times.close(threads)
    guard questions != nil else { return }
    await arrange(trialQuestions().map(\.missing.trace), threads)
  }

  /// Arranges traces of many spans before several ask for them at once.
  mutating func arrange(_ traces: [TraceIndex], _ threads: Threads) async {
    let wide = Set(traces).filter { isWide($0) && arranged[$0] == nil }.sorted()
    guard !wide.isEmpty else { return }
    let base = self
    let parts = await threads.stretches(of: wide.count, atLeast: 1) { stretch in
      stretch.map { base.arrangement(of: wide[$0]) }
    }
    for (trace, rows) in zip(wide, parts.joined()) {
      looks += rows.spans.count
      arranged[trace] = rows
    }
  }

  /// How many spans of a trace there are.
  func spanCount(of trace: TraceIndex) -> Int { byTrace.count(of: trace.index) }

  private func isWide(_ trace: TraceIndex) -> Bool { spanCount(of: trace) > Self.wideTrace }

  private func arrangement(of trace: TraceIndex) -> TraceRows {
    TraceRows(
      byTrace[trace.index], operations: statistics.operations.ofRow,
      recorded: recording.spans.start, times: clock)
  }

  /// For each operation whether it will be asked what stands above its spans.
  private func asked(_ questions: [MissingParent]) -> [Bool] {
    var isAsked = Array(repeating: false, count: statistics.operations.count)
    for question in questions + trialQuestions().map(\.missing) {
      isAsked[Int(statistics.operations.ofRow[question.children[0].index])] = true
    }
    return isAsked
  }

  /// The nearest ancestor of a lost parent that is left; nil where nothing fits.
  mutating func ancestor(of missing: MissingParent) -> Found? {
    let climb = climb(from: missing)
    let found = climb.found
    let best = found.max { a, b in
      if a.sum != b.sum { return a.sum < b.sum }
      if a.best != b.best { return a.best < b.best }
      return isOrderedBefore(a.span, b.span)
    }
    guard let best else { return nil }
    let total = found.map(\.sum).sorted().reduce(0, +) + climb.elsewhere
    return Found(
      span: best.span, probability: total > 0 ? min(0.99, best.sum / total) : 0, below: best.below)
  }

  /// Every span that was weighed as that ancestor, each once, best first.
  mutating func weighed(_ missing: MissingParent) -> [Found] {
    let climb = climb(from: missing)
    let found = climb.found
    let total = found.map(\.sum).sorted().reduce(0, +) + climb.elsewhere
    guard total > 0 else { return [] }
    return found.map { Found(span: $0.span, probability: min(0.99, $0.sum / total)) }.sorted {
      $0.probability != $1.probability
        ? $0.probability > $1.probability : isOrderedBefore($0.span, $1.span)
    }
  }

  /// Remembers that a span got a child of an operation, so that it needs no other.
  mutating func give(_ found: Found) {
    if let below = found.below { given.add(key(found.span, below), 1) }
  }

  /// The recorded parent of a span.
  func parent(of span: SpanIndex) -> SpanIndex { parent[span.index] }

  func isStarted(_ span: SpanIndex) -> Bool { clock.start[span.index].isKnown }

  mutating func rows(of trace: TraceIndex) -> TraceRows {
    if let known = arranged[trace] { return known }
    let rows = arrangement(of: trace)
    looks += rows.spans.count
    if isWide(trace) { arranged[trace] = rows }
    return rows
  }

  /// A span with an operation of its children.
  func key(_ span: SpanIndex, _ operation: UInt32) -> UInt64 {
    UInt64(span.raw) << 32 | UInt64(operation)
  }

  private func isOrderedBefore(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let spans = recording.spans
    return (spans.start[a.index].nanoseconds, spans.spanID[a.index])
      < (spans.start[b.index].nanoseconds, spans.spanID[b.index])
  }
}
