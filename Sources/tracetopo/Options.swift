import ArgumentParser
import TraceTopology

/// Options of the analysis.
struct AnalysisOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Reattach only at this confidence or above; below it stays a candidate.", valueName: "0…1"))
  var minConfidence = Policy.standard.minimumConfidence

  @Flag(
    help: "Join spans whose like never has a recorded parent, where the evidence is of one piece.")
  var joinUnattested = false

  @Option(
    help: ArgumentHelp(
      "Learn from the recorded parents of another run as well: file, folder or archive; repeatable.",
      valueName: "PATH"))
  var learnFrom: [String] = []

  @Option(
    help: ArgumentHelp(
      "Report tasks as leaked that are blocked for longer than this at the end, what they worked for "
        + "being over; 0 for all that are blocked (default: 5s, or a tenth of a shorter run).",
      valueName: "TIME"))
  var leakGrace: String?

  @Option(
    help: ArgumentHelp(
      "Report spans as hung to which nothing happens for longer than this (default: 5s, or a quarter "
        + "of a shorter run).", valueName: "TIME"))
  var hungAfter: String?

  @Option(
    help: ArgumentHelp(
      "Carry these span attributes into the outputs, separated by commas.", valueName: "KEY,…"))
  var attributes: String?

  @Option(
    help: ArgumentHelp(
      "Carry these span attributes into the outputs, and from each span to the spans below it.",
      valueName: "KEY,…"))
  var inherit: String?

  @Option(
    help: ArgumentHelp(
      "Weigh spans with the same value of one of these attributes as each other's parents; request.id, "
        + "order.id, session.id and their like always are.", valueName: "KEY,…"))
  var correlate: String?

  @Option(
    help: ArgumentHelp(
      "Largest zstd window to accept, as a power of two (10 to 31).", valueName: "N"))
  var zstdWindowLog = Policy.standard.zstdWindowLog

  @Option(
    help: ArgumentHelp(
      "Read a Go trace of an unknown version as if it were of version 1.N; newest for the newest.",
      valueName: "N"))
  var assumeVersion: String?

  @Option(
    help: ArgumentHelp(
      "Say which service wrote the scheduler log in FILE, where the evidence does not; repeatable.",
      valueName: "FILE=SERVICE"))
  var process: [String] = []

  @Option(
    help: ArgumentHelp("Threads that work at once (default: one per processor).", valueName: "N"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Keep to this much memory, such as 256M or 2GiB: what does not fit goes to a temporary file. The "
        + "outputs are the same.", valueName: "SIZE"))
  var memory: MemorySize?

  @Option(
    help: ArgumentHelp(
      "Where that file lies while the command runs (default: $TMPDIR, or else /var/tmp).",
      valueName: "DIR"))
  var temporaryFolder: String?

  func validate() throws {
    guard (0...1).contains(minConfidence) else {
      throw ValidationError("--min-confidence takes a number from 0 to 1.")
    }
    guard (10...31).contains(zstdWindowLog) else {
      throw ValidationError("--zstd-window-log takes a number from 10 to 31.")
    }
    guard assumeVersion == nil || assumedVersion != nil else {
      throw ValidationError("--assume-version takes newest, or a version such as 26 or 1.26.")
    }
    for (name, text) in [("leak-grace", leakGrace), ("hung-after", hungAfter)] {
      guard let text, Self.duration(text) == nil else { continue }
      throw ValidationError("--\(name) takes a duration such as 250ms, 1.5s or 2m.")
    }
    for text in process where Self.processName(text) == nil {
      throw ValidationError("--process takes FILE=SERVICE, not \(text).")
    }
    guard (jobs ?? 1) >= 1 else { throw ValidationError("--jobs takes a number from 1.") }
    guard (memory?.bytes ?? .max) >= MemoryLimit.minimum else {
      throw ValidationError("--memory takes \(MemoryLimit.minimum >> 20)M or more.")
    }
  }

  private static func duration(_ text: String) -> Int64? {
    text == "0" ? 0 : SpanFilter.duration(text)
  }

  /// The last number of the version to assume.
  private var assumedVersion: Int? {
    guard let text = assumeVersion, text != "newest" else {
      return assumeVersion == nil ? nil : .max
    }
    return Int(text.hasPrefix("1.") ? String(text.dropFirst(2)) : text).flatMap {
      (0...99).contains($0) ? $0 : nil
    }
  }

  /// Service names hold no equals sign, paths may.
  private static func processName(_ text: String) -> Policy.ProcessName? {
    guard let sign = text.lastIndex(of: "="), sign != text.startIndex else { return nil }
    let service = text[text.index(after: sign)...]
    return service.isEmpty
      ? nil : Policy.ProcessName(file: String(text[..<sign]), service: String(service))
  }

  var policy: Policy {
    var policy = Policy.standard
    policy.minimumConfidence = minConfidence
    policy.joinUnattested = joinUnattested
    policy.learnFrom = learnFrom
    policy.leakGrace = leakGrace.flatMap(Self.duration)
    policy.hungAfter = hungAfter.flatMap(Self.duration)
    policy.attributes = (attributes ?? "").split(separator: ",").map(String.init)
    policy.inheritedAttributes = (inherit ?? "").split(separator: ",").map(String.init)
    policy.correlatingAttributes = (correlate ?? "").split(separator: ",").map(String.init)
    policy.zstdWindowLog = zstdWindowLog
    policy.assumeVersion = assumedVersion
    policy.processNames = process.compactMap(Self.processName)
    policy.jobs = jobs
    return policy
  }
}
