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

  /// Steps of a climb at most.
  private static let steps = 48
  /// What weighs less is not worth another step.
  private static let leastWeight = 0.0005
  /// Spans of one operation in one trace that are weighed at most.
  private static let widest = 512
  /// How much of what is elsewhere counts where the head of the trace is left: ids may be used twice, and
  /// what stands above may look like nothing that was recorded.
  private static let elsewhereOfHeaded = 0.1
  /// A trace of more spans than this stays arranged for the next question.
  private static let wideTrace = 256

  let recording: Recording
  private(set) var statistics: LineageStatistics
  private(set) var times = LineageTimes()
  private let byTrace: RowLists
  private let parent: [SpanIndex]
  private let clock: SharedTimes
  /// Children that were given to a span so far, by its row and their operation.
  private var given = KeyedValues<Int>()
  /// Spans that are taken as lost for a trial.
  var hidden: [SpanIndex] = []
  private var arranged: [TraceIndex: TraceRows] = [:]
  /// How many children of each operation a span has, for spans of many.
  private var wideFamilies = KeyedValues<Int>()
  /// How many levels and spans were looked at.
  private(set) var looks = 0

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
    times.close()
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

  private func isWide(_ trace: TraceIndex) -> Bool {
    byTrace.count(of: trace.index) > Self.wideTrace
  }

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

  // MARK: Climbing

  /// What one question is about.
  private struct Question {
    let child: UInt32
    let trace: TraceRows
    let containers: TraceContainers
  }

  /// Weighs the spans that fit, and what is not among them.
  private mutating func climb(from missing: MissingParent) -> TraceClimb {
    let trace = rows(of: missing.trace)
    let question = Question(
      child: statistics.operations.ofRow[missing.children[0].index], trace: trace,
      containers: TraceContainers(of: missing.children, in: trace, times: clock, hidden: hidden))
    var climb = TraceClimb(groups: trace.groups.count)
    var levels = LevelQueue(lostOperations(missing))
    var steps = 0
    while steps < Self.steps, let level = levels.next(above: Self.leastWeight) {
      steps += 1
      let above = statistics.above(level.operation, withChild: level.below)
      guard above.total > 0 else {
        climb.elsewhere += level.weight
        continue
      }
      climb.elsewhere += level.weight * Double(above.roots) / Double(above.total)
      climbStep(level, above, question, &climb)
      var left = above.named
      for parent in above.parents {
        let weight = level.weight * Double(parent.count) / Double(above.total)
        let rest = weight * statistics.lossRate
        // The others are rarer still.
        guard rest > Self.leastWeight else { break }
        left -= parent.count
        levels.append(
          TraceLevel(
            operation: parent.operation, below: level.operation, weight: rest, isOwn: false))
      }
      climb.elsewhere +=
        level.weight * Double(left) / Double(above.total) * statistics.lossRate
    }
    climb.elsewhere += levels.rest
    if isHeaded(trace) { climb.elsewhere *= Self.elsewhereOfHeaded }
    looks += steps + question.containers.looked
    return climb
  }

  /// Whether the head of a trace is left: what was lost below it stands below some span of the trace.
  /// Traces of many spans are not looked through.
  ///
  ///     head        |--------------|    left
  ///     lost           ( )              below it, or below another span of the trace
  private func isHeaded(_ trace: TraceRows) -> Bool {
    trace.spans.count <= Self.wideTrace
      && trace.spans.contains { recording.spans.parentID[$0.span.index].isNone }
  }

  /// Weighs the spans of the trace that may stand above one level: whichever list is the shorter one,
  /// the operations above or those of the trace, is walked.
  private mutating func climbStep(
    _ level: TraceLevel, _ above: LineageStatistics.Above, _ question: Question,
    _ climb: inout TraceClimb
  ) {
    let groups = question.trace.groups
    if above.parents.count < groups.count {
      for parent in above.parents {
        guard let group = question.trace.group(parent.operation) else { continue }
        weigh(
          group, level, level.weight * Double(parent.count) / Double(above.total), question, &climb)
      }
    } else {
      above.eachCount(of: groups.indices, { groups[$0].operation }) { group, count in
        weigh(group, level, level.weight * Double(count) / Double(above.total), question, &climb)
      }
    }
  }

  /// Weighs the spans of an operation that are left: how much their times speak for an ancestor.
  private mutating func weigh(
    _ group: Int, _ level: TraceLevel, _ weight: Double, _ question: Question,
    _ climb: inout TraceClimb
  ) {
    looks += 1
    let numbers: Range<Int>
    if let known = climb.fits(of: group) {
      numbers = known
    } else {
      numbers = append(group, question, to: &climb)
    }
    guard !numbers.isEmpty else { return }
    let found = fitting(numbers, question.trace.groups[group].operation, level, climb)
    let total = found.reduce(0) { $0 + $1.ratio }
    for fit in found {
      climb.add(
        fit.number,
        weight * (1 - statistics.lossRate) * fit.ratio * fit.ratio / max(total, 1e-9),
        below: level.isOwn ? level.operation : nil)
    }
  }

  private mutating func rows(of trace: TraceIndex) -> TraceRows {
    if let known = arranged[trace] { return known }
    let rows = arrangement(of: trace)
    looks += rows.spans.count
    if isWide(trace) { arranged[trace] = rows }
    return rows
  }

  private func key(_ span: SpanIndex, _ operation: UInt32) -> UInt64 {
    UInt64(span.raw) << 32 | UInt64(operation)
  }

  /// What the lost parent may have been: operations that parents of all of its children have.
  private func lostOperations(_ missing: MissingParent) -> [TraceLevel] {
    let children =
      missing.children.count == 1
      ? [statistics.operations.ofRow[missing.children[0].index]]
      : Set(missing.children.map { statistics.operations.ofRow[$0.index] }).sorted()
    guard let first = children.first else { return [] }
    let above = statistics.above(first)
    let named = Double(max(above.named, 1))
    var levels = above.parents.map {
      TraceLevel(
        operation: $0.operation, below: first, weight: max(0.001, Double($0.count) / named),
        isOwn: true)
    }
    for child in children.dropFirst() {
      let parents = statistics.above(child)
      for place in levels.indices {
        let count = parents.count(of: levels[place].operation)
        levels[place].weight *= max(0.001, Double(count) / Double(max(parents.named, 1)))
      }
    }
    let total = levels.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return [] }
    for place in levels.indices { levels[place].weight /= total }
    return levels
  }

  // MARK: Fitting

  /// The spans of an operation in the trace, with what their times say.
  private mutating func append(
    _ number: Int, _ question: Question, to climb: inout TraceClimb
  ) -> Range<Int> {
    let group = question.trace.groups[number]
    looks += min(group.places.count, Self.widest)
    let first = climb.fits.count
    var pair = LineageTimes.Pair(times.number(question.child, group.operation))
    for other in question.trace.spans[group.places].prefix(Self.widest) {
      guard !question.containers.isAsked(other.span), !hidden.contains(other.span),
        let place = question.containers.place(in: other)
      else { continue }
      let ratio = times.ratio(&pair, place)
      // No room makes ten times as much of it as it is.
      if ratio > 0.1 * Self.leastRatio * 0.99 {
        climb.append(TraceClimb.Fit(span: other.span, ratio: ratio))
      }
    }
    return climb.close(number, from: first)
  }

  /// Times that speak so much against an ancestor rule it out.
  private static let leastRatio = 0.01

  /// The spans of an operation in the trace that may be the ancestor, with what speaks for them.
  private mutating func fitting(
    _ numbers: Range<Int>, _ own: UInt32, _ level: TraceLevel, _ climb: TraceClimb
  ) -> [(number: Int, ratio: Double)] {
    let calls = statistics.calls(of: own, to: level.operation)
    var found: [(number: Int, ratio: Double)] = []
    for number in numbers {
      let fit = climb.fits[number]
      let ratio = fit.ratio * room(fit.span, for: level, calls.most, calls.share)
      if ratio > Self.leastRatio { found.append((number, ratio)) }
    }
    // Of spans of one operation within each other the inner one is the nearest.
    guard found.count > 1, found.count <= 32 else { return found }
    return found.filter { outer in
      !found.contains {
        $0.ratio >= outer.ratio * 0.2
          && isAncestor(climb.fits[outer.number].span, of: climb.fits[$0.number].span)
      }
    }
  }

  /// How many children of an operation a span has, without those that are hidden.
  private mutating func childCount(_ span: SpanIndex, _ operation: UInt32) -> Int {
    let children = statistics.children[span.index]
    let operations = statistics.operations.ofRow
    guard children.count > Self.wideFamily else {
      looks += children.count
      return children.count {
        operations[Int($0)] == operation && !hidden.contains(SpanIndex(raw: $0))
      }
    }
    // An entry for no operation says that the span was counted.
    if !wideFamilies.contains(key(span, .max)) {
      wideFamilies.add(key(span, .max), 0)
      for child in children { wideFamilies.add(key(span, operations[Int(child)]), 1) }
      looks += children.count
    }
    let all = wideFamilies[key(span, operation)] ?? 0
    return all - hidden.count { parent[$0.index] == span && operations[$0.index] == operation }
  }

  /// A span of more children than this has them counted once.
  private static let wideFamily = 32

  /// How well a span has room for one more child of an operation.
  private mutating func room(
    _ span: SpanIndex, for level: TraceLevel, _ most: Int, _ share: Double
  ) -> Double {
    guard most > 0 else { return 0.5 }
    let has = childCount(span, level.operation)
    let taken = level.isOwn ? given[key(span, level.operation)] ?? 0 : 0
    guard has + taken < most else { return 0.02 }
    guard has + taken == 0 else { return 1 }
    // What nearly always has such a child, and has none here, misses it.
    return 1 / (1 - 0.9 * share)
  }

  private func isAncestor(_ span: SpanIndex, of other: SpanIndex) -> Bool {
    var at = parent[other.index]
    var level = 0
    while !at.isNone, level < 32 {
      if at == span { return true }
      at = parent[at.index]
      level += 1
    }
    return false
  }

  private func isOrderedBefore(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let spans = recording.spans
    return (spans.start[a.index].nanoseconds, spans.spanID[a.index])
      < (spans.start[b.index].nanoseconds, spans.spanID[b.index])
  }
}
