/// How often something of this name was counted.
public struct NamedCount: Sendable, Equatable {
  /// What was counted.
  public var name: String
  /// How often.
  public var count: Int
}

/// The counts of a run, as they stand in `summary` of the topology file and on the terminal.
public struct RunSummary: Sendable, Equatable {
  /// Spans of the logs, repeated records counted once.
  public var spans = 0
  /// Tasks of the scheduler logs.
  public var tasks = 0
  /// Goroutines that profiles counted without naming them.
  public var profiledTasks: UInt64 = 0
  /// Trees of spans.
  public var trees = 0
  /// Spans known only from the children that name them.
  public var placeholders = 0
  /// Spans whose cause is lost.
  public var orphansFound = 0
  /// Those of them that were given a parent.
  public var orphansReattached = 0
  /// Those of them that were not.
  public var orphansLeft: Int { orphansFound - orphansReattached }
  /// Orphans by why their cause is lost, sorted by name.
  public var byCause: [NamedCount] = []
  /// Reattached spans by the rule that decided, sorted by name.
  public var byRule: [NamedCount] = []
  /// Orphans that were left, by why, sorted by name.
  public var leftByCause: [NamedCount] = []
  /// What went wrong in the run: one for each rule and place.
  public var findings = 0
  /// Tasks that will never run again; `nil` if no scheduler log is whole, so that nobody can say.
  public var leakedTasks: Int?
  /// Problems of the inputs.
  public var diagnostics = 0
}

extension Topology {
  /// Counts what is in this topology.
  public var summary: RunSummary {
    var summary = RunSummary()
    var causes: [String: Int] = [:]
    var left: [String: Int] = [:]
    var rules: [String: Int] = [:]
    for node in spanOrder {
      if parent[node.index].isNone { summary.trees += 1 }
      guard !isPlaceholder(node) else {
        summary.placeholders += 1
        continue
      }
      summary.spans += 1
      let kind = kind[node.index]
      guard kind == .reattached || kind == .orphan else { continue }
      summary.orphansFound += 1
      let cause = cause[node.index].name ?? "unknown"
      causes[cause, default: 0] += 1
      if kind == .orphan {
        left[cause, default: 0] += 1
        continue
      }
      summary.orphansReattached += 1
      if let rule = reattachments[node]?.rule { rules[rule.name, default: 0] += 1 }
    }
    summary.tasks = taskOrder.count
    for record in recording.profileStacks {
      let (sum, isTooLarge) = summary.profiledTasks.addingReportingOverflow(record.count)
      summary.profiledTasks = isTooLarge ? .max : sum
    }
    summary.byCause = Self.sorted(causes)
    summary.byRule = Self.sorted(rules)
    summary.leftByCause = Self.sorted(left)
    summary.findings = findings.count
    if hasWholeTaskLog {
      summary.leakedTasks = findings.reduce(0) {
        $0 + ($1.rule == LeakedTask.name ? $1.tasks.count : 0)
      }
    }
    summary.diagnostics = diagnostics.reduce(0) { $0 + $1.count }
    return summary
  }

  private static func sorted(_ counts: [String: Int]) -> [NamedCount] {
    counts.map { NamedCount(name: $0.key, count: $0.value) }.sorted { $0.name < $1.name }
  }
}

/// One finding as people read it.
public struct FindingSummary: Sendable, Equatable {
  /// The rule's stable name.
  public var rule: String
  /// How bad it is.
  public var severity: Severity
  /// What is wrong, where, how often.
  public var message: String
}

extension Topology {
  /// The findings, worst first; of one severity and rule those that happened most often.
  public var findingSummaries: [FindingSummary] {
    findings.enumerated().sorted { a, b in
      let (left, right) = (a.element, b.element)
      if left.severity != right.severity { return left.severity.rank < right.severity.rank }
      if left.rule != right.rule { return left.rule < right.rule }
      return left.count != right.count ? left.count > right.count : a.offset < b.offset
    }.map {
      FindingSummary(
        rule: $0.element.rule, severity: $0.element.severity, message: $0.element.message)
    }
  }
}
