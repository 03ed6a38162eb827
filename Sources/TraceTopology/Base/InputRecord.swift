/// What was read of one input.
public struct InputRecord: Sendable, Equatable {
  /// The path as the user gave it, or as the walk of a folder found it below that; of a member of an
  /// archive `archive!path`.
  public var path: String
  /// The name of its format, such as `otlp-json`; `nil` if it was not recognised.
  public var format: String?
  /// The version that the log itself states.
  public var formatVersion: String?
  /// `none`, `gzip`, `zstd` or `zstd-framed`.
  public var compression: String
  /// Size in bytes as stored.
  public var bytes: UInt64
  /// Size in bytes after decompression.
  public var decodedBytes: UInt64
  /// Spans, events or task records read; members of an archive.
  public var records: Int
  /// Whether it was read to its proper end without damage.
  public var complete: Bool

  /// Whether it is an archive, whose members are inputs of their own.
  public var isContainer: Bool { format == "tar" }

  init(path: String) {
    self.path = path
    format = nil
    formatVersion = nil
    compression = "none"
    bytes = 0
    decodedBytes = 0
    records = 0
    complete = true
  }
}
