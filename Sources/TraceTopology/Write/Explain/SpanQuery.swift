/// Words of a user that name a span: its id, the beginning of its id, or its name.
struct SpanQuery: Sendable {
  private let text: String

  init(_ text: String) { self.text = text }

  /// The nodes that are meant, in the order of the outputs: those of this id; else those of this name;
  /// else those whose ids begin so. Ids that are only named as a parent's count as well.
  func matches(_ recording: Recording, _ forest: SpanForest, _ order: SpanOrder) -> [SpanIndex] {
    let id = text.lowercased()
    let isID = id.utf8.count <= 16 && !id.isEmpty && id.allSatisfy { $0.isASCII && $0.isHexDigit }
    if isID, id.utf8.count == 16 {
      let exact = nodes(recording, forest, order) { $0.hex == id }
      if !exact.isEmpty { return exact }
    }
    if let name = recording.strings.find(text) {
      let named = rows(recording, forest, order) { recording.spans.name[$0] == name }
      if !named.isEmpty { return named }
    }
    guard isID else { return [] }
    return nodes(recording, forest, order) { $0.hex.hasPrefix(id) }
  }

  private func nodes(
    _ recording: Recording, _ forest: SpanForest, _ order: SpanOrder,
    _ isMeant: (SpanID) -> Bool
  ) -> [SpanIndex] {
    let spans = rows(recording, forest, order) { isMeant(recording.spans.spanID[$0]) }
    let missing = forest.missing.indices.filter { isMeant(forest.missing[$0].spanID) }
    return spans + missing.map { SpanIndex(recording.spans.count + $0) }
  }

  private func rows(
    _ recording: Recording, _ forest: SpanForest, _ order: SpanOrder, _ isMeant: (Int) -> Bool
  ) -> [SpanIndex] {
    (0..<recording.spans.count).filter { !forest.isAbsorbed[$0] && isMeant($0) }
      .sorted { order.isOrderedBefore($0, $1) }.map { SpanIndex($0) }
  }
}

/// A span that a query may mean.
public struct SpanMatch: Sendable, Equatable {
  /// Thirty-two and sixteen hexadecimal digits.
  public var traceID: String
  /// See `traceID`.
  public var spanID: String
  /// Empty for a span that is in no log and only named as a parent.
  public var name: String
  /// Empty if it is unknown.
  public var service: String
  /// Nanoseconds after the origin of the run; nil if it is unknown.
  public var start: Int64?
}

extension Topology {
  func match(_ node: SpanIndex) -> SpanMatch {
    SpanMatch(
      traceID: traceID(node).hex, spanID: spanID(node).hex,
      name: recording.strings.text(name(node)), service: service(of: node),
      start: clock.span(start(node)))
  }

  func service(of node: SpanIndex) -> String {
    process(node).map { recording.strings.text(processes[$0].record.service) } ?? ""
  }
}
