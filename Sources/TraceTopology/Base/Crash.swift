/// The end of a process that a dump shows: a panic that nobody recovered, a fatal error, or a signal.
struct Crash: Sendable {
  var process: ProcessIndex
  /// The goroutine that was running then: the first that is shown.
  var task: TaskIndex
  /// Whether that goroutine caused the end; a signal comes from outside.
  var isPanic: Bool
}

/// Tells panics from other exceptions by `exception.type`.
///
/// The OpenTelemetry Go SDK writes the same event for a recovered panic (`Span.End`) and for an error
/// (`Span.RecordError`). An error is never a plain string, and errors of the runtime reach the program
/// by panics alone.
enum PanicType {
  private static let words = ["panic", "string"].map { Array($0.utf8) }
  private static let prefixes = ["runtime.", "*runtime."].map { Array($0.utf8) }

  /// Whether an exception of this type was a panic.
  static func isPanic(_ type: [UInt8]) -> Bool {
    words.contains(type) || prefixes.contains { type.starts(with: $0) }
  }
}
