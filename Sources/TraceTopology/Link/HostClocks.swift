/// How far apart the clocks of the hosts of a run are, told by calls between them.
///
/// A call bounds the difference of two clocks: the server's span lies within the client's. Many calls
/// agree on a narrow range; hosts that no call ties to others keep their times. Recorded times are never
/// altered: rules that compare times of two processes ask for corrected ones.
struct HostClocks: Sendable {
  /// The clock of one host against the reference of the hosts that calls tie it to.
  struct Skew: Sendable, Equatable {
    /// By how many nanoseconds the host's clock is ahead, at `reference`.
    var offset: Int64 = 0
    /// By how much it gains, in seconds for each second.
    var drift = 0.0
    var reference = Timestamp.unknown
    /// How far the offset may be off, in nanoseconds; nil if calls do not say.
    var uncertainty: Int64?

    var isZero: Bool { offset == 0 && drift == 0 }

    func ahead(at time: Timestamp) -> Int64 {
      guard drift != 0, let elapsed = time.since(reference) else { return offset }
      return offset.addingSaturated(ClockMap.product(drift, elapsed))
    }
  }

  /// How far clocks may be apart of which nothing is known, in nanoseconds.
  static let unknownSkew: Int64 = 2_000_000

  /// For each process row the clock of its host; nil if no call ties it to another host.
  private var skews: [Skew?] = []
  /// Whether no clock is off, so that all times may be compared as they are.
  private(set) var areInStep = true

  init() {}

  /// From the recorded parents of the spans; processes of one rank are one process of the outputs.
  init(
    _ recording: Recording, parent: [SpanIndex], processRank: [Int], _ threads: Threads = .one
  ) async {
    let hosts = Hosts(recording, processRank: processRank)
    guard hosts.count > 1 else { return }
    let bounds = await ClockBounds(recording, parent: parent, hosts: hosts, threads)
    var graph = HostGraph(hosts: hosts.count)
    for pair in bounds.pairs {
      guard let skew = SkewVote(pair.bounds).skew else { continue }
      graph.tie(pair.first, pair.second, skew, weight: pair.bounds.count)
    }
    let found = graph.skews(spans: hosts.spanCounts(recording))
    skews = hosts.number.map { found[$0] }
    areInStep = !skews.contains { $0.map { !$0.isZero } ?? false }
  }

  /// The clock of a process's host; nil if no call ties it to another host.
  func skew(of process: ProcessIndex) -> Skew? {
    process.index < skews.count ? skews[process.index] : nil
  }

  /// A recorded time of a process on the clock that all hosts share.
  func time(_ time: Timestamp, of process: ProcessIndex) -> Timestamp {
    guard !areInStep, let skew = skew(of: process), !skew.isZero, time.isKnown else { return time }
    return time.shifted(by: Int64(0).subtractingSaturated(skew.ahead(at: time)))
  }
}

/// The hosts of the processes: one clock each. A process whose host is not named is one of its own.
struct Hosts: Sendable {
  /// For each process row the number of its host; in the order of the outputs.
  private(set) var number: [Int]
  private(set) var count = 0

  init(_ recording: Recording, processRank: [Int]) {
    let records = recording.processes.record
    number = Array(repeating: 0, count: records.count)
    let sorted = records.indices.sorted { (processRank[$0], $0) < (processRank[$1], $1) }
    // A scheduler log has the rank of its resource, which may be the one that names the host.
    var names: [Int: StringID] = [:]
    for row in sorted where records[row].host != .empty && names[processRank[row]] == nil {
      names[processRank[row]] = records[row].host
    }
    var byName: [StringID: Int] = [:]
    var byRank: [Int: Int] = [:]
    for row in sorted {
      let rank = processRank[row]
      let known = names[rank].flatMap { byName[$0] } ?? byRank[rank]
      number[row] = known ?? count
      if known == nil { count += 1 }
      byRank[rank] = number[row]
      if let name = names[rank] { byName[name] = number[row] }
    }
  }

  func spanCounts(_ recording: Recording) -> [Int] {
    var counts = Array(repeating: 0, count: count)
    for process in recording.spans.process where !process.isNone {
      counts[number[process.index]] += 1
    }
    return counts
  }
}
