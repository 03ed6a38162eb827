import Glibc

/// Why an input could not be opened or read at all.
struct InputError: Error, Sendable, Equatable {
  enum Kind: String, Sendable {
    case notFound = "not-found"
    case noPermission = "no-permission"
    case unreadable
  }

  var kind: Kind
  var reason: String

  /// The error behind a failed system call.
  static func system(_ number: Int32) -> InputError {
    let kind: Kind =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .noPermission
      default: .unreadable
      }
    return InputError(kind: kind, reason: SystemCall.message(number))
  }
}
