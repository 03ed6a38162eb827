/// What can be read and written, for people.
public enum Catalogue {
  /// One line of a list.
  public struct Entry: Sendable, Equatable {
    /// The stable name.
    public var name: String
    /// What it is.
    public var summary: String
  }

  /// Kinds of logs.
  public static var inputs: [Entry] {
    InputFormat.all.map { Entry(name: $0.name, summary: $0.summary) }
  }

  /// Kinds of files that hold other files.
  public static var containers: [Entry] {
    ContainerFormat.all.map { Entry(name: $0.name, summary: $0.summary) }
  }

  /// Kinds of compression.
  public static var compressions: [Entry] {
    Compression.allCases.map { Entry(name: $0.rawValue, summary: $0.summary) }
  }

  /// Kinds of outputs.
  public static var outputs: [Entry] {
    OutputFormat.all.map { Entry(name: $0.name, summary: $0.summary) }
  }
}
