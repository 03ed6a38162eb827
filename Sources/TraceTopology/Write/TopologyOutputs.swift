extension Topology {
  /// Writes the topology file to `path`, `-` for the standard output. The file appears whole or not
  /// at all.
  public func writeJSON(to path: String, layout: TopologyLayout = .json) throws(OutputError) {
    let file = try OutputFile(path: path)
    let target = file.target
    var sink = ByteSink { bytes throws(OutputError) in try target.write(bytes) }
    try TopologyJSONWriter(self, layout: layout).write(to: &sink)
    try file.commit()
  }

  /// Writes the picture as Graphviz DOT to `path`, `-` for the standard output. The file appears
  /// whole or not at all.
  ///
  /// - Returns: what was drawn, folded and left out.
  public func writeDOT(to path: String, options: DOTOptions) throws(OutputError) -> DOTSummary {
    let file = try OutputFile(path: path)
    let target = file.target
    var sink = ByteSink { bytes throws(OutputError) in try target.write(bytes) }
    let summary = try DOTWriter(self, options: options).write(to: &sink)
    try sink.finish()
    try file.commit()
    return summary
  }

  /// Writes who spawned whom, one line for each task, to `path`, `-` for the standard output. The file
  /// appears whole or not at all.
  public func writeRelations(to path: String, layout: RelationLayout) throws(OutputError) {
    let file = try OutputFile(path: path)
    let target = file.target
    var sink = ByteSink { bytes throws(OutputError) in try target.write(bytes) }
    try RelationWriter(self, layout: layout).write(to: &sink)
    try file.commit()
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
    let file = try OutputFile(path: path)
    var sink = ByteSink()
    var summary = try DOTWriter(self, options: options).write(to: &sink)
    let picture = try SVGRenderer(dotPath: dotPath).render(dot: sink.bytes)
    if !picture.warnings.isEmpty { summary.notes.append("graphviz: \(picture.warnings)") }
    try file.target.write(picture.svg)
    try file.commit()
    return summary
  }
}
