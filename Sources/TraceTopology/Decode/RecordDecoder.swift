/// Turns the bytes of one input into rows of a recording.
///
/// Blocks arrive in order and may be cut anywhere: inside a line, a number, a character. A decoder
/// keeps what it cannot finish yet and never sees files, threads or the time of day. Problems go to
/// `recording.diagnostics`; whatever could be read stays.
protocol RecordDecoder: Sendable {
  /// Reads one block. `recording.inputs[0]` is the input that is being read.
  mutating func decode(_ block: inout ByteBlock, into recording: inout Recording)

  /// Ends the input. `isCut` says that bytes are missing at its end (a truncated or corrupt frame),
  /// so that nothing may be concluded from what is absent.
  mutating func finish(isCut: Bool, into recording: inout Recording)

  /// Whether the format can be picked up again after missing bytes. If not, the input ends there.
  static var resumesAfterGap: Bool { get }

  /// Bytes are missing between the block before and the next one.
  mutating func gap(into recording: inout Recording)
}

extension RecordDecoder {
  static var resumesAfterGap: Bool { false }
  mutating func gap(into recording: inout Recording) {}
}

/// What every decoder is told about its input.
struct DecodeSetting: Sendable {
  /// The path as it appears in diagnostics.
  var path: String
  /// Keys of span attributes to keep besides those that are evidence.
  var attributes: [String] = []
  /// By which version to read a log whose own version is unknown; `nil`: not at all. A version that
  /// is itself unknown stands for the newest one.
  var assumeVersion: Int?
  /// Whether to check that the log is consistent, where the format allows that.
  var verifies = false
  /// Of how many bytes of a Go trace it is written down when which task ran, slept or was woken; of a
  /// longer trace nothing of that is.
  var historyLimit = Int.max
  /// Whether usual spellings are read by methods made for them. Without, all is read by the generic
  /// ones, with the same result: the reference that the others are compared with.
  var takesFastPath = true
}
