/// Spans joined by the parents that the logs recorded.
///
/// Invariants: `parent` is acyclic; a row that repeats another row exactly is absorbed and is nobody's
/// parent; the parent of a row is a row of the same trace that carries the recorded parent id.
struct SpanForest: Sendable {
  /// For each row the row of its recorded parent; `none` if it names none, or none that is there.
  var parent: [SpanIndex]
  /// Rows that repeat another row exactly.
  var isAbsorbed: [Bool]
  /// Why a row has no parent although it names one.
  var cause: [LossCause]
  /// Parents that are named but not there, each with its children, ordered by trace id and span id.
  var missing: [MissingParent]
}

/// A parent id that no span of its trace carries.
struct MissingParent: Sendable {
  var trace: TraceIndex
  var spanID: SpanID
  var children: [SpanIndex]
}
