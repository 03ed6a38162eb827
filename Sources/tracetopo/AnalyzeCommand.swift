import ArgumentParser
import TraceTopology

/// `tracetopo analyze`: options to policy and outputs, run, outputs written, summary shown.
struct AnalyzeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Analyze a run and write its topology (the default subcommand).",
    discussion: """
      EXAMPLES
        tracetopo analyze logs/ -o out
        tracetopo logs/ --dot - --service gateway | dot -Tpng > gateway.png
        tracetopo logs/ --json - -q | jq '.summary'
        tracetopo logs/ --svg run.svg --trace 7c1f04
        tracetopo logs/ --json run.json.zst --relations map.csv.zst
        tracetopo logs/ -o out --errors --min-duration 250ms --since +5s
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Option(name: [.customShort("o"), .long], help: "Write topology.json and topology.dot to DIR.")
  var output: String?

  @Option(
    help: "Write the topology file to FILE, - for the standard output; packed if FILE ends in .zst."
  )
  var json: String?

  @Option(help: "Write the picture as Graphviz DOT to FILE, - for the standard output.")
  var dot: String?

  @Option(help: "Draw the picture to FILE as SVG; needs graphviz.")
  var svg: String?

  @Option(
    help: "Write who spawned whom to FILE: .csv, or .jsonl with one task a line.")
  var relations: String?

  @Option(help: "Layout of the topology file: json, or jsonl with one record a line.")
  var format: LayoutOption = .json

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  @Flag(name: .shortAndLong, help: "No summary; errors only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes about the inputs as well.")
  var verbose = false

  func validate() throws {
    let toStandardOutput = [json, dot, svg].count { $0 == "-" }
    guard toStandardOutput <= 1 else {
      throw ValidationError("Only one of --json, --dot and --svg can go to the standard output.")
    }
    guard relations.map({ RelationLayout(path: $0) != nil }) ?? true else {
      throw ValidationError(
        "--relations takes the name of a .csv or a .jsonl file, packed or not (.csv.zst).")
    }
  }

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory(quiet: quiet) }
    let terminal = Terminal()
    let progress = ProgressLine(isShown: terminal.errorIsTerminal && !quiet)
    var policy = analysis.policy
    // The topology file alone shows them.
    policy.measuresTimes = json != nil || output != nil
    policy.listsSpans =
      [json, output, dot, svg, relations].contains { $0 != nil } || !filter.filter.isEmpty
    let run = await Pipeline.analyze(paths, policy: policy) { read, all in
      progress.show(read: read, of: all)
    }
    progress.clear()
    let printer = DiagnosticPrinter(terminal: terminal, quiet: quiet, verbose: verbose)
    try printer.show(run.diagnostics, of: paths, isEmpty: run.isEmpty)
    let topology = run.selecting(filter.filter)
    let files = try writeAll(topology, printer)
    if !quiet {
      let toError = [json, dot, svg].contains("-")
      SummaryPrinter(terminal: terminal, toError: toError).show(topology, files)
    }
    try ExitStatus.check(topology.diagnostics)
  }

  /// Writes what was asked for, and tells what went wrong; gives the files, in order.
  private func writeAll(_ topology: Topology, _ printer: DiagnosticPrinter) throws -> [String] {
    do {
      return try write(topology, printer)
    } catch let error as OutputError {
      printer.fail("\(error.path): cannot write: \(error.reason)")
      throw error.kind == .cannotCreate ? ExitStatus.cannotCreate : ExitStatus.cannotWrite
    } catch let error as SVGError {
      printer.fail(error.reason)
      throw ExitStatus.cannotCreate
    }
  }

  private func write(_ topology: Topology, _ printer: DiagnosticPrinter) throws -> [String] {
    var files: [String] = []
    var jsonFiles = [json].compactMap { $0 }
    var dotFiles = [dot].compactMap { $0 }
    if let output {
      try Topology.makeFolder(output)
      let prefix = output.hasSuffix("/") ? output : output + "/"
      jsonFiles.append(prefix + (format == .json ? "topology.json" : "topology.jsonl"))
      dotFiles.append(prefix + "topology.dot")
    }
    // The standard output comes last: whoever reads it may go away early.
    for path in jsonFiles.filter({ $0 != "-" }) + jsonFiles.filter({ $0 == "-" }) {
      try topology.writeJSON(to: path, layout: format.layout, jobs: analysis.policy.jobs)
      files.append(path)
    }
    var notes: [String] = []
    for path in dotFiles.filter({ $0 != "-" }) + dotFiles.filter({ $0 == "-" }) {
      notes = try topology.writeDOT(to: path, options: picture.options).notes
      files.append(path)
    }
    if let svg {
      let written = dotFiles.last { $0 != "-" }
      notes = try topology.writeSVG(to: svg, options: picture.options, dotPath: written).notes
      files.append(svg)
    }
    if let relations, let layout = RelationLayout(path: relations) {
      try topology.writeRelations(to: relations, layout: layout)
      files.append(relations)
    }
    for note in notes { printer.note(note) }
    return files.filter { $0 != "-" }
  }
}

/// The layouts as words of the command line.
enum LayoutOption: String, ExpressibleByArgument, CaseIterable {
  case json
  case jsonl

  var layout: TopologyLayout { self == .json ? .json : .jsonl }
}
