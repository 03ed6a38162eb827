extension Topology {
  /// Writes the topology file to `path`, `-` for the standard output. The file appears whole or not
  /// at all, packed if its name ends in `.zst`. `jobs` threads make the text, `nil`: as many as there are
  /// processors; the bytes are the same for any number.
  public func writeJSON(to path: String, layout: TopologyLayout = .json, jobs: Int? = nil)
    throws(OutputError)
  {
    try OutputFile.write(to: path) { sink throws(OutputError) in
      let writer = TopologyJSONWriter(
        self, layout: layout, threads: Threads(jobs: jobs))
      try writer.write(to: &sink)
    }
  }

  /// Writes the picture as Graphviz DOT to `path`, `-` for the standard output. The file appears
  /// whole or not at all, packed if its name ends in `.zst`.
  ///
  /// - Returns: what was drawn, folded and left out.
  public func writeDOT(to path: String, options: DOTOptions) throws(OutputError) -> DOTSummary {
    try OutputFile.write(to: path) { sink throws(OutputError) in
      try DOTWriter(self, options: options).write(to: &sink)
    }
  }

  /// Writes who spawned whom, one line for each task, to `path`, `-` for the standard output. The file
  /// appears whole or not at all, packed if its name ends in `.zst`.
  public func writeRelations(to path: String, layout: RelationLayout) throws(OutputError) {
    try OutputFile.write(to: path) { sink throws(OutputError) in
      try RelationWriter(self, layout: layout).write(to: &sink)
    }
  }

  /// Draws the picture with graphviz and writes it to `path`, `-` for the standard output.
  ///
  /// - Parameters:
  ///   - path: where the SVG goes.
  ///   - options: what is drawn.
  ///   - dotPath: where the DOT text was written as well, for messages.
  /// - Returns: what was drawn, and what graphviz had to say.
  /// - Throws: `OutputError` where the file cannot be written, `SVGError` where graphviz is missing
  ///   or fails.
  public func writeSVG(to path: String, options: DOTOptions, dotPath: String?) throws -> DOTSummary
  {
    // Fails at once where the file cannot be made.
    let file = try OutputFile(path: path)
    var sink = ByteSink()
    var summary = try DOTWriter(self, options: options).write(to: &sink)
    let picture = try SVGRenderer(dotPath: dotPath).render(dot: sink.bytes)
    if !picture.warnings.isEmpty { summary.notes.append("graphviz: \(picture.warnings)") }
    try file.write(isPacked: ZstdOutput.packs(path)) { sink throws(OutputError) in
      sink.append(picture.svg[...])
    }
    return summary
  }
}
