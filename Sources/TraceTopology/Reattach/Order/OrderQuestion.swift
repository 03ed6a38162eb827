/// What is known of a parent that is asked for.
enum OrderQuestion: Int, CaseIterable, Sendable {
  /// Nothing.
  case open
  /// Its child names it, and it is lost.
  case named
  /// The same, and what stood above it is in the child's trace.
  case withinTrace
}
