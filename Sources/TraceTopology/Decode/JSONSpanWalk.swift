/// Where the reader of a JSON span format stands in the outer structure of the text.
///
/// Each `step` uses one member, bracket or span, or throws and leaves everything as it was, so that
/// reading resumes at the same place when more bytes have come. Memory follows the largest span, not
/// the largest value.
protocol JSONSpanWalk: Sendable {
  /// What the format is called in diagnostics.
  static var title: String { get }

  /// Whether the first bytes of an input are of this format.
  static func probe(_ prefix: Span<UInt8>) -> Bool

  init()

  /// Whether a value is open, so that an end of the input here is a loss.
  var isInsideValue: Bool { get }

  /// Goes one step on; false when only white space is left.
  mutating func step(
    _ scanner: inout JSONScanner, _ parser: inout JSONSpanParser, _ recording: inout Recording
  ) throws(JSONError) -> Bool

  /// What is at the place of `error` is damaged: decides what of it to keep, and from where to look
  /// for what comes next. `stepStart` is where the failed step began; `crossedLine` says that it
  /// passed a line feed.
  mutating func fail(
    _ error: JSONError, stepStart: Int, crossedLine: Bool, _ recording: inout Recording
  ) -> JSONDamage

  /// The text ends inside something: the place from which to look for more in what is left; nil if
  /// nothing can be there.
  mutating func resumeAtEnd(stepStart: Int, _ recording: inout Recording) -> Int?

  /// The input ends here, or bytes are missing behind this place.
  mutating func settleAtEnd(_ recording: inout Recording)
}

extension JSONSpanWalk {
  mutating func resumeAtEnd(stepStart: Int, _ recording: inout Recording) -> Int? { nil }
}

/// What a walk makes of damage.
struct JSONDamage: Sendable {
  /// Where reading goes on.
  var resume: Int
  var code = "malformed-record"
  var severity = Severity.error
  /// A message in place of the usual one.
  var message: String?
}

/// Passes over what is left of a damaged value.
struct JSONResync: Sendable {
  enum Mode: Sendable {
    case no
    /// To the next line.
    case line
    /// To the next line that begins with an object: lines in the middle of a pretty-printed value
    /// are no records.
    case toObjectLine
    /// To the next line that begins with an object or an array.
    case toValueLine

    fileprivate func isFound(at character: UInt8) -> Bool {
      switch self {
      case .no, .line: true
      case .toObjectLine: character == 0x7B
      case .toValueLine: character == 0x7B || character == 0x5B
      }
    }
  }

  private var mode = Mode.no
  private var atLineStart = false

  var isActive: Bool { mode != .no }

  mutating func begin(_ mode: Mode) {
    self.mode = mode
    atLineStart = false
  }

  mutating func stop() { mode = .no }

  /// Moves on; false if the text ends before the place is found.
  mutating func step(_ scanner: inout JSONScanner) -> Bool {
    while scanner.position < scanner.end {
      let isLineFeed = scanner.current == 0x0A
      if atLineStart, mode.isFound(at: scanner.current) {
        mode = .no
        atLineStart = false
        return true
      }
      atLineStart = isLineFeed
      scanner.position += 1
    }
    if atLineStart, mode == .line {
      mode = .no
      atLineStart = false
    }
    return false
  }
}
