/// All that was weighed for one question: more than an answer keeps.
///
/// Written only for the nodes that someone asks about (`Notebook`), so that an analysis pays nothing.
struct Deliberation: Sendable {
  /// One parent that was weighed.
  struct Option: Sendable {
    var span: SpanIndex
    var rule: EvidenceKind
    /// The shape of the chain; nil where no chain leads to the span.
    var signature: Signature?
    var evidence: [Evidence]
    /// How likely it is among the candidates, "none of these" included.
    var probability: Double
    /// What is claimed in the end: after the share of the class and the table of confidences.
    var confidence = 0.0
    /// How often such chains were asked for spans of this name in this run, and how often they led to
    /// the recorded parent.
    var record = RuleStatistics.Count()
    /// The record, smoothed by what is usual; nil where no chain is counted.
    var reliability: Double?
    /// How many recorded parents of spans of the name have the candidate's name.
    var pairs = 0
    /// How long after the candidate the span began, and how long that usually is for this pair of names.
    var lag: Int64?
    var usualLag: LagRange?
  }

  /// One way of looking: by chains of evidence, by order, within the trace.
  struct Round: Sendable {
    /// How likely a span of this class without a parent lost one.
    var share: Double
    var options: [Option]
    /// Whether this round gave the answer.
    var isAdopted: Bool
  }

  /// What recorded parents say of some spans.
  struct Record: Sendable, Equatable {
    var parents = 0
    var roots = 0
  }

  let node: SpanIndex
  /// The name under which the question was asked: the span's, or the one that a lost parent most
  /// likely had.
  var name = StringID.empty
  var spawnSite = SiteID.none
  /// Whether a task is known on which to look for chains.
  var isOnTask = false
  var rounds: [Round] = []
  /// Spans of the class, and of the name, with and without recorded parents.
  var ofClass = Record()
  var ofName = Record()
  /// What of the class was learned from other runs.
  var taught = Record()
  /// Those of the class that are of the same service and kind, and whether they head the traces that
  /// hold them though most have parents.
  var ofLike = Record()
  var isEntry = false
  /// The names of recorded parents, commonest first.
  var parentNames: [(name: StringID, count: Int)] = []
  /// The answer was not taken since the candidate stands below the span.
  var closesRing = false
  /// Nothing was lost: the rules were asked as if the recorded parent were not known.
  var isTrial = false

  init(_ node: SpanIndex) { self.node = node }

  /// The options of all rounds; those of the round that answered first, each round best first.
  var options: [Option] {
    rounds.filter { $0.isAdopted }.flatMap { $0.options }
      + rounds.filter { !$0.isAdopted }.flatMap { $0.options }
  }
}

/// The middle nine tenths of some lags, and their median, in nanoseconds.
struct LagRange: Sendable, Equatable {
  var low: Int64
  var median: Int64
  var high: Int64
  var count: Int

  /// Nil for too few.
  init?(_ lags: [Int64]) {
    guard lags.count >= 3 else { return nil }
    let sorted = lags.sorted()
    low = sorted[sorted.count / 20]
    median = sorted[sorted.count / 2]
    high = sorted[sorted.count - 1 - sorted.count / 20]
    count = sorted.count
  }
}

/// Where the reattacher notes what it weighed for some nodes.
struct Notebook: Sendable {
  private(set) var pages: [SpanIndex: Deliberation] = [:]

  init(_ nodes: [SpanIndex]) {
    for node in nodes { pages[node] = Deliberation(node) }
  }

  func isWatched(_ node: SpanIndex) -> Bool { pages[node] != nil }

  /// Changes the page of a node, if it has one.
  mutating func note(_ node: SpanIndex, _ change: (inout Deliberation) -> Void) {
    guard var page = pages[node] else { return }
    change(&page)
    pages[node] = page
  }
}
