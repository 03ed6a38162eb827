import ArgumentParser
import TraceTopology

/// `tracetopo explain`: why one span hangs where it does, or hangs nowhere.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show why a span hangs where it does: evidence, candidates, statistics.",
    discussion: """
      SPAN is a span id, the beginning of one, or a name. Where several spans are meant they are \
      listed, and --pick says which. Shows what the log said of the span, every parent that was \
      weighed with its evidence and how often such evidence was right in this run, why the winner won \
      or why nobody did, and what would change that. Options of the analysis are those of analyze.

      EXAMPLES
        tracetopo explain 9c5b1f logs/
        tracetopo explain "reserve stock" logs/ --pick 3
        tracetopo explain 9c5b1f logs/ --json - | jq .answer

      EXIT STATUS
        0 explained · 1 no such span, or several · others as for analyze
      """)

  @Argument(help: "A span id, the beginning of one, or a name.")
  var span: String

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(help: ArgumentHelp("Of several spans that are meant, the Nth.", valueName: "N"))
  var pick: Int?

  @Option(help: "Write the explanation as JSON to FILE, - for the standard output.")
  var json: String?

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  @Flag(name: .shortAndLong, help: "No text; errors only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes about the inputs as well.")
  var verbose = false

  /// Spans that a list shows.
  private static let listLimit = 40

  func validate() throws {
    guard !span.isEmpty else { throw ValidationError("SPAN takes a span id or a name.") }
    guard !paths.isEmpty else { throw ValidationError("Missing expected argument '<paths> ...'") }
    guard (pick ?? 1) >= 1 else { throw ValidationError("--pick takes a number from 1.") }
  }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory(quiet: quiet) }
    let found = await Pipeline.explain(span, pick: pick, in: paths, policy: analysis.policy)
    let printer = DiagnosticPrinter(terminal: Terminal(), quiet: quiet, verbose: verbose)
    try printer.show(found.diagnostics, of: paths, isEmpty: found.isEmpty, lacking: "no spans")
    guard let explanation = found.explanation else {
      refuse(found.matches, printer)
      throw ExitStatus.notFound
    }
    if let json {
      do throws(OutputError) {
        try explanation.writeJSON(to: json)
      } catch {
        printer.fail("\(error.path): cannot write: \(error.reason)")
        throw error.kind == .cannotCreate ? ExitStatus.cannotCreate : ExitStatus.cannotWrite
      }
    }
    if !quiet, json != "-" { Terminal.output(Self.printable(explanation.text)) }
    try ExitStatus.check(found.diagnostics)
  }

  /// Says that no span is meant, or which ones.
  private func refuse(_ matches: [SpanMatch], _ printer: DiagnosticPrinter) {
    guard !matches.isEmpty else {
      printer.fail("no span has the id, the beginning of an id, or the name \(span)")
      return
    }
    guard pick == nil else {
      printer.fail("--pick \(pick ?? 0): only \(matches.count) spans are meant by \(span)")
      return
    }
    printer.fail("\(matches.count) spans are meant by \(span); take an id, or add --pick N:")
    var lines = ["   N  span              trace                             start  service  name"]
    for (number, match) in matches.prefix(Self.listLimit).enumerated() {
      let start = match.start.map { "+\($0 / 1_000) µs" } ?? "?"
      lines.append(
        Terminal.cell(String(number + 1), width: 4)
          + "  \(match.spanID)  \(match.traceID)  \(start)  "
          + "\(match.service.isEmpty ? "-" : match.service)  "
          + (match.name.isEmpty ? "(in no log)" : match.name))
    }
    if matches.count > Self.listLimit { lines.append("      and more, up to \(matches.count)") }
    Terminal.error(Self.printable(lines.joined(separator: "\n") + "\n"))
  }

  /// Names come from outside: of control characters only line ends of the text itself stay.
  private static func printable(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { DiagnosticPrinter.printable(String($0)) }.joined(separator: "\n")
  }
}
