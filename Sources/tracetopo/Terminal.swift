import Glibc
import TraceTopology

/// What the standard streams are, and how to write on them.
struct Terminal: Sendable {
  let outputIsTerminal: Bool
  let errorIsTerminal: Bool
  /// Colour is for terminals, and never where NO_COLOR is set (no-color.org).
  private let allowsColour: Bool

  init() {
    outputIsTerminal = isatty(STDOUT_FILENO) == 1
    errorIsTerminal = isatty(STDERR_FILENO) == 1
    let noColour = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
    let isDumb = unsafe getenv("TERM").map { unsafe String(cString: $0) == "dumb" } ?? false
    allowsColour = !noColour && !isDumb
  }

  /// SGR parameters that are used.
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  func styled(_ text: String, _ style: Style, onError: Bool) -> String {
    let isTerminal = onError ? errorIsTerminal : outputIsTerminal
    return isTerminal && allowsColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// A cell of a table, its text on the right; `gap` spaces stand before it in any case.
  static func cell(_ text: String, width: Int, gap: Int = 0) -> String {
    String(repeating: " ", count: max(gap, width - text.count)) + text
  }

  /// Writes to the standard error.
  static func error(_ text: String) { put(text, STDERR_FILENO) }

  /// Writes to the standard output.
  static func output(_ text: String) { put(text, STDOUT_FILENO) }

  private static func put(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        return unsafe MemoryLimit.retried(rest) {
          unsafe write(descriptor, rest.baseAddress, rest.count)
        }
      }
      // Nothing is left to tell about a message that cannot be told.
      if sent <= 0 { return }
      done += sent
    }
  }
}

/// How many files were read, on one line that is written over.
struct ProgressLine: Sendable {
  let isShown: Bool

  func show(read: Int, of all: Int) {
    if isShown, all > 1 { Terminal.error("\rreading: \(read) of \(all) files") }
  }

  func clear() {
    if isShown { Terminal.error("\r\u{1B}[K") }
  }
}
