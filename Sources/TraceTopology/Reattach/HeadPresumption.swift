/// What spans that name no parent are presumed to be by what their like show: heads of their trees, or
/// orphans that lost their contexts.
///
/// Such a span is an orphan if most that are like it have parents, recorded ones or found on evidence.
/// Yet something must head a trace: where most of these parents stand in traces that such spans head
/// themselves, not all of them can have been cut from the others, and they are the entries of the run.
///
///     cut off    A → B → C    A → B → C    B → C              B lost one: traces of A attest it
///     entries    A → B → C    B → C → A    C → A → B    …     nothing else heads a trace
struct HeadPresumption: Sendable {
  /// What is known of spans that are alike.
  struct Record: Sendable {
    /// Those with a recorded parent.
    var parents = 0
    /// Those that name none, and were put back.
    var joined = 0
    /// The others that name none.
    var heads = 0
    /// Few of their parents stand in a trace with another head.
    var isEntry = false

    /// Whether most have a recorded parent.
    var isMostlyChild: Bool { parents >= 5 && parents > 2 * (heads + joined) }

    /// Whether most have a parent, and so many that named none were put back that this is usual.
    private var isOftenJoined: Bool {
      parents >= 5 && parents + joined > 2 * heads && 4 * joined >= heads && joined > 0
    }

    var isOrphan: Bool { isMostlyChild && !isEntry || isOftenJoined }
  }

  /// What heads a trace.
  private enum Head: UInt8 {
    /// No span of it names no parent: its entry is in no log.
    case missing
    /// Spans whose like mostly have parents, and no others.
    case doubted
    case sure
  }

  /// Of the parents that spans of one like have at least one of so many stands in a trace with another
  /// head. Where a tenth of all contexts is lost at each step, that many are left after thirteen; where
  /// a third is lost, after three, and what lies deeper needs evidence.
  private static let attestedShare = 4
  /// Fewer rows are not worth a thread of their own.
  private static let rowsAtOnce = 4096

  /// The spans that name no parent, damaged ones left out, with the numbers of their like.
  private(set) var heads: [(span: SpanIndex, like: UInt32)] = []
  private var likes: SpanLikes
  private var records: [Record] = []

  init(
    _ recording: Recording, _ forest: SpanForest, _ classes: SpanClasses,
    _ statistics: RuleStatistics, _ threads: Threads
  ) async {
    likes = SpanLikes(recording, classes)
    for row in 0..<recording.spans.count
    where !forest.isAbsorbed[row] && forest.parent[row].isNone && forest.cause[row] == .none {
      let like = likes.number(of: row)
      heads.append((SpanIndex(row), UInt32(truncatingIfNeeded: like)))
      if like == records.count { records.append(Self.taught(classes[row], statistics)) }
      records[like].heads += 1
    }
    let parents = await Self.countParents(recording, forest, likes, nil, threads)
    for like in records.indices { records[like].parents += parents[like] }
    guard records.contains(where: \.isMostlyChild) else { return }
    // These are few: it costs less to count what they attest not.
    let isDoubted = headedByDoubted(recording)
    let unattested = await Self.countParents(recording, forest, likes, isDoubted, threads)
    for like in records.indices where records[like].isMostlyChild {
      // What other runs teach was not cut from traces of this one.
      let share = (records[like].parents - unattested[like]) * Self.attestedShare
      records[like].isEntry = share < records[like].parents
    }
  }

  init(_ recording: Recording, _ classes: SpanClasses) { likes = SpanLikes(recording, classes) }

  /// What other runs show of a class.
  private static func taught(_ kind: SpanClass, _ statistics: RuleStatistics) -> Record {
    let taught = statistics.taught(kind)
    return Record(parents: taught.parents, heads: taught.roots)
  }

  /// For each like how many spans have a parent; of traces that are counted, if these are named.
  private static func countParents(
    _ recording: Recording, _ forest: SpanForest, _ likes: SpanLikes, _ isCounted: [Bool]?,
    _ threads: Threads
  ) async -> [Int] {
    let traces = recording.spans.trace
    // What is counted at once takes no more room than the rows.
    let least = max(rowsAtOnce, likes.count)
    let parts = await threads.stretches(of: recording.spans.count, atLeast: least) { rows in
      var counts = Array(repeating: 0, count: likes.count)
      for row in rows where !forest.isAbsorbed[row] && !forest.parent[row].isNone {
        guard isCounted?[traces[row].index] ?? true, let like = likes.find(row) else { continue }
        counts[like] += 1
      }
      return counts
    }
    return parts.reduce(into: Array(repeating: 0, count: likes.count)) { sum, part in
      for like in sum.indices { sum[like] += part[like] }
    }
  }

  /// For each trace whether nothing else heads it than spans whose like mostly have parents.
  private func headedByDoubted(_ recording: Recording) -> [Bool] {
    var kinds = Array(repeating: Head.missing, count: recording.traces.count)
    for (span, like) in heads {
      let trace = recording.spans.trace[span.index].index
      if !records[Int(like)].isMostlyChild { kinds[trace] = .sure }
      if kinds[trace] == .missing { kinds[trace] = .doubted }
    }
    return kinds.map { $0 == .doubted }
  }

  /// What is known of the spans that are like one; nil if all of them name their parents.
  func record(of span: SpanIndex) -> Record? { likes.find(span.index).map { records[$0] } }

  func record(like: UInt32) -> Record { records[Int(like)] }

  /// Notes that one of the heads was put back under a parent.
  mutating func noteJoined(like: UInt32) {
    records[Int(like)].joined += 1
    records[Int(like)].heads -= 1
  }
}
