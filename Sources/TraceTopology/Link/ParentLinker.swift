/// Resolves every recorded parent: records of one span joined, sides of a call told apart, rings cut,
/// missing parents listed.
///
/// One pass for each trace over rows that a counting sort brings together, with a small table from
/// span id to rows: linear, and no recursion however deep or wide a trace is. What must compare times
/// of several hosts waits until the clear parents have told how far apart their clocks are.
struct ParentLinker {
  private var recording: Recording
  private let order: SpanOrder
  private(set) var forest: SpanForest
  /// Children of several spans with one id, for which times must decide.
  private var open: [(row: Int, parents: [Int])] = []
  /// For the server's side of a call its client's side; for all others nothing.
  private var clients: [Int: [Int]] = [:]
  /// Rows that hold a part of a span, each with the row that stands for it.
  private var wholes: [SpanIndex: SpanIndex] = [:]
  private var report = LinkReport()

  init(_ recording: Recording, order: SpanOrder) {
    self.recording = recording
    self.order = order
    let count = recording.spans.count
    forest = SpanForest(
      parent: LargePages.filled(.none, count: count),
      isAbsorbed: Array(repeating: false, count: count),
      cause: Array(repeating: .none, count: count), missing: [])
  }

  /// Gives the forest. Parts of a span are put together in the recording, and what was found wrong is
  /// added to its diagnostics. Each thread looks at traces of its own.
  static func link(
    _ recording: inout Recording, order: SpanOrder, _ threads: Threads = .one
  ) async -> SpanForest {
    var linker = await linked(recording, order, threads)
    return await linker.finish(&recording, threads)
  }

  /// Fewer traces are not worth a thread of their own.
  private static let tracesAtOnce = 256

  /// The rows by trace, and what was found of each trace, are gone before the rest takes room.
  private static func linked(
    _ recording: Recording, _ order: SpanOrder, _ threads: Threads
  ) async -> ParentLinker {
    let byTrace = RowLists(owners: recording.traces.count, rows: recording.spans.count) {
      recording.spans.trace[$0].index
    }
    let parts = await threads.stretches(of: byTrace.owners, atLeast: tracesAtOnce) {
      TraceParents($0, byTrace, recording)
    }
    var linker = ParentLinker(recording, order: order)
    linker.linkTraces(parts, byTrace)
    return linker
  }

  private mutating func finish(
    _ recording: inout Recording, _ threads: Threads
  ) async -> SpanForest {
    forest.clocks = await HostClocks(
      self.recording, parent: forest.parent, processRank: order.processRank, threads)
    settleOpen()
    await searchOtherTraces(threads)
    if await mayHoldRings(threads) { cutRings() }
    completeSpans(&recording)
    report.add(forest, recording.spans, to: &recording.diagnostics)
    return forest
  }

  private mutating func linkTraces(_ parts: [TraceParents], _ byTrace: RowLists) {
    for part in parts {
      for (row, parent) in zip(byTrace.rows(of: part.traces), part.parents) {
        forest.parent[Int(row)] = parent
      }
      for (row, cause) in part.causes { forest.cause[row] = cause }
      forest.missing += part.missing
    }
    var table = SpanIDTable()
    for trace in parts.lazy.flatMap(\.left) {
      let rows = byTrace[trace]
      guard recording.traces[TraceIndex(trace)] != .zero else {
        for row in rows { forest.cause[Int(row)] = .damagedInput }
        continue
      }
      table.begin(count: rows.count)
      var repeated: Set<SpanID> = []
      for row in rows where !recording.spans.spanID[Int(row)].isNone {
        enter(Int(row), &table, &repeated)
      }
      for id in repeated.sorted() { settle(id, table.rows(of: id)) }
      for row in rows where !forest.isAbsorbed[Int(row)] {
        resolve(Int(row), TraceIndex(trace), &table)
      }
    }
    forest.missing.sort {
      ($0.trace == $1.trace)
        ? $0.spanID < $1.spanID : recording.traces[$0.trace] < recording.traces[$1.trace]
    }
  }

  // MARK: Records of one id

  /// Puts a row into the table of its trace, unless it repeats one that is there.
  private mutating func enter(
    _ row: Int, _ table: inout SpanIDTable, _ repeated: inout Set<SpanID>
  ) {
    let id = recording.spans.spanID[row]
    if table.find(id) != nil {
      if table.rows(of: id).contains(where: { order.isSame(row, $0) }) {
        forest.isAbsorbed[row] = true
        report.duplicates += 1
        return
      }
      repeated.insert(id)
    }
    table.insert(id, row: row)
  }

  private mutating func settle(_ id: SpanID, _ rows: [Int]) {
    let same = SameSpanID(rows, recording, order: order)
    for (part, whole) in same.parts {
      forest.isAbsorbed[part] = true
      wholes[SpanIndex(part)] = SpanIndex(whole)
      recording.spans.complete(whole, from: part)
    }
    report.parts += same.parts.count
    let others = same.spans.filter { !same.servers.contains($0) }
    for server in same.servers {
      clients[server] = others.filter { recording.spans.kind($0) == .client }
      if clients[server]?.isEmpty ?? true { clients[server] = others }
      forest.identity[SpanIndex(server)] = .sharedSpan
    }
    report.sharedSpans += same.servers.count
    if same.isConflict { report.conflicts.append(id) }
  }

