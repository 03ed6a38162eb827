/// What was found wrong or worth knowing while recorded parents were resolved.
struct LinkReport: Sendable {
  struct Ring: Sendable {
    var head: SpanID
    var length: Int
    /// Whether a reference that may be a mere link closed it.
    var isLink: Bool
  }

  var duplicates = 0
  var parts = 0
  var sharedSpans = 0
  var conflicts: [SpanID] = []
  var rings: [Ring] = []
  var otherTraces: [(parent: SpanID, from: TraceID, to: TraceID)] = []

  /// Adds everything to the diagnostics, in an order that does not depend on the order of reading.
  func add(_ forest: SpanForest, _ spans: SpanTable, to diagnostics: inout Diagnostics) {
    addNotes(&diagnostics)
    for id in conflicts.sorted() {
      diagnostics.report(
        "conflicting-span", .warning, input: nil,
        "span \(id.hex) is recorded with different contents; both are kept")
    }
    for found in otherTraces.sorted(by: { ($0.from, $0.parent) < ($1.from, $1.parent) }) {
      diagnostics.report(
        "parent-in-other-trace", .warning, input: nil,
        "span \(found.parent.hex), named as a parent in trace \(found.from.hex), is in trace "
          + "\(found.to.hex) alone; its children hang there")
    }
    addRings(&diagnostics)
    var selves: [SpanID] = []
    for row in 0..<forest.cause.count where forest.cause[row] == .cycle {
      if spans.parentID[row] == spans.spanID[row] { selves.append(spans.spanID[row]) }
    }
    for id in selves.sorted() {
      diagnostics.report(
        "parent-cycle", .warning, input: nil, "span \(id.hex) names itself as its parent")
    }
  }

  private func addNotes(_ diagnostics: inout Diagnostics) {
    if duplicates > 0 {
      diagnostics.report(
        "duplicate-span", .note, input: nil, count: duplicates,
        "\(duplicates) span records repeat another one exactly and were merged")
    }
    if parts > 0 {
      diagnostics.report(
        "partial-span", .note, input: nil, count: parts,
        "\(parts) span records hold a part of a span that another record completes, and were joined"
      )
    }
    if sharedSpans > 0 {
      diagnostics.report(
        "shared-span", .note, input: nil, count: sharedSpans,
        "\(sharedSpans) server spans share the id of their client's span, and hang under it")
    }
  }

  private func addRings(_ diagnostics: inout Diagnostics) {
    for ring in rings.sorted(by: { ($0.head, $0.length) < ($1.head, $1.length) }) {
      if ring.isLink {
        diagnostics.report(
          "link-cycle", .note, input: nil,
          "span \(ring.head.hex) follows from a span below it; that is taken for a link")
      } else {
        diagnostics.report(
          "parent-cycle", .warning, input: nil,
          "\(ring.length) spans name each other as parents; the ring is cut above span "
            + ring.head.hex)
      }
    }
  }
}
