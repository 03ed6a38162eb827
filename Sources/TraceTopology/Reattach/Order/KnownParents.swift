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
  /// For each span the parent that was found for it and is as good as known.
  private var found: [SpanIndex]
  /// Parents that are taken away for a trial, as if no log held them.
  private(set) var hidden: Set<SpanIndex> = []

  init(_ forest: SpanForest) {
    recorded = forest.parent
    cause = forest.cause
    isAbsorbed = forest.isAbsorbed
    self.found = LargePages.filled(.none, count: recorded.count)
  }

  /// Takes what was found for one span, if that is as good as known; placeholders have no place here.
  mutating func learn(_ span: SpanIndex, parent: SpanIndex?) {
    guard span.index < found.count, let parent else { return }
    found[span.index] = parent
  }

  /// The same as if no log held some parents.
  func without(_ parents: Set<SpanIndex>) -> KnownParents {
    var known = self
    known.hidden = parents
    return known
  }

  @inline(__always)
  subscript(span: SpanIndex) -> Known {
    var parent = recorded[span.index]
    let isRecorded = !parent.isNone
    if !isRecorded { parent = found[span.index] }
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

  let known: (SpanIndex) -> Known
}