  private mutating func completeSpans(_ recording: inout Recording) {
    guard !wholes.isEmpty else { return }
    recording.spans = self.recording.spans
    recording.attributes.move(wholes)
    recording.links.move(wholes)
  }

  // MARK: Parents

  private mutating func resolve(_ row: Int, _ trace: TraceIndex, _ table: inout SpanIDTable) {
    if !clients.isEmpty, let clients = clients[row] { return choose(for: row, among: clients) }
    switch RecordedParent(of: row, recording.spans, table) {
    case .row(let parent, isAlone: true): forest.parent[row] = SpanIndex(parent)
    case .row(let first, isAlone: false):
      let rows = table.rows(of: recording.spans.spanID[first])
        .filter { !forest.isAbsorbed[$0] }
      choose(
        for: row,
        among: SameSpanID.parents(
          of: row, among: rows, recording, isServer: { clients[$0] != nil }))
    case .none(let cause): forest.cause[row] = cause
    case .missing(let id):
      forest.cause[row] = .missingParent
      forest.missing.add(row, below: id, trace, &table)
    }
  }

  private mutating func choose(for row: Int, among parents: [Int]) {
    if parents.count == 1 {
      forest.parent[row] = SpanIndex(parents[0])
    } else {
      open.append((row, parents))
    }
  }

  /// Of several spans with the recorded id the one whose time holds the child; the first in order
  /// where that does not decide.
  private mutating func settleOpen() {
    for (row, parents) in open {
      let holding = parents.filter { holds($0, row) }
      let best = (holding.isEmpty ? parents : holding).min { order.isOrderedBefore($0, $1) }
      forest.parent[row] = best.map { SpanIndex($0) } ?? .none
    }
  }

  private func holds(_ parent: Int, _ child: Int) -> Bool {
    let spans = recording.spans
    let clocks = forest.clocks
    let start = clocks.time(spans.start[child], of: spans.process[child])
    let begin = clocks.time(spans.start[parent], of: spans.process[parent])
    guard let lead = start.since(begin), lead >= 0 else { return false }
    guard let rest = clocks.time(spans.end[parent], of: spans.process[parent]).since(start) else {
      return true
    }
    return rest >= 0
  }

  private mutating func searchOtherTraces(_ threads: Threads) async {
    let search = await OtherTraces(recording, forest, threads)
    var missing: [MissingParent] = []
    for item in forest.missing {
      guard let parent = search.parent(of: item, isServer: { clients[$0] != nil }) else {
        missing.append(item)
        continue
      }
      for child in item.children {
        forest.parent[child.index] = parent
        forest.cause[child.index] = .none
        forest.identity[child] = .otherTrace
      }
      report.otherTraces.append(
        (
          item.spanID, recording.traces[item.trace],
          recording.traces[recording.spans.trace[parent.index]]
        ))
    }
    forest.missing = missing
  }

  // MARK: Rings

  /// Whether any row may be an ancestor of itself. Rows have an order by their starts, and at one time by
  /// their numbers: as long as each stands behind its parent there, none is. So a ring goes through one that
  /// does not, and these are few.
  private func mayHoldRings(_ threads: Threads) async -> Bool {
    let parent = forest.parent
    let starts = recording.spans.start
    let parts = await threads.stretches(of: parent.count, atLeast: Self.rowsAtOnce) { rows in
      rows.filter { row in
        guard !parent[row].isNone else { return false }
        let above = parent[row].index
        let (own, other) = (starts[row].nanoseconds, starts[above].nanoseconds)
        return own < other || own == other && row <= above
      }
    }
    // 0: not seen, otherwise the number of the walk that saw it.
    var seen: [UInt32] = []
    var walk: UInt32 = 0
    for row in parts.joined() {
      if seen.isEmpty { seen = LargePages.filled(0, count: parent.count) }
      walk &+= 1
      var at = SpanIndex(row)
      while !at.isNone, seen[at.index] == 0 {
        seen[at.index] = walk
        at = parent[at.index]
      }
      if !at.isNone, seen[at.index] == walk { return true }
    }
    return false
  }

  /// Fewer rows are not worth a thread of their own.
  private static let rowsAtOnce = 4096

  /// Cuts each ring of recorded parents above its earliest span: a cause comes first. A ring that a
  /// mere link may have closed is cut there.
  private mutating func cutRings() {
    // 0: not seen, otherwise the number of the walk that saw it.
    var seen = LargePages.filled(UInt32(0), count: forest.parent.count)
    var walk: UInt32 = 0
    for row in 0..<forest.parent.count where seen[row] == 0 {
      walk &+= 1
      var at = SpanIndex(row)
      while !at.isNone, seen[at.index] == 0 {
        seen[at.index] = walk
        at = forest.parent[at.index]
      }
      if !at.isNone, seen[at.index] == walk { cutRing(through: at) }
    }
  }

  private mutating func cutRing(through first: SpanIndex) {
    var ring = [first.index]
    while let last = ring.last, forest.parent[last] != first {
      ring.append(forest.parent[last].index)
    }
    let links = ring.filter { recording.spans.followsParent($0) }
    guard
      let head = (links.isEmpty ? ring : links).min(by: { order.isOrderedBefore($0, $1) })
    else { return }
    forest.parent[head] = .none
    forest.identity[SpanIndex(head)] = nil
    forest.cause[head] = links.isEmpty ? .cycle : .none
    report.rings.append(
      LinkReport.Ring(
        head: recording.spans.spanID[head], length: ring.count, isLink: !links.isEmpty))
  }
}
