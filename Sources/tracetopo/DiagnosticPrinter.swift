import TraceTopology

/// Shows the problems of the inputs on the standard error: `file:offset: severity: message [code]`.
struct DiagnosticPrinter {
  let terminal: Terminal
  let quiet: Bool
  let verbose: Bool

  func show(_ diagnostics: [Diagnostic]) {
    for item in diagnostics where isShown(item.severity) {
      var place = item.input.map { Self.printable($0) + ":" } ?? ""
      if let offset = item.offset { place += "\(offset):" }
      let separator = place.isEmpty ? "" : " "
      Terminal.error(
        "\(place)\(separator)\(name(item.severity)): \(Self.printable(item.message)) [\(item.code)]\n"
      )
    }
  }

  /// Shows the problems of the inputs that a command has read.
  /// - Throws: `ExitStatus.nothingToRead` if the inputs hold nothing of what it needs.
  func show(
    _ diagnostics: [Diagnostic], of paths: [String], isEmpty: Bool,
    lacking: String = "no spans and no tasks"
  ) throws {
    show(diagnostics)
    guard isEmpty else { return }
    fail("nothing to read: \(lacking) in \(paths.joined(separator: ", "))")
    throw ExitStatus.nothingToRead
  }

  private func isShown(_ severity: Severity) -> Bool {
    switch severity {
    case .error: true
    case .warning: !quiet
    case .note: verbose && !quiet
    }
  }

  private func name(_ severity: Severity) -> String {
    switch severity {
    case .error: terminal.styled("error", .red, onError: true)
    case .warning: terminal.styled("warning", .yellow, onError: true)
    case .note: "note"
    }
  }

  /// An error that ends the command.
  func fail(_ message: String) {
    Terminal.error(
      "tracetopo: \(terminal.styled("error", .red, onError: true)): \(Self.printable(message))\n")
  }

  /// Something that is no matter of the inputs.
  func warn(_ message: String) {
    guard isShown(.warning) else { return }
    Terminal.error("tracetopo: \(name(.warning)): \(Self.printable(message))\n")
  }

  func note(_ message: String) {
    if !quiet { Terminal.error("tracetopo: \(Self.printable(message))\n") }
  }

  /// File names and messages come from outside: no control characters reach the terminal.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "·" : $0 }))
  }
}
