/// A clock that is off against those of the other hosts, as the calls between them show.
public struct ClockSkew: Sendable, Equatable {
  /// The host; the service where the host is not named.
  public var name: String
  /// By how many nanoseconds its clock is ahead; negative if it is behind.
  public var ahead: Int64
  /// How far that may be off, in nanoseconds; `nil` if it is not known.
  public var uncertainty: Int64?

  /// `65.9 ms behind (±483.0 µs)`.
  public var text: String {
    let size = Self.time(Int64(clamping: ahead.magnitude))
    let rest = uncertainty.map { " (±\(Self.time($0)))" } ?? ""
    return "\(size) \(ahead < 0 ? "behind" : "ahead")\(rest)"
  }

  /// Nanoseconds in the unit that fits, with one decimal.
  private static func time(_ nanoseconds: Int64) -> String {
    let units: [(name: String, size: Int64)] = [
      ("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000),
    ]
    for unit in units where nanoseconds >= unit.size {
      return "\(nanoseconds / unit.size).\(nanoseconds % unit.size * 10 / unit.size) \(unit.name)"
    }
    return "\(nanoseconds) ns"
  }

  init?(_ skew: HostClocks.Skew?, _ process: ProcessRecord, _ strings: StringTable) {
    guard let skew, !skew.isZero else { return nil }
    name = strings.text(process.host == .empty ? process.service : process.host)
    ahead = skew.offset
    uncertainty = skew.uncertainty
  }
}

extension Topology {
  /// The hosts whose clocks are off, each once, in the order of their processes.
  public var clockSkews: [ClockSkew] {
    var found: [ClockSkew] = []
    for process in processes {
      guard let skew = ClockSkew(process.skew, process.record, recording.strings),
        !found.contains(skew)
      else { continue }
      found.append(skew)
    }
    return found
  }
}
