import ArgumentParser
import TraceTopology

/// `tracetopo paths`: why the slowest trees of a run took as long as they did.
struct PathsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paths",
    abstract: "Show the critical path of the slowest trees: on what their end was waiting, when.",
    discussion: """
      One block for each tree: where its time went, then the steps of its path through spans and \
      tasks, in order of time. The same is in "criticalPath" of each tree in the topology file.

      EXAMPLES
        tracetopo paths logs/
        tracetopo paths logs/ --trace 7c1f04 --steps 40
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "Only trees with a span of a trace whose id begins so; several separated by commas.",
      valueName: "ID,…"))
  var trace: String?

  @Option(help: ArgumentHelp("Show at most N trees.", valueName: "N"))
  var top = 3

  @Option(help: ArgumentHelp("Show at most the N longest steps of a path.", valueName: "N"))
  var steps = 12

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top takes a number from 1.") }
    guard steps >= 1 else { throw ValidationError("--steps takes a number from 1.") }
    try FilterOptions.validate(trace: trace)
  }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory() }
    let terminal = Terminal()
    var filter = SpanFilter()
    filter.traces = FilterOptions.names(trace)
    let run = await Pipeline.analyze(paths, policy: analysis.policy)
    let printer = DiagnosticPrinter(terminal: terminal, quiet: false, verbose: false)
    try printer.show(run.diagnostics, of: paths, isEmpty: run.isEmpty)
    let part = run.selecting(filter)
    var lines: [String] = []
    for path in part.slowestPaths(top) {
      lines += self.lines(of: path, terminal)
      lines.append("")
    }
    let rest = part.pathCount - top
    if lines.isEmpty { lines.append("no paths") } else if rest <= 0 { lines.removeLast() }
    if rest > 0 { lines.append("and \(rest) faster trees") }
    Terminal.output(lines.joined(separator: "\n") + "\n")
    try ExitStatus.check(run.diagnostics)
  }

  private func lines(of path: PathSummary, _ terminal: Terminal) -> [String] {
    let head = terminal.styled(
      "\(Topology.text(ofDuration: path.length))  \(DiagnosticPrinter.printable(path.root))", .bold,
      onError: false)
    var lines = ["\(head) · trace \(path.trace.prefix(8))"]
    lines.append("  " + text(path.shares, of: path.length))
    let shown = longest(path.steps)
    for step in shown {
      let place = [step.service, step.span, step.task].filter { !$0.isEmpty }
      let words = (place.isEmpty ? ["(nobody knows where)"] : place) + [text(step.shares)]
      lines.append(
        Self.cell("+" + Topology.text(ofDuration: step.start))
          + Self.cell(Topology.text(ofDuration: step.length))
          + "  " + DiagnosticPrinter.printable(words.joined(separator: " · ")))
    }
    let rest = path.left + path.steps.count - shown.count
    if rest > 0 { lines.append("  and \(rest) shorter steps") }
    return lines
  }

  /// The longest steps, in order of time.
  private func longest(_ all: [PathSummary.Step]) -> [PathSummary.Step] {
    guard all.count > steps else { return all }
    let order = all.indices.sorted { a, b in
      all[a].length != all[b].length ? all[a].length > all[b].length : a < b
    }
    return order.prefix(steps).sorted().map { all[$0] }
  }

  /// `waiting for network 12 ms (80 %), running 3 ms (20 %)`.
  private func text(_ shares: [PathSummary.Share], of length: Int64) -> String {
    shares.map { share in
      let part = Int((Double(share.time) / Double(max(length, 1)) * 100).rounded())
      return "\(DiagnosticPrinter.printable(share.doing)) "
        + "\(Topology.text(ofDuration: share.time)) (\(part) %)"
    }.joined(separator: " · ")
  }

  /// What was done in a step; how long only where it was several things.
  private func text(_ shares: [PathSummary.Share]) -> String {
    guard shares.count > 1 else { return shares.first?.doing ?? "" }
    return shares.prefix(3).map { "\($0.doing) \(Topology.text(ofDuration: $0.time))" }
      .joined(separator: ", ")
  }

  private static func cell(_ text: String) -> String {
    Terminal.cell(text, width: 10, gap: 1)
  }
}
