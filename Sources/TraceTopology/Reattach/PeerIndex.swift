/// Finds the call that a served request came from, or the message that was taken, by what both sides
/// say about it: the id of the message, the ports of the connection, what was asked for.
///
/// Two spans of two processes belong together where their keys are equal and the called one began
/// while the calling one was open, on the clock that their hosts share. The strongest kind of key
/// that finds anything decides.
final class PeerIndex: Sendable {
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

  /// Calls that are looked at for one question at most; the latest ones first. Of those that fit no
  /// more are kept than may still share something like certainty.
  private static let limit = 128
  private static let fitLimit = 32

  private let recording: Recording
  private let forest: SpanForest
  private var clocks: HostClocks { forest.clocks }

  /// Those that a question may be answered with: a call is served once, so one whose served side is
  /// recorded is not among them, unless more than one may take what it sends.
  private let calls: [PeerCalls]
  private let said: PeerTable
  /// For each process how far the clock of its host may be off; nil if nothing is known of it.
  private let uncertainties: [Int64?]

  let isEmpty: Bool

  /// What is there to be asked; no other calls are found than recorded ones before they are put in order
  /// (`arranged`). Nothing is kept where
  /// every served span has its parent. `said` is what spans say of the other sides of their calls, which
  /// the recording itself need not hold any more.
  init(_ recording: Recording, _ forest: SpanForest, _ said: PeerTable) {
    self.recording = recording
    self.forest = forest
    let isNeeded = Self.isNeeded(recording, forest, said)
    self.said = isNeeded ? said : PeerTable()
    isEmpty = !isNeeded || !Self.hasCalls(recording, forest, said)
    uncertainties = (0..<recording.processes.count).map {
      forest.clocks.skew(of: ProcessIndex($0))?.uncertainty
    }
    calls = Key.allCases.map { _ in PeerCalls() }
  }

  private init(_ other: PeerIndex, _ calls: [PeerCalls]) {
    recording = other.recording
    forest = other.forest
    said = other.said
    isEmpty = other.isEmpty
    uncertainties = other.uncertainties
    self.calls = calls
  }

  /// The same with its calls in order.
  func arranged() -> PeerIndex { isEmpty ? self : PeerIndex(self, unansweredCalls()) }

  private func unansweredCalls() -> [PeerCalls] {
    let isServed = served()
    let (spans, clocks) = (recording.spans, clocks)
    return Key.allCases.map { key in
      PeerCalls(
        key == .message ? messages() : known(by: key, isServed),
        times: { Self.call($0, by: key, spans, clocks) },
        isOrderedBefore: recording.isOrderedBefore)
    }
  }

  private func messages() -> [PeerCalls.Known] {
    var known: [PeerCalls.Known] = []
    for (place, message) in said.message.enumerated() {
      let span = said.messageSpan[place]
      guard Self.isCall(span.index, recording.spans, forest) else { continue }
      known.append(PeerCalls.Known(key: Self.folded(message), span: span))
    }
    return known
  }

  /// The calls that may be answers by one kind of key.
  private func known(by key: Key, _ isServed: [Bool]) -> [PeerCalls.Known] {
    let spans = recording.spans
    var known: [PeerCalls.Known] = []
    for (place, keys) in said.keys.enumerated() {
      let value = Self.value(key, keys)
      guard value != 0 else { continue }
      let span = said.span[place]
      guard Self.isCall(span.index, spans, forest) else { continue }
      guard !isServed[span.index] || spans.kind(span.index) == .producer else { continue }
      known.append(PeerCalls.Known(key: value, span: span))
    }
    return known
  }

  /// When a call was open, for a question by this kind of key; a message is taken at any time after it
  /// was sent.
  private static func call(
    _ span: SpanIndex, by key: Key, _ spans: SpanTable, _ clocks: HostClocks
  ) -> PeerCalls.Call {
    let row = span.index
    let process = spans.process[row]
    let end = clocks.time(spans.end[row], of: process)
    let isLasting = key == .message || spans.kind(row) == .producer || !end.isKnown
    return PeerCalls.Call(
      start: clocks.time(spans.start[row], of: process).nanoseconds,
      end: isLasting ? .max : end.nanoseconds, span: span)
  }

