/// The thresholds of an analysis. Defaults are chosen for precision.
public struct Policy: Sendable, Equatable {
  /// Says which process wrote the scheduler log in a file.
  public struct ProcessName: Sendable, Equatable {
    /// The path of the file, or the last parts of it.
    public var file: String
    /// The service, as its spans name it.
    public var service: String

    /// A file and the service that wrote it.
    public init(file: String, service: String) {
      self.file = file
      self.service = service
    }
  }

  /// Reattachments below this confidence stay candidates.
  public var minimumConfidence = 0.75
  /// Whether spans of a class that never has a recorded parent may be joined, where the evidence is of
  /// one piece. Off, they are presumed roots: a lost context and `go f(context.Background())` look the
  /// same. Their confidence is at most 0.9.
  public var joinUnattested = false
  /// A task that is blocked when its log ends counts as leaked if it was blocked, and what it worked
  /// for was over, for longer than this; nanoseconds. `nil`: 5 s, or a tenth of a run shorter than 50 s.
  /// 0: whatever is blocked at the end, as uber-go/goleak counts.
  public var leakGrace: Int64?
  /// A span counts as hung if nothing happened to it for longer than this; nanoseconds. `nil`: 5 s, or a
  /// quarter of a run shorter than 20 s.
  public var hungAfter: Int64?
  /// Keys of further span attributes to carry into the outputs.
  public var attributes: [String] = []
  /// Keys of span attributes that are carried into the outputs, and from each span down its tree.
  public var inheritedAttributes: [String] = []
  /// Keys of further span attributes that name a unit of work: spans with the same value of one are
  /// weighed as each other's parents.
  public var correlatingAttributes: [String] = []
  /// The largest zstd window accepted, as a power of two.
  public var zstdWindowLog = 27
  /// By which version of its format to read a log whose own version is unknown, as the last number of
  /// the version: 26 for 1.26. `nil`: such a log is refused.
  public var assumeVersion: Int?
  /// The services that wrote scheduler logs, where the user knows better than the evidence.
  public var processNames: [ProcessName] = []
  /// Other runs to learn from, a path each: a file, a folder or an archive.
  public var learnFrom: [String] = []
  /// Whether all moves of the tasks of one long trace are kept, although no log of spans lies beside it.
  public var keepsHistory = false
  /// Whether the outputs tell where the time of spans and trees went, and the critical paths.
  public var measuresTimes = true
  /// Whether the outputs list spans and trees; else they are only counted.
  public var listsSpans = true
  /// How many threads read, decode and analyze; `nil` means as many as there are processors. The result is the
  /// same.
  public var jobs: Int?

  /// The keys of all attributes that are read from spans because somebody asked for them.
  var askedAttributes: [String] { attributes + inheritedAttributes + correlatingAttributes }
  /// The keys of all attributes that name a unit of work.
  var correlatingKeys: [String] { EvidenceAttributeKeys.correlating + correlatingAttributes }

  /// The documented defaults.
  public static let standard = Policy()

  /// A policy with the documented defaults.
  public init() {}
}
