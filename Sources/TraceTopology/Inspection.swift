/// What one input is.
public struct Inspection: Sendable {
  /// Path, format, compression, sizes.
  public var input: InputRecord
  /// What was read, by kind: `412 spans`.
  public var contents: String
  /// The first and last time, for a person.
  public var timeRange: String
  /// The processes that it tells of, for a person.
  public var processes: [String]
  /// What is wrong with it.
  public var diagnostics: [Diagnostic]
  /// What checking it for consistency came to, for a person; `nil` if that was not asked for.
  public var verification: String?

  init(_ recording: Recording, verify: Bool = false, _ threads: Threads = .one) async {
    let isContainer = recording.inputs.first?.isContainer ?? false
    if verify, !isContainer {
      verification =
        recording.verification ?? "not possible: only traces of Go 1.22 and later can be verified"
    }
    input = recording.inputs.first ?? InputRecord(path: "")
    diagnostics = recording.diagnostics.sorted
    contents = isContainer ? "members" : Self.contents(recording)
    timeRange = Self.timeRange(recording)
    processes = await Self.processes(recording, threads)
  }

  private static func contents(_ recording: Recording) -> String {
    var parts: [String] = []
    let counts: [(Int, String)] = [
      (recording.spans.count, "spans"), (recording.traces.count, "traces"),
      (recording.tasks.count(of: .goroutine), "goroutines"),
      (recording.tasks.count(of: .task) + recording.tasks.count(of: .thread), "tasks"),
      (recording.tasks.count(of: .userTask), "user tasks"),
      (recording.regions.count, "regions"), (recording.logs.count, "logs"),
      (recording.waits.total, "waits"), (recording.profileStacks.count, "profile records"),
    ]
    for (count, name) in counts where count > 0 { parts.append("\(count) \(name)") }
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }

  private static func timeRange(_ recording: Recording) -> String {
    var first = Int64.max
    var last = Int64.min
    for column in [recording.spans.start, recording.spans.end] {
      for time in column where time.isKnown {
        first = min(first, time.nanoseconds)
        last = max(last, time.nanoseconds)
      }
    }
    var clock = ""
    for extent in recording.logExtents where extent.first.isKnown {
      let snapshot = recording.clocks.first { $0.process == extent.process }
      let offset = snapshot.flatMap { $0.wall.since($0.monotonic) }
      if offset == nil { clock = " on the log's own clock (no wall clock)" }
      first = min(first, extent.first.nanoseconds.addingSaturated(offset ?? 0))
      last = max(last, extent.last.nanoseconds.addingSaturated(offset ?? 0))
    }
    guard first <= last else { return "none" }
    let length = last.subtractingSaturated(first)
    let milliseconds = "\(length / 1_000_000).\(String(1000 + length / 1000 % 1000).dropFirst()) ms"
    if !clock.isEmpty { return milliseconds + clock }
    return "\(RFC3339.text(Timestamp(first))) … \(RFC3339.text(Timestamp(last))) (\(milliseconds))"
  }

  private static func processes(_ recording: Recording, _ threads: Threads) async -> [String] {
    let strings = recording.strings
    let clocks = await clocks(recording, threads)
    return (0..<recording.processes.count).map { row in
      let record = recording.processes.record[row]
      var parts: [String] = []
      if record.service != .empty { parts.append(strings.text(record.service)) }
      if let pid = record.pid { parts.append("pid \(pid)") }
      if record.host != .empty { parts.append(strings.text(record.host)) }
      if record.instance != .empty { parts.append(strings.text(record.instance)) }
      if record.runtime != .empty { parts.append(strings.text(record.runtime)) }
      if let skew = ClockSkew(clocks.skew(of: ProcessIndex(row)), record, strings) {
        parts.append("clock \(skew.text)")
      }
      return parts.isEmpty ? "not named" : parts.joined(separator: " · ")
    }
  }

  /// How far the clocks of the hosts in this file are apart, as the calls between them show.
  private static func clocks(_ recording: Recording, _ threads: Threads) async -> HostClocks {
    guard recording.spans.count > 0, recording.processes.count > 1 else { return HostClocks() }
    var linked = recording
    // By what the processes are called, as in the topology file.
    let names = linked.processes.record.map { record in
      [record.service, record.instance, record.host].map { linked.strings.text($0) }
    }
    var rank = Array(repeating: 0, count: names.count)
    let sorted = names.indices.sorted { names[$0].lexicographicallyPrecedes(names[$1]) }
    for (place, row) in sorted.enumerated() { rank[row] = place }
    let order = SpanOrder(linked, processRank: rank)
    return await ParentLinker.link(&linked, order: order, threads).clocks
  }
}

extension Pipeline {
  /// Tells what each file under `paths` is, members of archives included.
  ///
  /// - Parameters:
  ///   - paths: files, folders, or `-` for the standard input.
  ///   - policy: thresholds.
  ///   - verify: whether to put the events of Go execution traces into one order and to report the
  ///     first one that does not fit (`inconsistent-trace`).
  /// - Returns: one inspection for each file and each member of an archive.
  public static func inspect(
    _ paths: [String], policy: Policy = .standard, verify: Bool = false
  ) async -> [Inspection] {
    let inputs = InputSet(paths: paths)
    var result: [Inspection] = []
    for (path, error) in inputs.problems {
      var recording = Recording()
      recording.inputs = [InputRecord(path: path)]
      recording.inputs[0].complete = false
      recording.diagnostics.report(error.kind.rawValue, .error, input: path, error.reason)
      result.append(await Inspection(recording, verify: verify))
    }
    let workers = Workers(policy)
    let threads = Threads(policy)
    for file in inputs.files {
      for recording in await InputReading.read(
        file, policy: policy, verify: verify, historyLimit: verify ? .max : 0, workers: workers)
      {
        result.append(await Inspection(recording, verify: verify, threads))
      }
    }
    return result
  }
}

extension Topology {
  /// What was read of each input, in the order of their paths.
  public var inputs: [InputRecord] { recording.inputs }

  /// The number of observed processes.
  public var processCount: Int { processes.count }

  /// Makes the folder for outputs and those above it.
  public static func makeFolder(_ path: String) throws(OutputError) { try OutputFolder.make(path) }
}