  private static func folded(_ message: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: message.mixed >> 32)
  }

  /// For each call whether its served side is recorded.
  private func served() -> [Bool] {
    let spans = recording.spans
    var served = Array(repeating: false, count: spans.count)
    for row in 0..<spans.count where !forest.isAbsorbed[row] && Self.isServed(spans.kind(row)) {
      let parent = forest.parent[row]
      if !parent.isNone, spans.kind(parent.index) == .client { served[parent.index] = true }
    }
    return served
  }

  private static func isServed(_ kind: SpanKind) -> Bool { kind == .server || kind == .consumer }

  private static func isCall(_ row: Int, _ spans: SpanTable, _ forest: SpanForest) -> Bool {
    let kind = spans.kind(row)
    return (kind == .client || kind == .producer) && !forest.isAbsorbed[row]
      && spans.start[row].isKnown
  }

  private static func hasCalls(
    _ recording: Recording, _ forest: SpanForest, _ peers: PeerTable
  ) -> Bool {
    (0..<peers.span.count).contains { isCall(peers.span[$0].index, recording.spans, forest) }
      || (0..<peers.message.count).contains {
        isCall(peers.messageSpan[$0].index, recording.spans, forest)
      }
  }

  /// Whether a served span that says anything has no parent.
  private static func isNeeded(
    _ recording: Recording, _ forest: SpanForest, _ peers: PeerTable
  ) -> Bool {
    let isAsked = { (span: SpanIndex) in
      isServed(recording.spans.kind(span.index)) && !forest.isAbsorbed[span.index]
        && forest.parent[span.index].isNone
    }
    return (0..<peers.span.count).contains { isAsked(peers.span[$0]) }
      || (0..<peers.message.count).contains { isAsked(peers.messageSpan[$0]) }
  }

  /// Zero if a span is not known by this kind of key.
  private static func value(_ key: Key, _ keys: PeerKeys) -> UInt32 {
    switch key {
    case .message: 0
    case .connection: keys.connection
    case .operation: keys.operation
    case .route: keys.route
    }
  }

  private func time(_ time: Timestamp, _ row: Int) -> Timestamp {
    clocks.time(time, of: recording.spans.process[row])
  }

  /// The calls that fit a served span by its strongest key, latest first; empty for other spans.
  func calls(of span: SpanIndex) -> [Fit] {
    guard !isEmpty, !span.isNone, span.index < recording.spans.count else { return [] }
    guard Self.isServed(recording.spans.kind(span.index)) else { return [] }
    guard recording.spans.start[span.index].isKnown else { return [] }
    if let message = said.message(of: span) {
      let fits = fits(span, .message, Self.folded(message)).filter {
        said.message(of: $0.span) == message
      }
      if !fits.isEmpty { return fits }
    }
    let keys = said.keys(of: span)
    for key in Key.allCases {
      let value = Self.value(key, keys)
      guard value != 0 else { continue }
      let fits = fits(span, key, value)
      if !fits.isEmpty { return fits }
    }
    return []
  }

  private func fits(_ span: SpanIndex, _ key: Key, _ value: UInt32) -> [Fit] {
    var own = ownCall(of: span, key, value)
    let process = recording.spans.process[span.index]
    let served = Served(
      process: process, start: time(recording.spans.start[span.index], span.index).nanoseconds,
      end: time(recording.spans.end[span.index], span.index), uncertainty: uncertainty(of: process))
    let open = calls[Int(key.rawValue)].open(
      of: value, from: served.start.subtractingSaturated(Self.furthest),
      to: served.start.addingSaturated(Self.furthest), limit: Self.limit)
    guard !open.isEmpty || own != nil else { return [] }
    var fits: [Fit] = []
    for call in open {
      guard fits.count < Self.fitLimit else { break }
      if let known = own, call.start < known.start {
        own = nil
        if let fit = fit(known, key, of: served) { fits.append(fit) }
      }
      if let fit = fit(call, key, of: served) { fits.append(fit) }
    }
    if let known = own, let fit = fit(known, key, of: served) { fits.append(fit) }
    return fits
  }

  /// The recorded call of a span, where it is known by the same key; it is not among the others.
  private func ownCall(of span: SpanIndex, _ key: Key, _ value: UInt32) -> PeerCalls.Call? {
    let parent = forest.parent[span.index]
    guard key != .message, !parent.isNone, recording.spans.kind(parent.index) == .client,
      Self.isCall(parent.index, recording.spans, forest),
      Self.value(key, said.keys(of: parent)) == value
    else { return nil }
    return Self.call(parent, by: key, recording.spans, clocks)
  }

  /// The served span of a question.
  private struct Served {
    var process: ProcessIndex
    var start: Int64
    var end: Timestamp
    /// How far the clock of its host may be off; nil if nothing is known of it.
    var uncertainty: Int64?
  }

  private func fit(_ call: PeerCalls.Call, _ key: Key, of served: Served) -> Fit? {
    let process = recording.spans.process[call.span.index]
    guard process != served.process else { return nil }
    let slack = slack(process, served.uncertainty)
    guard call.start <= served.start.addingSaturated(slack) else { return nil }
    let end = call.end.addingSaturated(slack)
    guard end >= served.start else { return nil }
    let isContained = !served.end.isKnown || end >= served.end.nanoseconds
    return Fit(span: call.span, key: key, isContained: isContained)
  }

  private func slack(_ process: ProcessIndex, _ other: Int64?) -> Int64 {
    guard let other, let own = uncertainty(of: process) else { return HostClocks.unknownSkew }
    return min(own.addingSaturated(other), Self.furthest)
  }

  private func uncertainty(of process: ProcessIndex) -> Int64? {
    process.index < uncertainties.count ? uncertainties[process.index] : nil
  }

  /// Clocks of two hosts are no further apart than this.
  private static let furthest = 2 * HostClocks.unknownSkew
}
