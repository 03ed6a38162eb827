@testable import TraceTopology

extension Topology {
  /// The logged ancestor that a span was given, and by which rule; empty if none.
  func found(_ name: String) -> String {
    guard var at = node(name) else { return "" }
    while !parent[at.index].isNone, isPlaceholder(parent[at.index]) { at = parent[at.index] }
    guard !parent[at.index].isNone else { return "" }
    let above = recording.strings.text(recording.spans.name[parent[at.index].index])
    return "\(above) ⇠ \(reattachments[at]?.rule?.name ?? "recorded")"
  }
}
