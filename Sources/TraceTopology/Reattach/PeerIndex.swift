/// Finds the call that a served request came from, or the message that was taken, by what both sides
/// say about it: the id of the message, the ports of the connection, what was asked for.
///
/// Two spans of two processes belong together where their keys are equal and the called one began
/// while the calling one was open, on the clock that their hosts share. The strongest kind of key
/// that finds anything decides.
struct PeerIndex: Sendable {
  /// A call that fits.
  struct Fit: Sendable, Equatable {
    var span: SpanIndex
    var key: Key
    /// Whether the call was open until the served span had ended.
    var isContained: Bool
  }

  /// The kinds of keys, strongest first.
  enum Key: UInt64, Sendable, CaseIterable {
    case message, connection, operation, route
  }

  /// A call, with all that a question asks of it: neighbours are looked at together.
  fileprivate struct Entry: Sendable {
    /// With its bits mixed.
    var key: UInt64
    /// On the clock that all hosts share.
    var start: Int64
    var end: Timestamp
    var span: SpanIndex
    var process: ProcessIndex
    /// Its recorded served side.
    var served: SpanIndex
    var isProducer: Bool
  }

  /// Calls that are looked at for one question at most; the latest ones first. Of those that fit no
  /// more are kept than may still share something like certainty.
  private static let limit = 128
  private static let fitLimit = 32

  private let recording: Recording
  private let clocks: HostClocks
  private var calls: [PeerCalls] = Array(repeating: PeerCalls(), count: Key.allCases.count)

  /// The served spans that say anything, and what they say.
  private var served = SpanColumn()
  private var facts: [PeerFacts] = []

  let isEmpty: Bool

  /// Nothing is indexed where every served span has its parent. `peers` is what spans say of the other
  /// sides of their calls, which the recording itself need not hold any more.
  init(_ recording: Recording, _ forest: SpanForest, _ peers: consuming PeerTable) {
    self.recording = recording
    clocks = forest.clocks
    guard Self.isNeeded(recording, forest, peers) else {
      isEmpty = true
      return
    }
    let spans = recording.spans
    let clocks = clocks
    var calls = calls
    let other = Self.served(recording, forest)
    var count = Array(repeating: 0, count: calls.count)
    Self.eachCall(recording, forest, peers) { _, key, _ in count[Int(key.rawValue)] += 1 }
    for key in calls.indices { calls[key].reserve(count[key]) }
    Self.eachCall(recording, forest, peers) { row, key, value in
      calls[Int(key.rawValue)].append(
        Entry(
          key: value.mixed,
          start: clocks.time(spans.start[row], of: spans.process[row]).nanoseconds,
          end: clocks.time(spans.end[row], of: spans.process[row]), span: SpanIndex(row),
          process: spans.process[row], served: other[row],
          isProducer: spans.kind(row) == .producer))
    }
    for key in calls.indices {
      calls[key].arrange { a, b in
        if a.key != b.key { return a.key < b.key }
        if a.start != b.start { return a.start < b.start }
        return recording.isOrderedBefore(a.span, b.span)
      }
    }
    isEmpty = calls.allSatisfy { $0.entries.isEmpty }
    self.calls = calls
    keepServed(peers)
  }

  private mutating func keepServed(_ peers: PeerTable) {
    let spans = recording.spans
    var count = 0
    for place in 0..<peers.count where Self.isServed(spans.kind(peers.span[place].index)) {
      count += 1
    }
    served.reserve(count)
    LargePages.reserve(count, in: &facts)
    for place in 0..<peers.count where Self.isServed(spans.kind(peers.span[place].index)) {
      served.append(peers.span[place])
      facts.append(peers.facts[place])
    }
  }

  /// Calls `body` with the row of each call, and each of its keys.
  private static func eachCall(
    _ recording: Recording, _ forest: SpanForest, _ peers: PeerTable,
    _ body: (Int, Key, UInt64) -> Void
  ) {
    let spans = recording.spans
    for place in 0..<peers.count {
      let row = peers.span[place].index
      guard !forest.isAbsorbed[row], isCaller(spans.kind(row)), spans.start[row].isKnown else {
        continue
      }
      for key in Key.allCases {
        if let value = value(key, peers.facts[place], spans.kind(row)) { body(row, key, value) }
      }
    }
  }

  /// For each call a recorded served side.
  private static func served(_ recording: Recording, _ forest: SpanForest) -> [SpanIndex] {
    let spans = recording.spans
    var served = Array(repeating: SpanIndex.none, count: spans.count)
    for row in 0..<spans.count where !forest.isAbsorbed[row] && isServed(spans.kind(row)) {
      let parent = forest.parent[row]
      if !parent.isNone, spans.kind(parent.index) == .client {
        served[parent.index] = SpanIndex(row)
      }
    }
    return served
  }

  private static func isCaller(_ kind: SpanKind) -> Bool { kind == .client || kind == .producer }
  private static func isServed(_ kind: SpanKind) -> Bool { kind == .server || kind == .consumer }

  private static func isNeeded(
    _ recording: Recording, _ forest: SpanForest, _ peers: PeerTable
  ) -> Bool {
    (0..<peers.count).contains { place in
      let row = peers.span[place].index
      return isServed(recording.spans.kind(row)) && !forest.isAbsorbed[row]
        && forest.parent[row].isNone
    }
  }

  private static func value(_ key: Key, _ facts: PeerFacts, _ kind: SpanKind) -> UInt64? {
    switch key {
    case .message: facts.messageKey
    case .connection: facts.connection(kind).map { UInt64($0) }
    case .operation: facts.operation
    case .route: facts.routeKey
    }
  }

