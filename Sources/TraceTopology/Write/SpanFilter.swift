/// Which spans of a repaired run are shown. All conditions that are set must hold.
///
/// `traces` and `root` are about whole trees, because a span that lost its context has a trace id of
/// its own and belongs to the tree nevertheless; the others are about single spans.
public struct SpanFilter: Sendable, Equatable {
  /// A moment of a run, in nanoseconds.
  public enum Moment: Sendable, Equatable {
    /// Since the Unix epoch.
    case unix(Int64)
    /// Since the origin of the run.
    case afterStart(Int64)
  }

  /// Spans that were open at this moment or later.
  public var since: Moment?
  /// Spans that were open at this moment or earlier.
  public var until: Moment?
  /// Trees that hold a span of a trace whose id begins with one of these texts of hexadecimal digits.
  public var traces: [String] = []
  /// Spans of these services.
  public var services: [String] = []
  /// Trees whose root span has this name.
  public var root: String?
  /// Spans that lasted at least so many nanoseconds.
  public var minimumDuration: Int64?
  /// Only spans whose status is an error.
  public var errorsOnly = false

  /// A filter that lets everything pass.
  public init() {}

  /// Whether everything passes.
  public var isEmpty: Bool { self == SpanFilter() }

  /// Whether only conditions are set that a task can meet as well as a span.
  var isForTasks: Bool { traces.isEmpty && root == nil && !errorsOnly }
}

/// How much of a run a filter left.
public struct SelectionSummary: Sendable, Equatable {
  /// Spans that the filter selected; their ancestors not counted.
  public var spansSelected = 0
  /// Spans that are shown: those selected, and their ancestors.
  public var spansShown = 0
  /// Spans of the run.
  public var spans = 0
  /// Tasks that are shown.
  public var tasksShown = 0
  /// Tasks of the run.
  public var tasks = 0
  /// Trees that are shown, in part or whole.
  public var treesShown = 0
  /// Trees of the run.
  public var trees = 0
}

/// What was asked for, and what it came to.
struct Selection: Sendable {
  var filter: SpanFilter
  /// The moments of the filter in nanoseconds after the origin of the run.
  var since: Int64?
  var until: Int64?
  var summary = SelectionSummary()
}
