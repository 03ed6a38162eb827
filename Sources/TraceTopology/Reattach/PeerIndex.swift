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

  private struct Entry: Sendable {
    var key: UInt64
    var start: Int64
    var span: SpanIndex
  }

  /// Calls that are looked at for one question at most; the latest ones first.
  private static let limit = 128
  /// How far clocks may be apart of which nothing is known, in nanoseconds.
  private static let slack: Int64 = 2_000_000

  private let recording: Recording
  private let clocks: HostClocks
  private var entries: [[Entry]] = Array(repeating: [], count: Key.allCases.count)
  /// A recorded served side of each call.
  private var served: [SpanIndex: SpanIndex] = [:]

  var isEmpty: Bool { entries.allSatisfy { $0.isEmpty } }

  /// Nothing is indexed where every served span has its parent.
  init(_ recording: Recording, _ forest: SpanForest) {
    self.recording = recording
    clocks = forest.clocks
    guard Self.isNeeded(recording, forest) else { return }
    let spans = recording.spans
    let peers = recording.attributes.peers
    for place in 0..<peers.count {
      let row = peers.span[place].index
      guard !forest.isAbsorbed[row], Self.isCaller(spans.kind(row)), spans.start[row].isKnown else {
        continue
      }
      for key in Key.allCases {
        guard let value = Self.value(key, peers.facts[place], spans.kind(row)) else { continue }
        entries[Int(key.rawValue)].append(
          Entry(key: value, start: time(spans.start[row], row), span: SpanIndex(row)))
      }
    }
    for key in entries.indices {
      entries[key].sort { a, b in
        if a.key != b.key { return a.key < b.key }
        if a.start != b.start { return a.start < b.start }
        return Self.isOrderedBefore(a.span, b.span, recording)
      }
    }
    for row in 0..<spans.count where !forest.isAbsorbed[row] && Self.isServed(spans.kind(row)) {
      let parent = forest.parent[row]
      if !parent.isNone, spans.kind(parent.index) == .client { served[parent] = SpanIndex(row) }
    }
  }

  private static func isCaller(_ kind: SpanKind) -> Bool { kind == .client || kind == .producer }
  private static func isServed(_ kind: SpanKind) -> Bool { kind == .server || kind == .consumer }

  private static func isNeeded(_ recording: Recording, _ forest: SpanForest) -> Bool {
    let peers = recording.attributes.peers
    return (0..<peers.count).contains { place in
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

  private func time(_ time: Timestamp, _ row: Int) -> Int64 {
    clocks.time(time, of: recording.spans.process[row]).nanoseconds
  }

  private static func isOrderedBefore(
    _ a: SpanIndex, _ b: SpanIndex, _ recording: Recording
  ) -> Bool {
    let spans = recording.spans
    let first = recording.traces[spans.trace[a.index]]
    let second = recording.traces[spans.trace[b.index]]
    return first != second ? first < second : spans.spanID[a.index] < spans.spanID[b.index]
  }

  /// The calls that fit a served span by its strongest key, latest first; empty for other spans.
  func calls(of span: SpanIndex) -> [Fit] {
    guard !isEmpty, !span.isNone else { return [] }
    let kind = recording.spans.kind(span.index)
    guard Self.isServed(kind), recording.spans.start[span.index].isKnown,
      let facts = recording.attributes.peers[span]
    else { return [] }
    for key in Key.allCases {
      guard let value = Self.value(key, facts, kind) else { continue }
      let fits = fits(span, key, value)
      if !fits.isEmpty { return fits }
    }
    return []
  }

  private func fits(_ span: SpanIndex, _ key: Key, _ value: UInt64) -> [Fit] {
    let list = entries[Int(key.rawValue)]
    let row = span.index
    let start = time(recording.spans.start[row], row)
    var low = 0
    var high = list.count
    let latest = start.addingSaturated(2 * Self.slack)
    while low < high {
      let middle = (low + high) / 2
      let entry = list[middle]
      if entry.key < value || (entry.key == value && entry.start <= latest) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    var fits: [Fit] = []
    var at = low - 1
    while at >= 0, low - at <= Self.limit, list[at].key == value {
      if let fit = fit(list[at].span, key, of: span, start: start) { fits.append(fit) }
      at -= 1
    }
    return fits
  }

  private func fit(_ call: SpanIndex, _ key: Key, of span: SpanIndex, start: Int64) -> Fit? {
    let spans = recording.spans
    guard spans.process[call.index] != spans.process[span.index] else { return nil }
    let slack = slack(call, span)
    guard time(spans.start[call.index], call.index) <= start.addingSaturated(slack) else {
      return nil
    }
    // A message is taken at any time after it was sent.
    if spans.kind(call.index) == .producer || key == .message {
      return Fit(span: call, key: key, isContained: true)
    }
    // One call is served once.
    if let other = served[call], other != span { return nil }
    guard spans.end[call.index].isKnown else {
      return Fit(span: call, key: key, isContained: true)
    }
    let end = time(spans.end[call.index], call.index).addingSaturated(slack)
    guard end >= start else { return nil }
    let isContained =
      !spans.end[span.index].isKnown || end >= time(spans.end[span.index], span.index)
    return Fit(span: call, key: key, isContained: isContained)
  }

  private func slack(_ a: SpanIndex, _ b: SpanIndex) -> Int64 {
    let spans = recording.spans
    guard let first = clocks.skew(of: spans.process[a.index])?.uncertainty,
      let second = clocks.skew(of: spans.process[b.index])?.uncertainty
    else { return Self.slack }
    return min(first.addingSaturated(second), 2 * Self.slack)
  }
}
