/// The resource attributes that tell one process from another (OpenTelemetry semantic conventions).
///
/// `service.instance.id` is the best key; without it a pod or container id stands in.
struct ResourceAttributes: Sendable {
  private(set) var process = ProcessRecord()
  private var hostRank = 0
  private var instanceRank = 0
  private var runtimeRank = 0

  /// What one attribute key says about a process; a higher rank wins over a lower one.
  enum Key: Sendable {
    case service
    case instance(rank: Int)
    case host(rank: Int)
    case runtime(rank: Int)
    case pid

    static let known: [(key: StaticString, meaning: Key)] = [
      ("service.name", .service),
      ("service.instance.id", .instance(rank: 4)),
      ("k8s.pod.uid", .instance(rank: 3)),
      ("k8s.pod.name", .instance(rank: 2)),
      ("container.id", .instance(rank: 1)),
      ("host.name", .host(rank: 2)),
      ("host.id", .host(rank: 1)),
      ("process.pid", .pid),
      ("process.runtime.version", .runtime(rank: 2)),
      ("process.runtime.description", .runtime(rank: 1)),
    ]
  }

  mutating func set(_ key: Key, text: StringID) {
    switch key {
    case .service: process.service = text
    case .instance(let rank):
      guard rank >= instanceRank else { return }
      instanceRank = rank
      process.instance = text
    case .host(let rank):
      guard rank >= hostRank else { return }
      hostRank = rank
      process.host = text
    case .runtime(let rank):
      guard rank >= runtimeRank else { return }
      runtimeRank = rank
      process.runtime = text
    case .pid: break
    }
  }

  mutating func setPID(_ value: Int64) { process.pid = value }
}
