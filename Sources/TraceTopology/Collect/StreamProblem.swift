/// Something wrong with the stored bytes of an input: its compression, or reading it.
struct StreamProblem: Sendable, Equatable {
  var code: String
  var severity: Severity
  /// Offset in the file as stored.
  var offset: UInt64
  var message: String
}

/// What one step of unpacking gave.
enum UnpackStep: Sendable, Equatable {
  /// Bytes were written or input was used; go on.
  case progress
  /// The stream stands between two frames or members.
  case boundary
  /// The stream is damaged at this point.
  case failed(StreamProblem)
}
