/// One kind of output.
struct OutputFormat: Sendable {
  var name: String
  /// One line for `tracetopo formats`.
  var summary: String

  /// THE list of outputs.
  static let all: [OutputFormat] = [
    OutputFormat(name: "json", summary: "topology file, one object (--json FILE, -o DIR)"),
    OutputFormat(name: "jsonl", summary: "topology file, one record a line (--format jsonl)"),
    OutputFormat(name: "dot", summary: "Graphviz picture (--dot FILE, -o DIR)"),
    OutputFormat(name: "svg", summary: "the picture drawn by graphviz (--svg FILE)"),
  ]
}
