/// Finds parents that no span of their trace is, but one span of another trace: a trace id that was cut
/// or restarted on the way, while the parent's id came through.
///
/// Only what leaves no doubt is taken: the id belongs to one span of the whole run, it is no small
/// number such as counters and hand-made logs use, and the times agree.
struct OtherTraces {
  private let recording: Recording
  private let isAbsorbed: [Bool]
  private let clocks: HostClocks
  /// The rows of each wanted id, in any trace; for a shared id those of both sides.
  private var wanted = KeyNumbers()
  private var rows = RowLists(owners: 0, rows: 0) { _ in nil }

  /// Times of one process order themselves; writers that keep microseconds cut what is below.
  private static let slack: Int64 = 2_000

  /// Fewer rows are not worth a thread of their own.
  private static let rowsAtOnce = 4096

  init(_ recording: Recording, _ forest: SpanForest, _ threads: Threads) async {
    self.recording = recording
    isAbsorbed = forest.isAbsorbed
    clocks = forest.clocks
    guard !forest.missing.isEmpty else { return }
    for missing in forest.missing { _ = wanted.number(of: missing.spanID.value) }
    let (numbers, spans, isAbsorbed) = (wanted, recording.spans.spanID, forest.isAbsorbed)
    let parts = await threads.stretches(of: spans.count, atLeast: Self.rowsAtOnce) { rows in
      rows.filter { !isAbsorbed[$0] && numbers.find(spans[$0].value) != nil }
    }
    let found = Array(parts.joined())
    rows = RowLists(owners: wanted.keys.count, rows: found.count) { place in
      numbers.find(spans[found[place]].value)
    }.mapped { found[$0] }
  }

  /// The one span that the children of a missing parent mean; nil if there is none or a doubt.
  func parent(of missing: MissingParent, isServer: (Int) -> Bool) -> SpanIndex? {
    guard let number = wanted.find(missing.spanID.value) else { return nil }
    let found = rows[number].map { Int($0) }
    guard let first = found.first else { return nil }
    let table = recording.spans
    // Two sides of one call are one answer, two traces are a doubt.
    guard found.allSatisfy({ table.trace[$0] == table.trace[first] }) else { return nil }
    let isRelated = recording.traces[table.trace[first]].isRelated(
      to: recording.traces[missing.trace])
    guard isRelated || missing.spanID.value >> 32 != 0 else { return nil }
    var chosen: Int?
    for child in missing.children {
      let parents = SameSpanID.parents(
        of: child.index, among: found, recording, isServer: isServer)
      guard parents.count == 1, chosen == nil || chosen == parents[0],
        agree(child.index, parents[0], isRelated: isRelated)
      else { return nil }
      chosen = parents[0]
    }
    return chosen.map { SpanIndex($0) }
  }

  /// A child begins within its parent's time; where the trace ids tell, it may begin later.
  private func agree(_ child: Int, _ parent: Int, isRelated: Bool) -> Bool {
    let table = recording.spans
    let start = clocks.time(table.start[child], of: table.process[child])
    let begin = clocks.time(table.start[parent], of: table.process[parent])
    let end = clocks.time(table.end[parent], of: table.process[parent])
    guard let lead = start.since(begin), lead >= -Self.slack else { return false }
    guard !isRelated else { return true }
    guard let rest = end.since(start) else { return false }
    return rest >= -Self.slack
  }
}

extension TraceID {
  /// Whether one id may be what is left of the other: half of the bits are equal, or shifted away.
  fileprivate func isRelated(to other: TraceID) -> Bool {
    isForm(of: other) || (low == other.low && low >> 32 != 0)
      || (high == other.high && high >> 32 != 0)
  }
}
