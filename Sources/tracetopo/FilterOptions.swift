import ArgumentParser
import TraceTopology

/// Options that show a part of the run. They apply to every output, after the trees are repaired.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only spans open at this time or later: RFC 3339, or +5s after the run's start.",
      valueName: "TIME"))
  var since: String?

  @Option(help: ArgumentHelp("Only spans open at this time or earlier.", valueName: "TIME"))
  var until: String?

  @Option(
    help: ArgumentHelp(
      "Only trees with a span of a trace whose id begins so; several separated by commas.",
      valueName: "ID,…"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Only spans of these services, separated by commas.", valueName: "NAME,…"))
  var service: String?

  @Option(help: ArgumentHelp("Only trees whose root has this name.", valueName: "NAME"))
  var root: String?

  @Option(
    help: ArgumentHelp("Only spans that lasted at least so long, such as 250ms.", valueName: "TIME")
  )
  var minDuration: String?

  @Flag(help: "Only spans whose status is an error.")
  var errors = false

  func validate() throws {
    for (name, text) in [("since", since), ("until", until)] {
      guard let text, SpanFilter.Moment(text) == nil else { continue }
      throw ValidationError(
        "--\(name) takes a time such as 2026-11-21T10:00:05Z, or +5s after the run's start.")
    }
    if case .afterStart(let first) = filter.since, case .afterStart(let last) = filter.until,
      first > last
    {
      throw ValidationError("--since is later than --until.")
    }
    if case .unix(let first) = filter.since, case .unix(let last) = filter.until, first > last {
      throw ValidationError("--since is later than --until.")
    }
    try Self.validate(trace: trace)
    guard service == nil || !filter.services.isEmpty else {
      throw ValidationError("--service takes names of services.")
    }
    guard minDuration == nil || filter.minimumDuration != nil else {
      throw ValidationError("--min-duration takes a duration such as 250ms, 1.5s or 2m.")
    }
  }

  static func validate(trace: String?) throws {
    let isHex = { (text: String) in
      (1...32).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
    let names = names(trace)
    guard trace == nil || (!names.isEmpty && names.allSatisfy(isHex)) else {
      throw ValidationError("--trace takes the first hexadecimal digits of trace ids.")
    }
  }

  /// Names that are separated by commas.
  static func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map(String.init)
  }

  var filter: SpanFilter {
    var filter = SpanFilter()
    filter.since = since.flatMap { SpanFilter.Moment($0) }
    filter.until = until.flatMap { SpanFilter.Moment($0) }
    filter.traces = Self.names(trace)
    filter.services = Self.names(service)
    filter.root = root
    filter.minimumDuration = minDuration.flatMap { SpanFilter.duration($0) }
    filter.errorsOnly = errors
    return filter
  }
}
