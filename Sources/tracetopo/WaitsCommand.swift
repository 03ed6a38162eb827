import ArgumentParser
import TraceTopology

/// `tracetopo waits`: where the tasks of a run waited, how long, and who woke them.
struct WaitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "waits",
    abstract: "Show where tasks waited: how often, how long, for what, and who woke them.",
    discussion: """
      One line for each place and reason, that of the longest waits first. p50 and p99 are within \
      0.4 %. The same is in "waits" of the topology file.

      EXAMPLES
        tracetopo waits logs/
        tracetopo waits logs/ --top 50 --sort p99
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(help: ArgumentHelp("What comes first.", valueName: "total|count|p50|p99|max"))
  var sort: WaitOrder = .total

  @Option(help: ArgumentHelp("Show at most N places.", valueName: "N"))
  var top = 20

  @Flag(help: "Show where the runtime itself waits as well.")
  var system = false

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top takes a number from 1.") }
  }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory() }
    let terminal = Terminal()
    var policy = analysis.policy
    policy.measuresTimes = false
    let run = await Pipeline.analyze(paths, policy: policy)
    let printer = DiagnosticPrinter(terminal: terminal, quiet: false, verbose: false)
    try printer.show(run.diagnostics, of: paths, isEmpty: run.isEmpty)
    Terminal.output(lines(run).joined(separator: "\n") + "\n")
    try ExitStatus.check(run.diagnostics)
  }

  private func lines(_ run: Topology) -> [String] {
    let all = run.waitSummaries.filter { system || !$0.isSystem }
    let sorted = all.enumerated().sorted { a, b in
      let (left, right) = (sort.value(a.element), sort.value(b.element))
      return left != right ? left > right : a.offset < b.offset
    }.map(\.element)
    guard !sorted.isEmpty else { return ["no waits"] }
    var lines = [Self.row(["total", "count", "p50", "p99", "max"]) + "  waiting for, at"]
    for wait in sorted.prefix(top) {
      let figures =
        [Topology.text(ofDuration: wait.total), String(wait.count)]
        + [wait.median, wait.p99, wait.greatest].map { Topology.text(ofDuration: $0) }
      let isMeasured = wait.count > 0
      lines.append(
        Self.row(isMeasured ? figures : ["–", "0", "–", "–", "–"]) + "  "
          + DiagnosticPrinter.printable(text(wait)))
    }
    if sorted.count > top { lines.append("and \(sorted.count - top) more places") }
    return lines
  }

  private func text(_ wait: WaitSummary) -> String {
    var words = [wait.service, wait.reason, wait.site].filter { !$0.isEmpty }
    if words.isEmpty { words = ["(the log does not say)"] }
    if !wait.wokenBy.isEmpty { words.append("woken by \(wait.wokenBy)") }
    if wait.cut > 0 { words.append("\(wait.cut) not seen whole") }
    return words.joined(separator: " · ")
  }

  private static func row(_ cells: [String]) -> String {
    cells.map { Terminal.cell($0, width: 9) }.joined()
  }
}

/// What comes first, as words of the command line.
enum WaitOrder: String, ExpressibleByArgument, CaseIterable {
  case total
  case count
  case p50
  case p99
  case max

  func value(_ wait: WaitSummary) -> Int64 {
    switch self {
    case .total: wait.total
    case .count: Int64(wait.count)
    case .p50: wait.median
    case .p99: wait.p99
    case .max: wait.greatest
    }
  }
}