  private func time(_ time: Timestamp, _ row: Int) -> Timestamp {
    clocks.time(time, of: recording.spans.process[row])
  }

  /// The calls that fit a served span by its strongest key, latest first; empty for other spans.
  func calls(of span: SpanIndex) -> [Fit] {
    guard !isEmpty, !span.isNone, span.index < recording.spans.count else { return [] }
    let kind = recording.spans.kind(span.index)
    guard Self.isServed(kind) else { return [] }
    let places = served.rows(of: span)
    guard recording.spans.start[span.index].isKnown, !places.isEmpty else { return [] }
    let facts = facts[places.lowerBound]
    for key in Key.allCases {
      guard let value = Self.value(key, facts, kind) else { continue }
      let fits = fits(span, key, value)
      if !fits.isEmpty { return fits }
    }
    return []
  }

  private func fits(_ span: SpanIndex, _ key: Key, _ value: UInt64) -> [Fit] {
    let row = span.index
    let calls = calls[Int(key.rawValue)]
    let mixed = value.mixed
    let range = calls.range(of: mixed)
    guard !range.isEmpty else { return [] }
    let served = Served(
      span: span, process: recording.spans.process[row],
      start: time(recording.spans.start[row], row).nanoseconds,
      end: time(recording.spans.end[row], row),
      uncertainty: clocks.skew(of: recording.spans.process[row])?.uncertainty)
    let last = calls.places(
      in: range, of: mixed, to: served.start.addingSaturated(2 * HostClocks.unknownSkew))
    var fits: [Fit] = []
    fits.reserveCapacity(min(last.count, Self.fitLimit))
    for at in last.reversed().prefix(Self.limit) {
      let call = calls.entries[at]
      guard fits.count < Self.fitLimit, call.key == mixed else { break }
      if let fit = fit(call, key, of: served) { fits.append(fit) }
    }
    return fits
  }

  /// The served span of a question.
  private struct Served {
    var span: SpanIndex
    var process: ProcessIndex
    var start: Int64
    var end: Timestamp
    /// How far the clock of its host may be off; nil if nothing is known of it.
    var uncertainty: Int64?
  }

  private func fit(_ call: Entry, _ key: Key, of served: Served) -> Fit? {
    guard call.process != served.process else { return nil }
    let slack = slack(call.process, served.uncertainty)
    guard call.start <= served.start.addingSaturated(slack) else { return nil }
    // A message is taken at any time after it was sent.
    if call.isProducer || key == .message {
      return Fit(span: call.span, key: key, isContained: true)
    }
    // One call is served once.
    guard call.served.isNone || call.served == served.span else { return nil }
    guard call.end.isKnown else { return Fit(span: call.span, key: key, isContained: true) }
    let end = call.end.nanoseconds.addingSaturated(slack)
    guard end >= served.start else { return nil }
    let isContained = !served.end.isKnown || end >= served.end.nanoseconds
    return Fit(span: call.span, key: key, isContained: isContained)
  }

  private func slack(_ process: ProcessIndex, _ other: Int64?) -> Int64 {
    guard let other, let own = clocks.skew(of: process)?.uncertainty else {
      return HostClocks.unknownSkew
    }
    return min(own.addingSaturated(other), 2 * HostClocks.unknownSkew)
  }
}

/// The calls by one kind of key, in the order of the keys, and for one key of their starts.
///
/// Most keys that are asked for are those of no call: the leading bits of a key, which are mixed, say
/// where its calls would be.
///
///     entries   a a a   c   d e
///     first     0       3   4         for each value of the leading bits
private struct PeerCalls: Sendable {
  typealias Entry = PeerIndex.Entry

  private(set) var entries: [Entry] = []
  private var first: [UInt32] = [0, 0]
  private var leadingBits: UInt64 = 0

  /// There are no more values of the leading bits than two to the power of this.
  private static let most: UInt64 = 20

  mutating func reserve(_ count: Int) { LargePages.reserve(count, in: &entries) }

  mutating func append(_ entry: Entry) { entries.append(entry) }

  /// Puts the calls in order, first by their keys; to be called when all are there.
  mutating func arrange(_ isOrderedBefore: (Entry, Entry) -> Bool) {
    let old = entries
    while leadingBits < Self.most, old.count >> (leadingBits + 1) > 0 { leadingBits += 1 }
    let groups = 1 << Int(leadingBits)
    let places = RowLists(owners: groups, rows: old.count) { group(of: old[$0].key) }
    entries = places.list.map { old[Int($0)] }
    // Few calls share leading bits, and those of one key come nearly in the order of their starts.
    NearlySorted.sort(&entries, by: isOrderedBefore)
    first = []
    first.reserveCapacity(groups + 1)
    var from = 0
    for group in 0..<groups {
      first.append(UInt32(truncatingIfNeeded: from))
      from += places.count(of: group)
    }
    first.append(UInt32(truncatingIfNeeded: from))
  }

  private func group(of key: UInt64) -> Int { Int(truncatingIfNeeded: key >> (64 - leadingBits)) }

  /// Where the calls of a key are, perhaps with others.
  func range(of key: UInt64) -> Range<Int> {
    let group = group(of: key)
    return Int(first[group])..<Int(first[group + 1])
  }

  /// Of a range those before the first one behind a key and a start.
  func places(in range: Range<Int>, of key: UInt64, to start: Int64) -> Range<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      let entry = entries[middle]
      if entry.key < key || (entry.key == key && entry.start <= start) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return range.lowerBound..<low
  }
}
