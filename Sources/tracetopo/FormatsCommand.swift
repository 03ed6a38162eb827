import ArgumentParser
import TraceTopology

/// `tracetopo formats`: what can be read and written.
struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "List the inputs and outputs.",
    discussion: """
      EXAMPLE
        tracetopo formats
      """)

  func run() throws {
    var lines = ["INPUTS (found by content, never by name)"]
    lines += Catalogue.inputs.map { row($0) }
    lines += ["", "CONTAINERS"]
    lines += Catalogue.containers.map { row($0) }
    lines += ["", "COMPRESSION"]
    lines += Catalogue.compressions.map { row($0) }
    lines += ["", "OUTPUTS"]
    lines += Catalogue.outputs.map { row($0) }
    Terminal.output(lines.joined(separator: "\n") + "\n")
  }

  private func row(_ entry: Catalogue.Entry) -> String {
    "  \(entry.name)\(String(repeating: " ", count: max(1, 18 - entry.name.count)))\(entry.summary)"
  }
}
