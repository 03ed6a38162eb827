/// Finds the ancestor of a lost span within its own trace, by operations and times alone: where no
/// scheduler log reaches, the trace still tells which spans were open, and other traces tell what such
/// spans are called by.
///
/// The recorded trees give the operations above the lost one, level by level. The nearest level of
/// which a span is left that fits in time is where its children belong: if a nearer ancestor were
/// left, it would be there. A level without such a span was lost too, and the climb goes on.
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
  /// Spans of one operation in one trace that are weighed at most.
  private static let widest = 512
  /// Examples of each operation that are asked for times, and what all of them may tell together.
  private static let exampleLimits = 4...200
  private static let observationLimit = 1_000_000
  /// A trace larger than this tells no times: asking all of its spans would cost too much.
  private static let largestTrace = 1024

  private let recording: Recording
  private(set) var statistics: LineageStatistics
  private let byTrace: RowLists
  private let parent: [SpanIndex]
  /// The times of each row on the clock that all hosts share.
  private let start: [Timestamp]
  private let end: [Timestamp]
  private(set) var times = LineageTimes()
  /// Children that were given to a span so far, by its row and their operation.
  private var given: [UInt64: Int] = [:]
  /// Spans that are taken as lost for a trial.
  private var hidden: Set<SpanIndex> = []

  /// Learns from the recorded trees, and from those of other runs.
  init(_ recording: Recording, _ forest: SpanForest, lessons: [LineageLesson] = []) {
    self.recording = recording
    statistics = LineageStatistics(recording, forest)
    parent = forest.parent
    let clocks = forest.clocks
    let table = recording.spans
    let aligned = { (times: [Timestamp]) in
      clocks.areInStep
        ? times : times.indices.map { clocks.time(times[$0], of: table.process[$0]) }
    }
    start = aligned(table.start)
    end = aligned(table.end)
    let spans = recording.spans
    let operations = statistics.operations.ofRow
    var lists = RowLists(owners: recording.traces.count, rows: spans.count) { row in
      forest.isAbsorbed[row] ? nil : spans.trace[row].index
    }
    lists.sortEach { a, b in
      let first = operations[Int(a)]
      let second = operations[Int(b)]
      if first != second { return first < second }
      return spans.start[Int(a)].nanoseconds < spans.start[Int(b)].nanoseconds
    }
    byTrace = lists
    learnTimes()
    for lesson in lessons {
      let place = statistics.add(lesson)
      times.add(lesson.times, place)
    }
    statistics.settle()
    times.close()
  }

  /// One operation that a lost ancestor may have had.
  private struct Level {
    var operation: UInt32
    /// The operation of its child on the way down to the orphan.
    var below: UInt32
    var weight: Double
    /// Whether this is the lost parent itself.
    var isOwn: Bool
  }

  /// The nearest ancestor of a lost parent that is left; nil where nothing fits.
  func ancestor(of missing: MissingParent) -> Found? {
    let (found, elsewhere) = candidates(missing)
    return settle(found, elsewhere)
  }

  /// Every span that was weighed as that ancestor, each once, best first.
  func weighed(_ missing: MissingParent) -> [Found] {
    let (found, elsewhere) = candidates(missing)
    var sums: [SpanIndex: Double] = [:]
    for item in found { sums[item.span, default: 0] += item.probability }
    let total = sums.values.sorted().reduce(0, +) + elsewhere
    guard total > 0 else { return [] }
    return sums.map { Found(span: $0.key, probability: min(0.99, $0.value / total)) }.sorted {
      $0.probability != $1.probability
        ? $0.probability > $1.probability : isOrderedBefore($0.span, $1.span)
    }
  }

  /// The spans that fit, and the weight of what is not among them.
  private func candidates(_ missing: MissingParent) -> (found: [Found], elsewhere: Double) {
    var levels = lostOperations(missing)
    var chances = Chances(containing: containers(of: missing.children, in: missing.trace))
    var found: [Found] = []
    var elsewhere = 0.0
    var steps = 0
    while let next = levels.indices.max(by: { levels[$0].weight < levels[$1].weight }) {
      let level = levels[next]
      guard level.weight > 0.0005, steps < Self.steps else { break }
      levels.remove(at: next)
      steps += 1
      let above = statistics.above(level.operation, withChild: level.below)
      guard above.total > 0 else {
        elsewhere += level.weight
        continue
      }
      elsewhere += level.weight * Double(above.roots) / Double(above.total)
      for parent in above.parents {
        let weight = level.weight * Double(parent.count) / Double(above.total)
        climb(to: parent.operation, from: level, weight, missing, &chances, &found)
        let rest = weight * statistics.lossRate
        // So little is not worth another step.
        guard rest > 0.0005 else {
          elsewhere += rest
          continue
        }
        levels.append(
          Level(
            operation: parent.operation, below: level.operation, weight: rest, isOwn: false))
      }
    }
    return (found, elsewhere + levels.reduce(0) { $0 + $1.weight })
  }

  /// What times say of the spans of each operation, which many levels ask for.
  private struct Chances {
    let containing: [(SpanIndex, Int64)]
    var ofOperation: [UInt32: [(span: SpanIndex, ratio: Double)]] = [:]
  }

  /// Weighs the spans of an operation that are left: how much their times speak for an ancestor.
  private func climb(
    to operation: UInt32, from level: Level, _ weight: Double, _ missing: MissingParent,
    _ chances: inout Chances, _ found: inout [Found]
  ) {
    let fits = fitting(operation, level, missing, &chances)
    let total = fits.reduce(0) { $0 + $1.ratio }
    for fit in fits {
      found.append(
        Found(
          span: fit.span,
          probability: weight * (1 - statistics.lossRate) * fit.ratio * fit.ratio
            / max(total, 1e-9),
          below: level.isOwn ? level.operation : nil))
    }
  }

  /// Remembers that a span got a child of an operation, so that it needs no other.
  mutating func give(_ found: Found) {
    if let below = found.below { given[key(found.span, below), default: 0] += 1 }
  }

  private func key(_ span: SpanIndex, _ operation: UInt32) -> UInt64 {
    UInt64(span.raw) << 32 | UInt64(operation)
  }

  /// What the lost parent may have been: operations that parents of all of its children have.
  private func lostOperations(_ missing: MissingParent) -> [Level] {
    let children = Set(missing.children.map { statistics.operations.ofRow[$0.index] }).sorted()
    guard let first = children.first else { return [] }
    var levels = statistics.parents[Int(first)].parents.map {
      Level(operation: $0.operation, below: first, weight: 1, isOwn: true)
    }
    for place in levels.indices {
      for child in children {
        let parents = statistics.parents[Int(child)].parents
        let total = parents.reduce(0) { $0 + $1.count }
        let count = parents.first { $0.operation == levels[place].operation }?.count ?? 0
        levels[place].weight *= max(0.001, Double(count) / Double(max(total, 1)))
      }
    }
    let total = levels.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return [] }
    for place in levels.indices { levels[place].weight /= total }
    return levels
  }

  // MARK: Learning

  /// Asks examples of each operation where their ancestors lie in time, and where other spans do.
  private mutating func learnTimes() {
    let filled = (0..<recording.traces.count).count { !byTrace[$0].isEmpty }
    let usual = max(byTrace.list.count / max(filled, 1), 1) * max(statistics.examples.count, 1)
    let limit = min(
      max(Self.observationLimit / usual, Self.exampleLimits.lowerBound),
      Self.exampleLimits.upperBound)
    for operation in statistics.examples.indices {
      for example in statistics.examples[operation].prefix(limit) {
        learnTimes(example, UInt32(truncatingIfNeeded: operation))
      }
    }
  }

  private mutating func learnTimes(_ example: SpanIndex, _ own: UInt32) {
    let trace = recording.spans.trace[example.index]
    guard byTrace[trace.index].count <= Self.largestTrace else { return }
    let ancestors = self.ancestors(of: example)
    let containing = containers(of: [example], in: trace)
    for row in byTrace[trace.index] {
      let span = SpanIndex(Int(row))
      guard span != example else { continue }
      let above = statistics.operations.ofRow[span.index]
      let isAncestor = ancestors.contains(span)
      guard isAncestor || isTold(above, above: example) else { continue }
      // What is nearer than the ancestor is taken as lost.
      guard let place = place(of: [example], in: span, containing, without: ancestors) else {
        continue
      }
      times.note(LineageStatistics.pair(own, above), place, isAncestor: isAncestor)
    }
  }

  private func ancestors(of span: SpanIndex) -> Set<SpanIndex> {
    var found: Set<SpanIndex> = []
    var at = parent[span.index]
    while !at.isNone, found.count < 32 {
      found.insert(at)
      at = parent[at.index]
    }
    return found
  }

  /// Whether the ancestors of a span are known far enough to say which of them is of an operation.
  private func isTold(_ operation: UInt32, above span: SpanIndex) -> Bool {
    var at = span
    for _ in 0..<32 {
      let next = parent[at.index]
      guard !next.isNone else { return recording.spans.parentID[at.index].isNone }
      if statistics.operations.ofRow[next.index] == operation { return true }
      at = next
    }
    return false
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

  /// The spans of one operation in a trace, in order of their start.
  private func spans(of operation: UInt32, in trace: TraceIndex) -> ArraySlice<UInt32> {
    let operations = statistics.operations.ofRow
    return byTrace[trace.index].within(Int64(operation)...Int64(operation)) {
      Int64(operations[Int($0)])
    }
  }

  // MARK: Times

  /// The spans of an operation in the trace that may be the ancestor, with what speaks for them.
  private func fitting(
    _ operation: UInt32, _ level: Level, _ missing: MissingParent, _ chances: inout Chances
  ) -> [(span: SpanIndex, ratio: Double)] {
    let inTime: [(span: SpanIndex, ratio: Double)]
    if let known = chances.ofOperation[operation] {
      inTime = known
    } else {
      inTime = fitting(operation, missing, chances.containing)
      chances.ofOperation[operation] = inTime
    }
    var found: [(span: SpanIndex, ratio: Double)] = []
    for item in inTime {
      let ratio = item.ratio * room(item.span, for: level.operation, isOwn: level.isOwn)
      if ratio > 0.01 { found.append((item.span, ratio)) }
    }
    // Of spans of one operation within each other the inner one is the nearest.
    guard found.count > 1, found.count <= 32 else { return found }
    return found.filter { outer in
      !found.contains { $0.ratio >= outer.ratio * 0.2 && isAncestor(outer.span, of: $0.span) }
    }
  }

  /// The spans of an operation in the trace, with what their times say.
  private func fitting(
    _ operation: UInt32, _ missing: MissingParent, _ containing: [(SpanIndex, Int64)]
  ) -> [(span: SpanIndex, ratio: Double)] {
    let child = statistics.operations.ofRow[missing.children[0].index]
    let pair = LineageStatistics.pair(child, operation)
    var found: [(span: SpanIndex, ratio: Double)] = []
    for row in spans(of: operation, in: missing.trace).prefix(Self.widest) {
      let span = SpanIndex(Int(row))
      guard !missing.children.contains(span), !hidden.contains(span),
        let place = place(of: missing.children, in: span, containing, without: [])
      else { continue }
      found.append((span, times.ratio(pair, place)))
    }
    return found
  }

  /// How well a span has room for one more child of an operation.
  private func room(_ span: SpanIndex, for operation: UInt32, isOwn: Bool) -> Double {
    let own = statistics.operations.ofRow[span.index]
    let most = statistics.mostChildren(of: own, like: operation)
    guard most > 0 else { return 0.5 }
    let has = statistics.children[span.index].count {
      statistics.operations.ofRow[Int($0)] == operation && !hidden.contains(SpanIndex(raw: $0))
    }
    let taken = isOwn ? given[key(span, operation)] ?? 0 : 0
    guard has + taken < most else { return 0.02 }
    guard has + taken == 0 else { return 1 }
    // What nearly always has such a child, and has none here, misses it.
    return 1 / (1 - 0.9 * statistics.share(of: own, withChild: operation))
  }

  /// The spans of the trace that contain all of these, with their lengths.
  private func containers(of spans: [SpanIndex], in trace: TraceIndex) -> [(SpanIndex, Int64)] {
    let starts = spans.map { start[$0.index].nanoseconds }
    let ends = spans.compactMap {
      end[$0.index].isKnown ? end[$0.index].nanoseconds : nil
    }
    guard let first = starts.min(), let last = ends.max() else { return [] }
    return byTrace[trace.index].compactMap { row in
      let span = SpanIndex(Int(row))
      guard start[span.index].nanoseconds <= first, end[span.index].isKnown,
        end[span.index].nanoseconds >= last, !spans.contains(span), !hidden.contains(span),
        let length = end[span.index].since(start[span.index])
      else { return nil }
      return (span, length)
    }
  }

  private func place(
    of spans: [SpanIndex], in other: SpanIndex, _ containing: [(SpanIndex, Int64)],
    without lost: Set<SpanIndex>
  ) -> LineagePlace? {
    let starts = spans.compactMap { start[$0.index].since(start[other.index]) }
    guard let least = starts.min() else { return nil }
    let own = containing.first { $0.0 == other }
    return LineagePlace(
      start: least,
      end: spans.compactMap { end[other.index].since(end[$0.index]) }.min(),
      rank: own.map { own in
        containing.count { $0.1 < own.1 && !lost.contains($0.0) }
      })
  }

  // MARK: Trials

  /// Takes spans of recorded trees as lost, with as many of their ancestors as the run lacks, and looks
  /// how often the nearest ancestor that is left is found.
  mutating func trial() -> AnswerTrust {
    var trust = AnswerTrust()
    var asked = 0
    for operation in statistics.examples.indices {
      for example in statistics.examples[operation].prefix(Self.trialsOfOperation) {
        guard asked < Self.trialLimit else { break }
        let children = statistics.children[example.index].map { SpanIndex(raw: $0) }
        guard !children.isEmpty, start[example.index].isKnown else { continue }
        let truth = hide(example)
        defer { hidden.removeAll(keepingCapacity: true) }
        guard !truth.isNone else { continue }
        asked += 1
        let question = MissingParent(
          trace: recording.spans.trace[example.index],
          spanID: recording.spans.spanID[example.index], children: children)
        guard let found = ancestor(of: question) else { continue }
        trust.add(found.probability, isRight: found.span == truth)
      }
    }
    trust.close()
    return trust
  }

  /// Spans of one operation, and all, that are taken as lost.
  private static let trialsOfOperation = 40
  private static let trialLimit = 1_000

  /// Hides a span and, as often as parents are lost, those above it; gives the nearest that is left.
  private mutating func hide(_ span: SpanIndex) -> SpanIndex {
    hidden.insert(span)
    var at = parent[span.index]
    var draw = recording.spans.spanID[span.index].draw
    while !at.isNone, Double(draw % 1024) < statistics.lossRate * 1024, hidden.count < 8 {
      hidden.insert(at)
      at = parent[at.index]
      draw /= 1024
    }
    return at
  }

  private func settle(_ found: [Found], _ elsewhere: Double) -> Found? {
    var sums: [SpanIndex: Double] = [:]
    for item in found { sums[item.span, default: 0] += item.probability }
    let best = found.max { a, b in
      let first = sums[a.span] ?? 0
      let second = sums[b.span] ?? 0
      if first != second { return first < second }
      if a.probability != b.probability { return a.probability < b.probability }
      return isOrderedBefore(a.span, b.span)
    }
    guard var best, let own = sums[best.span] else { return nil }
    let total = sums.values.sorted().reduce(0, +) + elsewhere
    best.probability = total > 0 ? min(0.99, own / total) : 0
    return best
  }

  private func isOrderedBefore(_ a: SpanIndex, _ b: SpanIndex) -> Bool {
    let spans = recording.spans
    return (spans.start[a.index].nanoseconds, spans.spanID[a.index])
      < (spans.start[b.index].nanoseconds, spans.spanID[b.index])
  }
}
