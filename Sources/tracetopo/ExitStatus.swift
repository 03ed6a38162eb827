import ArgumentParser
import TraceTopology

/// The exit statuses, as `sysexits.h` numbers them where it does. 1 is kept for gates
/// and for questions without an answer.
enum ExitStatus {
  /// `explain` found no span, or several.
  static let notFound = ExitCode(1)
  /// Some input was damaged or unreadable, but there is a result.
  static let damaged = ExitCode(2)
  static let nothingToRead = ExitCode(66)
  static let cannotCreate = ExitCode(73)
  static let cannotWrite = ExitCode(74)

  /// Ends a command that has done what it could.
  /// - Throws: `damaged` if some input was.
  static func check(_ diagnostics: [Diagnostic]) throws {
    if diagnostics.contains(where: { $0.severity == .error }) { throw damaged }
  }
}
