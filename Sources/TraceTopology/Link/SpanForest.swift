/// Spans joined by the parents that the logs recorded.
///
/// Invariants: `parent` is acyclic; a row that repeats another row or is a part of one is absorbed and
/// is nobody's parent; the parent of a row is a row of the same trace that carries the recorded parent
/// id, unless `identity` says what else it is.
struct SpanForest: Sendable {
  /// For each row the row of its recorded parent; `none` if it names none, or none that is there.
  var parent: [SpanIndex]
  /// Rows that repeat another row exactly, or that hold a part of a span which another row completes.
  var isAbsorbed: [Bool]
  /// Why a row has no parent although it names one.
  var cause: [LossCause]
  /// Parents that are named but not there, each with its children, ordered by trace id and span id.
  var missing: [MissingParent]
  /// By what a row is tied to its parent, where that is more than the parent's id in its own trace.
  var identity: [SpanIndex: ParentIdentity] = [:]
  /// How far apart the clocks of the hosts are.
  var clocks = HostClocks()
}

/// What ties a span to a parent, beyond an id that both traces agree on.
enum ParentIdentity: UInt8, Sendable {
  /// Client and server share one span id (Zipkin, B3): the server's side is the child of the client's.
  case sharedSpan
  /// No span of its own trace carries the parent's id, but exactly one of the run does.
  case otherTrace

  var name: String {
    switch self {
    case .sharedSpan: "shared-span"
    case .otherTrace: "other-trace"
    }
  }
}

/// A parent id that no span of its trace carries.
struct MissingParent: Sendable {
  var trace: TraceIndex
  var spanID: SpanID
  var children: [SpanIndex]
}
