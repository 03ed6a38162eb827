import ArgumentParser
import TraceTopology

/// `tracetopo inspect`: what each file is.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what each file is: format, compression, records, times, processes, damage.",
    discussion: """
      EXAMPLES
        tracetopo inspect gateway.trace.zst
        tracetopo inspect logs/
        tracetopo inspect logs.tar.zst
        tracetopo inspect --verify gateway.trace.zst
      """)

  @Argument(help: "Files, folders, tar archives, or - for the standard input.")
  var paths: [String]

  @Flag(help: "Check the events of Go execution traces one by one, in their order.")
  var verify = false

  @OptionGroup(title: "Analysis") var analysis: AnalysisOptions

  func run() async throws {
    try analysis.limitMemory()
    defer { analysis.reportMemory() }
    let terminal = Terminal()
    let inspections = await Pipeline.inspect(paths, policy: analysis.policy, verify: verify)
    var isDamaged = false
    var readable = 0
    for inspection in inspections {
      show(inspection, terminal)
      if inspection.input.format != nil { readable += 1 }
      if inspection.diagnostics.contains(where: { $0.severity == .error }) { isDamaged = true }
    }
    DiagnosticPrinter(terminal: terminal, quiet: false, verbose: true)
      .show(inspections.flatMap { $0.diagnostics })
    if readable == 0 { throw ExitStatus.nothingToRead }
    if isDamaged { throw ExitStatus.damaged }
  }

  private func show(_ inspection: Inspection, _ terminal: Terminal) {
    let input = inspection.input
    let path = DiagnosticPrinter.printable(input.path)
    var lines = [terminal.styled(path, .bold, onError: false)]
    let version = input.formatVersion.map { " \($0)" } ?? ""
    lines.append("  format       \(input.format.map { $0 + version } ?? "not recognised")")
    lines.append(
      "  compression  \(input.compression), \(input.bytes) bytes stored, \(input.decodedBytes) decoded"
    )
    if input.format != nil {
      lines.append("  records      \(input.records) (\(inspection.contents))")
    }
    if input.format != nil, !input.isContainer {
      lines.append("  times        \(inspection.timeRange)")
      for process in inspection.processes {
        lines.append("  process      \(DiagnosticPrinter.printable(process))")
      }
    }
    let problems = inspection.diagnostics.filter { $0.severity != .note }.reduce(0) {
      $0 + $1.count
    }
    lines.append(
      "  damage       \(problems == 0 ? "none" : "\(problems) problems\(input.complete ? "" : "; the file is not complete")")"
    )
    if let verification = inspection.verification {
      lines.append("  verified     \(DiagnosticPrinter.printable(verification))")
    }
    Terminal.output(lines.joined(separator: "\n") + "\n")
  }
}
