import ArgumentParser

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
}
