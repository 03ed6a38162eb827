/// An output that could not be written: the one kind of problem that ends a run.
public struct OutputError: Error, Sendable, Equatable {
  /// What failed.
  public enum Kind: Sendable {
    /// The file could not be made: a missing folder, no permission.
    case cannotCreate
    /// Writing stopped half-way: a full disk, a closed pipe.
    case cannotWrite
  }

  /// The path as the user gave it.
  public var path: String
  /// The operating system's reason, for a person.
  public var reason: String
  /// What failed.
  public var kind: Kind

  /// An error about one output.
  public init(path: String, reason: String, kind: Kind) {
    self.path = path
    self.reason = reason
    self.kind = kind
  }
}
