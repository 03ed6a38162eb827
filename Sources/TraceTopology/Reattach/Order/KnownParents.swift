/// What is known of the parents of the spans of a run.
struct KnownParents: Sendable {
  /// What is known of one span: its parent, and whether that was recorded or is lost.
  struct Known {
    var parent: SpanIndex
    var isRecorded: Bool
    var isMissing: Bool
    /// Whether the parent is a span of the logs that stands in the lists of its name.
    var isListed: Bool
  }

  private let recorded: [SpanIndex]
  private let cause: [LossCause]
  private let isAbsorbed: [Bool]
  private let found: [SpanIndex: Reattachment]
  /// Parents that are taken away for a trial, as if no log held them.
  let hidden: Set<SpanIndex>

  init(
    _ forest: SpanForest, found: [SpanIndex: Reattachment] = [:],
    without hidden: Set<SpanIndex> = []
  ) {
    self.hidden = hidden
    recorded = forest.parent
    cause = forest.cause
    isAbsorbed = forest.isAbsorbed
    self.found = found
  }

  @inline(__always)
  subscript(span: SpanIndex) -> Known {
    var parent = recorded[span.index]
    let isRecorded = !parent.isNone
    if !isRecorded { parent = found.believed(span) ?? .none }
    if !hidden.isEmpty, hidden.contains(parent) {
      return Known(parent: .none, isRecorded: false, isMissing: true, isListed: false)
    }
    return Known(
      parent: parent, isRecorded: isRecorded,
      isMissing: parent.isNone && cause[span.index] == .missingParent,
      isListed: !parent.isNone && parent.index < isAbsorbed.count && !isAbsorbed[parent.index])
  }
}

/// What is known of what stood above lost parents.
struct KnownAbove {
  /// What is known of the lost parent of one span.
  struct Known {
    /// The logged span above it, if that was found.
    var above = SpanIndex.none
    /// The lost parent, where the span above it may be looked for by order.
    var asked = SpanIndex.none
    /// Whether that is in the span's own trace.
    var isWithinTrace = false
  }

  /// The commonest names above a name.
  let names: (StringID) -> [StringID]
  let known: (SpanIndex) -> Known
}
