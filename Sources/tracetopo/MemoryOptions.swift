import TraceTopology

extension AnalysisOptions {
  /// Sets the limit that was asked for; before anything is read.
  func limitMemory() throws {
    guard let memory else { return }
    let folder = temporaryFolder ?? MemoryLimit.standardFolder
    do throws(MemoryLimitError) {
      try MemoryLimit.set(bytes: memory.bytes, folder: folder)
    } catch {
      DiagnosticPrinter(terminal: Terminal(), quiet: false, verbose: false).fail(error.reason)
      throw ExitStatus.cannotCreate
    }
  }

  /// Tells at the end of a command whether the limit was kept.
  func reportMemory(quiet: Bool = false) {
    let printer = DiagnosticPrinter(terminal: Terminal(), quiet: quiet, verbose: false)
    for problem in MemoryLimit.problems { printer.warn(problem) }
  }
}
