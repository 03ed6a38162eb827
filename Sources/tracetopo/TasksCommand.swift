import ArgumentParser
import TraceTopology

/// `tracetopo tasks`: what the tasks of a run did at one moment.
struct TasksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "Count the tasks that were alive at a moment: by state, wait reason and site.",
    discussion: """
      Without --at the moment is the end of the logs, or that of a dump.

      EXAMPLES
        tracetopo tasks logs/
        tracetopo tasks logs/ --at +100ms --group-by reason
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "The moment: RFC 3339, or +5s after the run's start (default: the end).", valueName: "TIME"))
  var at: String?

  @Option(help: ArgumentHelp("How finely to tell tasks apart.", valueName: "state|reason|site"))
  var groupBy: GroupingOption = .site

  @Flag(help: "Count the runtime's own tasks as well.")
  var system = false

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  func validate() throws {
    guard at == nil || moment != nil else {
      throw ValidationError(
        "--at takes a time such as 2026-11-21T10:00:05Z, or +5s after the run's start.")
    }
  }

  private var moment: SpanFilter.Moment? { at.flatMap { SpanFilter.Moment($0) } }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory() }
    let terminal = Terminal()
    var policy = analysis.policy
    // What tasks did before the end is told by their moves alone.
    policy.keepsHistory = at != nil
    policy.measuresTimes = false
    let run = await Pipeline.analyze(paths, policy: policy)
    let printer = DiagnosticPrinter(terminal: terminal, quiet: false, verbose: false)
    try printer.show(run.diagnostics, of: paths, isEmpty: run.isEmpty)
    let groups = run.taskCounts(at: moment, by: groupBy.grouping, showsSystem: system)
    var lines = groups.map { group in
      let words = [group.state, group.reason, group.site].filter { !$0.isEmpty }
      return Terminal.cell(String(group.count), width: 8) + "  "
        + DiagnosticPrinter.printable(words.joined(separator: " · "))
    }
    if lines.isEmpty { lines = ["no tasks"] }
    Terminal.output(lines.joined(separator: "\n") + "\n")
    try ExitStatus.check(run.diagnostics)
  }
}

/// The groupings as words of the command line.
enum GroupingOption: String, ExpressibleByArgument, CaseIterable {
  case state
  case reason
  case site

  var grouping: TaskGrouping {
    switch self {
    case .state: .state
    case .reason: .reason
    case .site: .site
    }
  }
}
