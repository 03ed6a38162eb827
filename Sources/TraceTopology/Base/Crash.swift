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
/// (`Span.RecordError`). An error is never of a type that is built in, such as a plain string, which the
/// SDK writes without the name of a package (`.string`); and errors of the runtime reach the program by
/// panics alone.
enum PanicType {
  private static let words = ["panic", "string"].map { Array($0.utf8) }
  private static let prefixes = ["runtime.", "*runtime.", "."].map { Array($0.utf8) }

  /// Whether an exception of this type was a panic.
  static func isPanic(_ type: [UInt8]) -> Bool {
    words.contains(type) || prefixes.contains { type.starts(with: $0) }
  }
}

/// What an event of a span says about an exception, gathered field by field, to tell panics of Go.
///
/// Where the type does not tell (a panic with an error, an error made of what was recovered), the
/// message does as Go prints it (`panic: `, `runtime error: `), or the stack: it holds the frame
/// `panic(` while deferred functions run. Sources: `runtime.printpanicval`, `runtime.Error`,
/// `runtime.traceback` of Go 1.16 to 1.27.
struct ExceptionFacts: Sendable {
  /// What a field of the event is about; the names of OpenTelemetry, then those of OpenTracing.
  enum Field: Sendable {
    case type, message, stack

    static let names: [(StaticString, Field)] = [
      ("exception.type", .type), ("exception.message", .message), ("exception.stacktrace", .stack),
      ("error.kind", .type), ("error.object", .message), ("message", .message), ("stack", .stack),
    ]
  }

  /// Whether the event is called what exceptions are called.
  var isException = false
  private var hasPanicType = false
  /// Whether the type is none of Go's pointers to errors.
  private var hasForeignType = false
  private var hasPanicMessage = false
  private var hasPanicStack = false

  private static let messages = ["panic: ", "runtime error: "].map { Array($0.utf8) }
  private static let frame = Array("panic(".utf8)

  mutating func take(_ field: Field, _ text: [UInt8]) {
    switch field {
    case .type:
      hasPanicType = PanicType.isPanic(text)
      hasForeignType = text.first != 0x2A
    case .message: hasPanicMessage = hasPanicMessage || Self.isPanic(message: text)
    case .stack: hasPanicStack = hasPanicStack || Self.holdsPanic(stack: text)
    }
  }

  /// Whether the event is that of a panic.
  var isPanic: Bool {
    isException && (hasPanicType || hasPanicStack || hasPanicMessage && !hasForeignType)
  }

  /// Whether a message is one of a panic as Go prints it.
  static func isPanic(message: [UInt8]) -> Bool {
    messages.contains { message.starts(with: $0) }
  }

  /// Whether a line of a stack begins with the call of `panic`.
  private static func holdsPanic(stack: [UInt8]) -> Bool {
    var isLineStart = true
    for index in stack.indices {
      if isLineStart, stack[index...].starts(with: frame) { return true }
      isLineStart = stack[index] == 0x0A
    }
    return false
  }
}
