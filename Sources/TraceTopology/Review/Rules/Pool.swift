/// Workers of one spawn site that others hand one job after the other, and whether they are enough.
///
/// Evidence: tasks of one spawn site and entry that wait at one place, are handed something there by tasks
/// of other origins, and come back; what they take before they give anything themselves. A hand-off blocked
/// if its sender had to wait for a worker. Idle is what the workers waited at that place of all their lives.
///
/// Not reported: pools of a cut log, or of a long trace whose moves are not kept; standing tasks of
/// libraries; callers that wait for answers.
struct Pool: ReviewRule {
  static let name = "pool"
  static let caveat =
    "Jobs that lie in the buffer of a channel pass from sender to worker without an event and are not "
    + "counted; a pool may be idle on purpose, to be ready for bursts."

  /// Above this share of idle time there are more workers than needed.
  private static let idleLimit = 0.8
  /// Above this share of hand-offs that blocked there are too few.
  private static let blockedLimit = 0.65

  func findings(in run: ReviewFacts) -> [Finding] {
    guard run.recording.waits.isWhole, run.recording.waits.count > 0 else { return [] }
    var search = PoolSearch(run)
    return search.pools().map { finding($0, run) }
  }

  private static func verdict(_ pool: WorkerPool) -> (word: String, severity: Severity) {
    switch (pool.idleShare > idleLimit, pool.blockedShare > blockedLimit) {
    case (true, true): ("too few in bursts, idle between them", .note)
    case (true, false): ("more workers than needed", .note)
    case (false, true): ("too few workers", .warning)
    case (false, false): ("the right number of workers", .note)
    }
  }

  private func finding(_ pool: WorkerPool, _ run: ReviewFacts) -> Finding {
    let (word, severity) = Self.verdict(pool)
    let jobs = pool.jobs.sorted()
    let median = Self.rank(50, pool.queued)
    let late = Self.rank(99, pool.queued)
    let entry = NodeLabel.shortened(run.text(pool.origin.entry), to: 100)
    var message = "\(word): \(NodeLabel.count(pool.workers.count, "worker")) of \(entry)"
    message += " took \(NodeLabel.count(pool.jobCount, "job"))"
    message += ", idle \(Self.percent(pool.idleShare)) of their time"
    message += "; \(Self.percent(pool.blockedShare)) of the hand-offs blocked"
    message += ", jobs waited \(NodeLabel.duration(median)) (p99 \(NodeLabel.duration(late)))"
    return Finding(
      rule: Self.name, severity: severity,
      key: [
        run.service(pool.origin.process), run.text(pool.origin.entry),
        run.key(pool.origin.spawnSite), run.key(pool.site),
      ],
      tasks: run.sorted(pool.workers), message: message,
      evidence: [
        FindingFact("verdict", .text(word)), FindingFact("workers", .count(pool.workers.count)),
        FindingFact("jobs", .count(pool.jobCount)),
        FindingFact("jobsPerWorkerMedian", .count(jobs[jobs.count / 2])),
        FindingFact("jobsPerWorkerMost", .count(jobs.last ?? 0)),
        FindingFact("idleShare", .share(pool.idleShare)),
        FindingFact("blockedShare", .share(pool.blockedShare)),
        FindingFact("queuedMedian", .duration(median)), FindingFact("queuedP99", .duration(late)),
        FindingFact("waitSite", .site(pool.site)),
        FindingFact("spawnSite", .site(pool.origin.spawnSite)),
      ], caveat: Self.caveat)
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

  /// Nearest rank.
  private static func rank(_ percent: Int, _ sorted: [Int64]) -> Int64 {
    sorted.isEmpty ? 0 : sorted[max((sorted.count * percent + 99) / 100 - 1, 0)]
  }
}
